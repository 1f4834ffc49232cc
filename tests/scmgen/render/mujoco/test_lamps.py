"""A soft lamp is the mean of sharp ones."""

from __future__ import annotations

import numpy as np
from staged import STAGE, drawn_by

from scmgen.render.mujoco.lamps import Lamp, lamps, sky

LAMP = Lamp(np.ones(3), np.array([0.0, 0.0, 2.0]), np.zeros(3), angle=0.5, blur=0.4, radius=0.3)


def test_sharp_lamps_spread_over_the_disc_and_over_the_edge_of_the_cone() -> None:
    sharp = [LAMP.sharp(number, 16) for number in range(16)]
    away = np.array([np.hypot(*lamp.at[:2]) for lamp in sharp])
    assert (away <= 0.3).all() and away.max() > 0.28 and all(lamp.at[2] == 2 for lamp in sharp)
    angles = np.sort([lamp.angle for lamp in sharp])
    assert 0.3 <= angles[0] < 0.32 and 0.48 < angles[-1] <= 0.5 and np.diff(angles).max() < 0.03
    assert not any(lamp.soft for lamp in sharp) and LAMP.soft


def test_one_sharp_lamp_stands_in_the_middle_and_a_point_is_sharp() -> None:
    alone = LAMP.sharp(0, 1)
    assert alone.at.tolist() == [0, 0, 2] and np.isclose(alone.angle, 0.5 * (1 - 0.5 * 0.4))
    point = Lamp(np.ones(3), np.zeros(3))
    assert point.sharp(3, 16) is point and not point.soft


def test_what_burns_in_a_row_is_a_lamp_or_light_from_everywhere() -> None:
    lights = [*STAGE["lights"], {"light": "point", "at": [0, 0, 3], "rgb": [1, 1, 1], "power": 2, "when": "a > 0"}]
    scene = drawn_by("mujoco", lights=lights)
    stage = scene.renderer.stage  # type: ignore[attr-defined]
    told = next(stage.sceneries(scene.world({"a": np.array([0.0, 1.0]), "speckle": np.zeros(2)})))
    assert [len(lamps(stage.lights, told.lights, row)) for row in (0, 1)] == [1, 2]
    assert lamps(stage.lights, told.lights, 1)[1].light.tolist() == [2, 2, 2]
    assert np.allclose(sky(stage.lights, told.lights, 0), 0.2140, atol=1e-4)
