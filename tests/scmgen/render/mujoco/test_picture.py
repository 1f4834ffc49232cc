"""What MuJoCo draws of surfaces that are given as numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from scmgen.render.frame import framed
from scmgen.render.mujoco.engine import current
from scmgen.render.mujoco.kit import RING, Form, kit
from scmgen.render.mujoco.lamps import Lamp
from scmgen.render.mujoco.picture import Eye, Picture, Surface

pytest.importorskip("mujoco")
SHEET = Form("plane")
EYE = Eye(np.array([0.0, 0.0, 4.0]), np.eye(3)[0], np.eye(3)[1], -np.eye(3)[2], np.pi / 2, 4.0)
ABOVE = np.array([0.0, 0.0, 2.0])


def surface(x: float, grey: float = 1.0) -> Surface:
    """A sheet of side 2 that faces the camera."""
    return Surface(SHEET, np.array([x, 0.0, 0.0]), 2 * np.eye(3), np.full(3, grey))


@pytest.fixture
def picture() -> Iterator[Picture]:
    """Two sheets before a camera, and nothing above and below them."""
    with current() as screen:
        yield Picture(screen, kit(screen, (Form(RING), SHEET), (), 64), [surface(-1), surface(1, 0.5)], EYE, framed(16))


def test_surfaces_have_numbers_depths_and_directions(picture: Picture) -> None:
    numbers, (depth, facing) = picture.numbered(), picture.deep()
    assert numbers[8, 5] == 1 and numbers[8, 10] == 2 and numbers[1, 8] == 0
    assert np.allclose(depth[numbers > 0], 4, atol=1e-4) and (depth[numbers == 0] == 0).all()
    assert np.allclose(facing[numbers == 1], [0, 0, 1], atol=1e-3)


def test_light_from_everywhere_is_given_back_in_shares_and_seen_where_nothing_is(picture: Picture) -> None:
    light = picture.lit([], np.array([0.4, 0.2, 0.1]))
    assert np.allclose(light[8, 5], [0.4, 0.2, 0.1], rtol=2e-3) and np.allclose(
        light[8, 10], light[8, 5] / 2, rtol=2e-3
    )
    assert np.allclose(light[1, 8], [0.4, 0.2, 0.1])


def test_a_lamp_shines_as_physics_says_and_a_cone_ends_at_its_edge(picture: Picture) -> None:
    point = picture.lit([Lamp(np.full(3, np.pi * 4), ABOVE)], np.zeros(3))
    assert np.isclose(point[8, 7, 0], 1, rtol=0.05)  # power over pi and the square of the distance
    cone = picture.lit([Lamp(np.full(3, np.pi * 4), ABOVE, np.zeros(3), angle=0.3)], np.zeros(3))
    assert np.isclose(cone[8, 7, 0], point[8, 7, 0], rtol=1e-2) and cone[8, 4, 0] == 0 < point[8, 4, 0]


def test_more_lamps_than_opengl_knows_are_as_bright_as_one_of_their_sum(picture: Picture) -> None:
    one = picture.lit([Lamp(np.full(3, 9.0), ABOVE)], np.full(3, 0.1))
    many = picture.lit([Lamp(np.full(3, 1.0), ABOVE)] * 9, np.full(3, 0.1))
    assert np.allclose(one, many, rtol=5e-3)


def test_pixels_are_finer_and_shifted_as_said(picture: Picture) -> None:
    plain = picture.lit([], np.ones(3))
    picture.look(4)
    assert np.allclose(picture.lit([], np.ones(3))[8, 4:7], plain[8, 4:7], rtol=2e-3)
    picture.look(1, (8.0, 0.0))
    assert np.allclose(picture.numbered()[8, :8], [1 if k < 0 else 2 if k < 4 else 0 for k in range(8)])
