"""A row of a stage as MuJoCo draws it."""

from __future__ import annotations

import numpy as np
import pytest
from staged import STAGE, drawn_by

from scmgen.render.frame import Frame, Pixels

pytest.importorskip("mujoco")
FLOOR, BALL = STAGE["objects"]
SKY = {"light": "constant", "rgb": [0.7, 0.7, 0.7]}
HALVES = [
    {"mark": "fill", "rgb": [1, 0, 0]},
    {"mark": "rect", "x": 0.5, "y": 0.25, "width": 1, "height": 0.5, "rgb": [0, 0, 1]},
]


def image(**parts: object) -> Pixels:
    """What a stage shows, 16 pixels a side."""
    pixels: Pixels = drawn_by("mujoco", **parts).render({"a": 0.0, "speckle": 0.5}, 16)[0]
    return pixels


def test_a_texture_lies_on_an_object_the_right_way_up_in_the_colours_that_it_has() -> None:
    seen = image(objects=[{"object": "sphere", "at": [0, 0, 0.5], "size": 2, "texture": HALVES}], lights=[SKY])
    assert np.abs(seen[[3, 12], 8].astype(int) - [[179, 0, 0], [0, 0, 179]]).max() <= 1


def test_both_sides_of_a_plane_are_lit_and_textured() -> None:
    sheet = {"object": "plane", "at": [0, 0, 0.6], "size": 2, "texture": HALVES}
    lamp = {"light": "point", "at": [0, -4, 2], "rgb": [1, 1, 1], "power": 60}
    front, back = (image(objects=[{**sheet, "rotate": [f"{k} * pi / 2", 0, 0]}], lights=[lamp]) for k in (1, -1))
    assert front[4, 8, 0] > 50 > front[4, 8, 2] and front[11, 8, 2] > 50 and back[4, 8, 2] > 50 and back[11, 8, 0] > 50


def test_plastic_has_a_highlight_and_a_polished_one_is_smaller_and_brighter() -> None:
    def shines(**ball: object) -> list[int]:
        lamp = {"light": "spot", "at": [0, -4, 2.4], "target": [0, 0, 0.5], "rgb": [1, 1, 1], "power": 25}
        thing = {"object": "sphere", "at": [0, 0, 0.5], "size": 2, "rgb": [0.3, 0.1, 0.1], **ball}
        green = image(objects=[thing], lights=[lamp])[..., 1].astype(int)
        return [int(green.max()), int((green > 0.7 * green.max()).sum())]

    chalk, dull, polished = shines(), shines(material="plastic", roughness=0.7), shines(material="plastic")
    assert polished[0] > dull[0] > chalk[0] and polished[1] < dull[1] < chalk[1]


def test_shapes_of_their_own_in_each_row_are_drawn_in_it() -> None:
    ring = {"object": "torus", "tube": "0.1 + 0.3 * a", "at": [0, 0, 0.5], "rotate": ["pi / 2", 0, 0], "rgb": [1, 1, 1]}
    scene = drawn_by("mujoco", objects=[{**ring, "size": 2, "group": "ring"}])
    thin, thick = scene.masks({"a": [0.0, 1.0], "speckle": [0.5, 0.5]}, 32)
    assert 1.5 * thin.sum() < thick.sum() and (thick[thin == 1] == 1).mean() > 0.9


def test_what_is_soft_is_drawn_sharp_as_many_times_as_samples_allow() -> None:
    def times(samples: int, frame: Frame, soft: bool) -> tuple[int, int]:
        scene = drawn_by("mujoco", samples=samples)
        scenery = next(scene.renderer.stage.sceneries(scene.world({"a": np.zeros(1), "speckle": np.zeros(1)})))  # type: ignore[attr-defined]
        found: tuple[int, int] = scene.renderer.shots(scenery, frame)[0]._times(soft)  # type: ignore[attr-defined]
        return found

    small, large = Frame(64, 64), Frame(1024, 512)
    assert times(64, small, True) == (4, 2) and times(64, small, False) == (1, 8) and times(1, small, True) == (1, 1)
    assert times(25, small, True) == (4, 2) and times(64, large, False) == (4, 2) and times(4, small, True) == (2, 1)
