"""Write the JSON Schema of ``manifest.json`` from the types that scmgen reads it by.

python docs/make_schema.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from scmgen.storage.manifest import Manifest

FILE = Path(__file__).parent / "reference" / "manifest.schema.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Untitled(GenerateJsonSchema):
    """A schema whose fields have no title but their name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema() -> dict[str, Any]:
    """The schema: what a manifest must say. Keys that it does not name are allowed."""
    whole = TypeAdapter(Manifest).json_schema(schema_generator=_Untitled)
    del whole["properties"]["plain"]  # no key of the file: the file
    whole["required"].remove("plain")
    whole |= {
        "$schema": _DIALECT,
        "title": "manifest.json of a data set, format 1",
        "description": "What docs/reference/format.md says in words. Keys that are not named here are allowed.",
    }
    _close(whole)
    return whole


def _close(part: Any) -> None:
    """Refuse the keys of a mapping that its patterns do not fit: the types do, and the generator forgets it."""
    if isinstance(part, dict):
        if "patternProperties" in part:
            part["additionalProperties"] = False
        for value in part.values():
            _close(value)
    elif isinstance(part, list):
        for value in part:
            _close(value)


def text() -> str:
    """The file as it must be."""
    return json.dumps(schema(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
