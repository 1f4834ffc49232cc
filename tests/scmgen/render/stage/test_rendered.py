"""One stage under both renderers: the same things at the same places, as deep, and in the same light."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from staged import STAGE, drawn_by

from scmgen.render.deep import Deep
from scmgen.render.frame import Frame
from scmgen.scene.scene import Scene

pytest.importorskip("mitsuba")
pytest.importorskip("mujoco")
FLOOR, BALL = STAGE["objects"]
BODIES = [{"body": "arm", "at": [-0.8, 0, 0.4], "hinge": {"axis": [0, 1, 0.3], "angle": "a"}}]
OBJECTS: list[dict[str, Any]] = [
    FLOOR,
    {**BALL, "size": [1, 0.6, 0.8]},
    {
        "object": "box",
        "parent": "arm",
        "at": [0, 0, 0.5],
        "size": [0.2, 0.3, 1],
        "rgb": [0.2, 0.8, 0.2],
        "group": "arm",
    },
    {"object": "cone", "at": [1, -0.5, 0.3], "size": 0.6, "tilt": [0.4, 0, 0], "rgb": [0.2, 0.2, 0.9], "group": "cone"},
    {"object": "torus", "at": [0.9, 1, 0.8], "rotate": [1, 0, 0], "rgb": [0.9, 0.9, 0.2], "group": "ring"},
    {"object": "plane", "at": [-1, 1, 0.6], "rotate": [-1.2, 0, 0], "rgb": [0.8, 0.5, 0.8], "group": "sheet"},
]
LAMP = {"light": "spot", "at": [1, -3, 4], "rgb": [1, 1, 0.9], "power": 40, "angle": 0.6, "blur": 0}
WORLD = {"a": np.array([0.4]), "speckle": np.array([0.5])}
WIDE = Frame(48, 32)


@pytest.fixture(scope="module")
def both() -> tuple[Scene, Scene]:
    """The stage under both renderers."""
    parts = {"objects": OBJECTS, "bodies": BODIES, "lights": [LAMP], "bounces": 1, "samples": 16}
    return drawn_by("mitsuba", **parts), drawn_by("mujoco", **parts)


def test_masks_agree_but_for_a_few_pixels_at_borders(both: tuple[Scene, Scene]) -> None:
    one, other = (scene.masks({"a": 0.4, "speckle": 0.5}, WIDE)[0].astype(int) for scene in both)
    assert set(np.unique(one)) == {0, 1, 2, 3, 4, 5} and (one != other).mean() < 0.01
    near = np.zeros(one.shape, bool)
    for axis in (0, 1):
        for step in (1, -1):
            near |= np.roll(one, step, axis) != one
    assert not ((one != other) & ~near).any()


def test_depth_and_normals_agree(both: tuple[Scene, Scene]) -> None:
    renderers = [scene.renderer for scene in both]
    assert all(isinstance(renderer, Deep) for renderer in renderers)
    depths, normals = ([getattr(r, what)(WORLD, WIDE)[0] for r in renderers] for what in ("depth", "normals"))
    same = np.abs(depths[0] - depths[1]) < 1e-3
    assert same.mean() > 0.98 and ((depths[0] > 0) == (depths[1] > 0)).mean() > 0.99
    assert ((normals[0] * normals[1]).sum(axis=-1)[same & (depths[0] > 0)] > 0.999).mean() > 0.99


def test_light_agrees_where_nothing_bounces(both: tuple[Scene, Scene]) -> None:
    one, other = (scene.render({"a": 0.4, "speckle": 0.5}, WIDE)[0].astype(float) for scene in both)
    assert one.std() > 30 and np.median(np.abs(one - other)) < 3 and np.abs(one - other).mean() < 6
