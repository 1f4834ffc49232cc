"""Names that become paths: none of them leads anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from scmgen.storage import names

KINDS: dict[str, tuple[Any, str]] = {
    "data set": (names.DataSetName, "pendulum-2"),
    "split": (names.SplitName, "test_ood"),
    "shard": (names.ShardName, "pendulum-train-000000.tar"),
    "truth file": (names.TruthName, "pendulum-train-000000.truth.jsonl"),
    "member": (names.MemberSuffix, ".image_cf.png"),
    "variable": (names.Variable, "light_angle"),
}
LEADING_OUT = [
    "../up",
    "/abs",
    "a/b",
    "a\\b",
    "C:x",
    "..",
    ".",
    "",
    "a b",
    "a\n",
    "a\0b",
    "~root",
    "-o",
    "\u0430",
    "a" * 300,
    "/dev/zero",
    "../x.tar",
    "../x.truth.jsonl",
    "./../x.png",
    "a.tar\n",
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_leads_nowhere(kind: str) -> None:
    pattern, good = KINDS[kind]
    adapter = TypeAdapter(pattern)
    assert adapter.validate_python(good) == good
    for name in (*LEADING_OUT, f"../{good}", f"/{good}", f"{good}\n", f"{good}/..", f"{good[:2]}/{good[2:]}"):
        with pytest.raises(ValidationError):
            adapter.validate_python(name)
