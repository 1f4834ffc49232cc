"""A small scene in three dimensions: a ball on a floor under a lamp."""

from __future__ import annotations

import copy
from typing import Any

from scmgen.scene.scene import Scene, SceneDocument, compile_scene

STAGE: dict[str, Any] = {
    "samples": 4,
    "seed": "speckle",
    "camera": {"origin": [0, -4, 2], "target": [0, 0, 0.5]},
    "lights": [
        {"light": "constant", "rgb": [0.5, 0.5, 0.5]},
        {"light": "spot", "at": [2, -2, 4], "rgb": [1, 1, 1], "power": 30, "soft": 0.3},
    ],
    "objects": [
        {"object": "plane", "size": 9, "rgb": [0.6, 0.6, 0.6]},
        {"object": "sphere", "at": ["a", 0, 0.5], "rgb": [0.9, 0.2, 0.2], "group": "ball"},
    ],
}


def document(**parts: Any) -> dict[str, Any]:
    """A scene with other parts of its stage; of None the part is left out."""
    stage = {key: part for key, part in {**copy.deepcopy(STAGE), **parts}.items() if part is not None}
    return {
        "name": "s",
        "equations": {"a": "uniform(-1, 1)", "speckle": "uniform(0, 1)"},
        "factors": {"a": {"range": [-1, 1]}},
        "renderer": "mitsuba",
        "stage": stage,
    }


def staged(**parts: Any) -> Scene:
    """The scene, compiled."""
    return compile_scene(SceneDocument.model_validate(document(**parts)))


def drawn_by(renderer: str, **parts: Any) -> Scene:
    """The scene as another renderer draws it."""
    return compile_scene(SceneDocument.model_validate({**document(**parts), "renderer": renderer}))


def alone(**thing: Any) -> Scene:
    """A stage with nothing on it but one object."""
    return staged(objects=[{"rgb": [0.8, 0.8, 0.8], **thing}])
