"""The JSON Schema of a scene file, for editors (``# yaml-language-server: $schema=...``)."""

from __future__ import annotations

import inspect
from typing import Any

from scmgen.marks import COMMON, MARKS, Mark
from scmgen.scene import SceneDocument

_TEXT = {"type": ["string", "number"]}
_COLOUR = {"type": "array", "items": _TEXT, "minItems": 3, "maxItems": 3}


def scene_schema() -> dict[str, Any]:
    """Schema of a scene document; the marks and channels are those registered now."""
    schema = SceneDocument.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "scmgen scene"
    schema["properties"]["draw"] = {
        "type": "array",
        "minItems": 1,
        "items": {"anyOf": [_mark(name, word) for name, word in MARKS.items()]},
    }
    return schema


def _mark(name: str, word: Mark) -> dict[str, Any]:
    whole = {p.name for p in inspect.signature(word.lower).parameters.values() if p.annotation in (int, "int")}
    channels = {
        c: {"type": "integer", "minimum": 3, "maximum": 64} if c in whole else _TEXT
        for c in (*word.channels, *COMMON)
        if c != "to"
    }
    if "points" in channels:
        pair = {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2}
        channels["points"] = {"type": "array", "items": pair, "minItems": 3, "maxItems": 64}
    colours = ["", *(["to_"] if "to" in word.channels else [])]
    for prefix in colours:
        channels |= {f"{prefix}rgb": _COLOUR, f"{prefix}hsv": _COLOUR}
    return {
        "type": "object",
        "description": word.summary,
        "properties": {"mark": {"const": name}, "group": {"type": "string"}, **channels},
        "required": ["mark", *(c for c, default in word.channels.items() if default is None and c != "to")],
        "allOf": [{"oneOf": [{"required": [f"{prefix}rgb"]}, {"required": [f"{prefix}hsv"]}]} for prefix in colours],
        "additionalProperties": False,
    }
