"""The JSON Schema of a stage, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scmgen.render.stage.words import (
    BODY,
    BOUNCES,
    CAMERA,
    JOINTS,
    LIGHTS,
    MATERIALS,
    OBJECTS,
    PHYSICS,
    SAMPLES,
    STAGE,
    Key,
    Word,
)

_TEXT = {"type": ["string", "number"]}
_THREE = {"type": "array", "items": _TEXT, "minItems": 3, "maxItems": 3}
_KINDS: dict[str, dict[str, Any]] = {"number": _TEXT, "vector": _THREE, "size": {"anyOf": [_TEXT, _THREE]}}


def stage_schema(marks: dict[str, Any]) -> dict[str, Any]:
    """Schema of a stage; ``marks`` is that of a list of marks."""
    squares = [root * root for root in range(SAMPLES[0], SAMPLES[1] + 1)]
    return {
        "type": "object",
        "properties": {
            **_keys(STAGE),
            "samples": {"enum": squares},
            "bounces": {"type": "integer", "minimum": BOUNCES[0], "maximum": BOUNCES[1]},
            "camera": _entry({}, CAMERA, marks),
            "physics": _physics(marks),
            "bodies": {"type": "array", "items": _body(marks)},
            **{
                part: {
                    "type": "array",
                    "minItems": 1,
                    "items": {"anyOf": [_entry({kind: {"const": name}}, word, marks) for name, word in words.items()]},
                }
                for part, kind, words in (("lights", "light", LIGHTS), ("objects", "object", OBJECTS))
            },
        },
        "required": ["camera", "lights", "objects"],  # and the seed, where light is followed path by path
        "additionalProperties": False,
    }


def _entry(kind: Mapping[str, Any], word: Word, marks: dict[str, Any]) -> dict[str, Any]:
    own = {"material": {"enum": list(MATERIALS)}, "texture": marks}
    colours = {"rgb": _THREE, "hsv": _THREE} if word.coloured else {}
    ways = [*colours, *(["texture"] if "texture" in word.names else [])]
    return {
        "type": "object",
        "description": word.summary,
        "properties": {
            **kind,
            **_keys(word.keys),
            **{name: own.get(name, {"type": "string"}) for name in word.names},
            **colours,
        },
        "required": [*kind, *_needed(word.keys), *(name for name in word.names if name == "meshes")],
        "additionalProperties": False,
        **({"oneOf": [{"required": [way]} for way in ways]} if ways else {}),
    }


def _body(marks: dict[str, Any]) -> dict[str, Any]:
    schema = _entry({"body": {"type": "string", "minLength": 1}}, BODY, marks)
    joints = {name: _entry({}, word, marks) for name, word in JOINTS.items()}
    return {**schema, "properties": {**schema["properties"], **joints, "free": {"type": "boolean"}}}


def _physics(marks: dict[str, Any]) -> dict[str, Any]:
    schema = _entry({}, PHYSICS, marks)
    return {**schema, "properties": {**schema["properties"], "step": {"type": "number", "exclusiveMinimum": 0}}}


def _keys(keys: Mapping[str, Key]) -> dict[str, Any]:
    return {name: {**_KINDS[key.kind], "description": key.meaning} for name, key in keys.items()}


def _needed(keys: Mapping[str, Key]) -> list[str]:
    return [name for name, key in keys.items() if key.default is None]
