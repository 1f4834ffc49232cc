"""The examples of the page of the stage language, as scenes."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from scmgen.pictures import brought
from scmgen.pictures.brought import Given
from scmgen.render.stage.words import MATERIALS
from scmgen.scene.scene import SceneDocument

BLUE: dict[str, Any] = {"hsv": [0.58, 0.7, 0.8]}
FLOOR: dict[str, Any] = {"object": "plane", "size": 30, "rgb": [0.8, 0.78, 0.74]}
SKY: dict[str, Any] = {"light": "constant", "rgb": [0.9, 0.92, 0.96], "power": 0.7}
LAMP: dict[str, Any] = {"light": "spot", "at": [3, -3, 5], "rgb": [1, 0.95, 0.85], "power": 30, "soft": 0.4}
CHECKS = [
    {"mark": "stripes", "scale": 0.25, "rgb": [0.95, 0.9, 0.8], "to_rgb": [0.75, 0.25, 0.2], "contrast": 9},
    {"mark": "disc", "x": 0.75, "y": 0.5, "radius": 0.1, "rgb": [0.1, 0.15, 0.3]},
]


def _on(thing: dict[str, Any]) -> dict[str, Any]:
    return {"lights": [SKY, LAMP], "objects": [FLOOR, thing]}


def _under(*lamps: dict[str, Any]) -> dict[str, Any]:
    ball = {"object": "sphere", "at": [0, 0, 0.6], "size": 1.2, **BLUE}
    return {"lights": list(lamps), "objects": [FLOOR, ball]}


_DIM = {**SKY, "power": 0.15}
EXAMPLES: dict[str, dict[str, Any]] = {
    "sphere": _on({"object": "sphere", "at": [0, 0, 0.6], "size": [1.4, 1, 1.2], **BLUE}),
    "box": _on({"object": "box", "at": [0, 0, 0.5], "rotate": [0, 0, 0.6], "size": [1.2, 0.8, 1], "texture": CHECKS}),
    "cylinder": _on({"object": "cylinder", "at": [0, 0, 0.6], "size": 1.2, "texture": CHECKS}),
    "cone": _on({"object": "cone", "at": [0, 0, 0.7], "size": 1.4, **BLUE}),
    "torus": _on({"object": "torus", "at": [0, 0, 0.7], "rotate": [0.9, 0, 0.3], "size": 1.6, "texture": CHECKS}),
    "plane": _on({"object": "plane", "at": [0, 0, 0.8], "rotate": [1.2, 0, 0.4], "size": 1.4, "texture": CHECKS}),
    "mesh": _on(
        {"object": "mesh", "meshes": "things", "at": [0, 0, 0.8], "rotate": [1.1, 0, 0.2], "size": 1.6, **BLUE}
    ),
    **{
        name: _on({"object": "sphere", "at": [0, 0, 0.7], "size": 1.4, "material": name, "roughness": 0.2, **BLUE})
        for name in MATERIALS
    },
    "constant": _under(SKY),
    "point": _under(_DIM, {"light": "point", "at": [2, -2, 3], "rgb": [1, 0.9, 0.7], "power": 14}),
    "spot": _under(_DIM, {**LAMP, "target": [0, 0, 0.5], "angle": 0.3, "hsv": [0.1, 0.5, 1], "power": 40}),
    "area": _under(_DIM, {"light": "area", "at": [-2, -2, 3], "size": 2, "rgb": [0.9, 1, 1], "power": 3}),
}
EXAMPLES["spot"]["lights"][1].pop("rgb")
_POSED: dict[str, Any] = {"at": [0, 0, 0.9], "rotate": ["0.6 * u", 0, 0.5]}
EXAMPLES["body"] = {
    "lights": [SKY, LAMP],
    "objects": [
        FLOOR,
        {"object": "cylinder", **_POSED, "size": [0.9, 0.9, 1.1], **BLUE},
        {"object": "torus", **_POSED, "shift": [0.5, 0, 0], "tilt": ["pi / 2", 0, 0], "size": 0.7, "rgb": [1, 1, 1]},
    ],
}
_DARK: dict[str, Any] = {"rgb": [0.25, 0.27, 0.3]}
EXAMPLES["arm"] = {
    "lights": [SKY, LAMP],
    "bodies": [
        {"body": "upper", "at": [0.7, 0, 0.2], "hinge": {"axis": [0, 1, 0], "angle": "-0.2 - 0.6 * u"}},
        {"body": "lower", "parent": "upper", "at": [0, 0, 0.9], "hinge": {"axis": [0, 1, 0], "angle": "-1 - u"}},
        {"body": "hand", "parent": "lower", "at": [0, 0, 0.5], "slide": {"axis": [0, 0, 1], "by": "0.6 * u"}},
    ],
    "objects": [
        FLOOR,
        {"object": "cylinder", "at": [0.7, 0, 0.1], "size": [0.7, 0.7, 0.2], **_DARK},
        {"object": "box", "parent": "upper", "at": [0, 0, 0.45], "size": [0.24, 0.24, 0.9], "rgb": [0.95, 0.55, 0.1]},
        {"object": "sphere", "parent": "lower", "size": 0.34, **_DARK},
        {"object": "cylinder", "parent": "lower", "at": [0, 0, 0.4], "size": [0.2, 0.2, 0.8], **BLUE},
        {"object": "sphere", "parent": "hand", "size": 0.3, **_DARK},
    ],
}
_BLOCK: dict[str, Any] = {"object": "box", "size": [0.14, 0.5, 0.8]}
TOPPLED: dict[str, Any] = {
    "camera": {"origin": [0.3, -5.4, 2], "target": [-0.35, 0, 0.65], "fov": 0.66},
    "lights": [SKY, LAMP],
    "physics": {"seconds": "1.5 * u"},
    "bodies": [
        {"body": "beam", "at": [-0.9, 0, 1.5]},
        {"body": "ball", "parent": "beam", "hinge": {"axis": [0, 1, 0], "angle": 1.2}, "density": 3000},
        *({"body": f"block{k}", "free": True, "at": [round(0.4 * k - 0.55, 2), 0, 0.4]} for k in range(4)),
    ],
    "objects": [
        FLOOR,
        {"object": "cylinder", "parent": "beam", "rotate": ["pi / 2", 0, 0], "size": [0.12, 0.12, 1], **_DARK},
        {"object": "cylinder", "parent": "ball", "at": [0, 0, -0.5], "size": [0.03, 0.03, 1], **_DARK},
        {"object": "sphere", "parent": "ball", "at": [0, 0, -1], "size": 0.4, **BLUE},
        *({**_BLOCK, "parent": f"block{k}", "hsv": [0.03 + 0.03 * k, 0.75, 0.9]} for k in range(4)),
    ],
}


def knot() -> None:
    """Bring the mesh of the example, if nobody has: a trefoil knot of thick rope, as an OBJ file."""
    if "things" in brought.BANKS:
        return
    along, around = np.meshgrid(*(2 * np.pi * np.arange(count) / count for count in (160, 16)), indexing="ij")

    def line(t: Any) -> Any:
        return np.stack([np.sin(t) + 2 * np.sin(2 * t), np.cos(t) - 2 * np.cos(2 * t), -np.sin(3 * t)], axis=-1)

    ahead = line(along + 1e-4) - line(along - 1e-4)
    side = np.cross(ahead, line(along))
    side /= np.linalg.norm(side, axis=-1, keepdims=True)
    up = np.cross(side, ahead / np.linalg.norm(ahead, axis=-1, keepdims=True))
    points = line(along) + 0.55 * (np.cos(around)[..., None] * side + np.sin(around)[..., None] * up)
    number = 1 + np.arange(points.size // 3).reshape(along.shape)
    corners = [np.roll(number, shift, (0, 1)).ravel() for shift in ((0, 0), (0, -1), (-1, -1), (-1, 0))]
    with tempfile.TemporaryDirectory() as folder:
        rows = [("v", point) for point in points.reshape(-1, 3)] + [("f", face) for face in np.stack(corners, axis=1)]
        text = "".join(f"{word} {' '.join(f'{number:.9g}' for number in row)}\n" for word, row in rows)
        (Path(folder) / "knot.obj").write_text(text)
        brought.bring(Given("things", Path(folder), "meshes"))


def document(stage: Mapping[str, Any], renderer: str = "mitsuba") -> SceneDocument:
    """A scene with the lamps and objects of an example."""
    knot()
    return SceneDocument.model_validate(
        {
            "name": "example",
            "meshes": ["things"],
            "equations": {"u": "uniform(0, 1)"},
            "factors": {"u": {"range": [0, 1]}},
            "renderer": renderer,
            "stage": {
                "samples": 36,
                "seed": "u",
                "camera": {"origin": [0, -5, 2.2], "target": [0, 0, 0.6], "fov": 0.5},
                **stage,
            },
        }
    )
