"""The JSON Schema of a scene file, for editors (``# yaml-language-server: $schema=...``)."""

from __future__ import annotations

import inspect
from typing import Any

from scmgen.render.marks import BLENDS, COMMON, MARKS, Mark
from scmgen.render.renderer import HOMES, OURS, RENDERERS
from scmgen.render.stage.schema import stage_schema
from scmgen.scene.repeat import PARTS
from scmgen.scene.scene import SceneDocument

_TEXT = {"type": ["string", "number"]}
_COLOUR = {"type": "array", "items": _TEXT, "minItems": 3, "maxItems": 3}
_NAME = {"type": "string"}
_PLACEHOLDER = {"type": "string", "pattern": r"\{[^{}]*\}"}


def scene_schema() -> dict[str, Any]:
    """Schema of a scene document; the marks and channels are those registered now."""
    schema = SceneDocument.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "scmgen scene"
    marks = {
        "type": "array",
        "minItems": 1,
        "items": {"anyOf": [_mark(name, word) for name, word in MARKS.items()]},
    }
    schema["properties"]["draw"] = marks
    schema["properties"]["stage"] = stage_schema(marks)
    schema["properties"]["renderer"] = {"enum": sorted({*HOMES, *RENDERERS}), "default": OURS}
    schema["properties"]["repeat"] = {
        "type": "array",
        "minItems": 1,
        "description": "what is written once and stands for several objects",
        "items": _block(schema),
    }
    brought = [key for key in schema["required"] if key in PARTS]  # a block may bring these
    schema["required"] = [key for key in schema["required"] if key not in PARTS]
    schema["anyOf"] = [{"required": [*brought, *drawn]} for drawn in (["draw"], ["renderer", "stage"])]
    schema["anyOf"].append({"required": ["repeat"]})
    return schema


def _block(scene: dict[str, Any]) -> dict[str, Any]:
    """Schema of a ``repeat`` block: parts of a scene, in which a placeholder stands for any value."""
    stage: dict[str, Any] = {"type": "object", "additionalProperties": False}
    whole = scene["properties"]["stage"]["properties"]
    stage["properties"] = {part: whole[part] for part in ("lights", "bodies", "objects")}
    factors = {"type": "object", "additionalProperties": scene["$defs"]["Factor"]}
    written = {**scene["properties"], "stage": stage, "factors": factors}
    parts = {part: _loose({k: v for k, v in written[part].items() if not k.startswith("min")}) for part in PARTS}
    column = {"type": "array", "minItems": 1, "items": {"type": ["string", "number", "boolean"]}}
    table = {"type": "object", "minProperties": 1, "additionalProperties": column}
    return {
        "type": "object",
        "properties": {"for": table, **parts},
        "required": ["for"],
        "additionalProperties": False,
    }


def _loose(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with a text that holds a placeholder allowed for each single value."""
    inner: dict[str, Any] = {key: _loose(schema[key]) for key in ("items", "additionalProperties") if schema.get(key)}
    inner |= {key: [_loose(one) for one in schema[key]] for key in ("anyOf", "prefixItems") if key in schema}
    if "properties" in schema:
        inner["properties"] = {key: _loose(value) for key, value in schema["properties"].items()}
    return {**schema, **inner} if inner else {"anyOf": [schema, _PLACEHOLDER]}


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
    own = {"blend": {"enum": list(BLENDS)}, "text": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}}
    words = {key: own.get(key, _NAME) for key in word.words}
    colours = [*([""] if word.coloured else []), *(["to_"] if "to" in word.channels else [])]
    for prefix in colours:
        channels |= {f"{prefix}rgb": _COLOUR, f"{prefix}hsv": _COLOUR}
    needed = [c for c, default in word.channels.items() if default is None and c != "to"]
    return {
        "type": "object",
        "description": word.summary,
        "properties": {"mark": {"const": name}, **words, **channels},
        "required": ["mark", *needed, *(["pictures"] if word.shows else [])],
        "additionalProperties": False,
        **({"allOf": [_one_of(prefix) for prefix in colours]} if colours and not word.own_colours else {}),
    }


def _one_of(prefix: str) -> dict[str, Any]:
    return {"oneOf": [{"required": [f"{prefix}rgb"]}, {"required": [f"{prefix}hsv"]}]}
