"""The schema of a manifest that docs/ publishes is that of the types, and what scmgen writes fits it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from checkout import ROOT, script
from pydantic import ValidationError

from scmgen.storage import manifest

FILE = ROOT / "docs" / "reference" / "manifest.schema.json"


def test_it_is_not_stale() -> None:
    assert FILE.read_text(encoding="utf-8") == script("docs/make_schema.py").text(), "run: python docs/make_schema.py"


@pytest.mark.parametrize("kind", ["small", "weak", "wide", "foreign", "photos"])
def test_what_scmgen_writes_fits_it(kind: str, request: pytest.FixtureRequest) -> None:
    schema = json.loads(FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    where: Path = request.getfixturevalue(kind)
    jsonschema.validate(orjson.loads((where / "manifest.json").read_bytes()), schema)


def test_cdm_reads_by_it_what_scmgen_writes_and_refuses_what_scmgen_refuses(weak: Path) -> None:
    """Each value of a manifest replaced by others: what the types refuse, the schema or what stands beside it does."""
    pytest.importorskip("torch", reason="needs scmgen[cdm]")
    from cdm.data import shards
    from cdm.data.manifest import misfit

    shards.read(str(weak))
    plain = orjson.loads((weak / "manifest.json").read_bytes())
    for path in _paths({key: value for key, value in plain.items() if key not in ("format", "digest")}):
        for odd in (None, [], {}, -1, 0.5, 2**70 * 1.0, "../x", True):
            changed = copy.deepcopy(plain)
            part = changed
            for step in path[:-1]:
                part = part[step]
            part[path[-1]] = odd
            assert (misfit(changed) is None) == _typed(changed), (path, odd, misfit(changed))


def _paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places in a document, of a list only the first."""
    steps = value if isinstance(value, dict) else range(min(1, len(value))) if isinstance(value, list) else ()
    return [path for step in steps for path in [(*before, step), *_paths(value[step], (*before, step))]]


def _typed(data: dict[str, Any]) -> bool:
    """Whether the types take it; what they compute besides, such as whether a range is one, no schema can say."""
    try:
        manifest._TYPED.validate_python({**data, "plain": data})
    except ValidationError as error:
        return all(part["type"] == "value_error" for part in error.errors())
    return True
