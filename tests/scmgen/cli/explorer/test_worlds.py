"""Worlds that are solved in one pass: the same as the library's own, one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from explored import ASKED

import scmgen
from scmgen.cli.explorer import question, worlds
from scmgen.cli.explorer.question import Soft
from scmgen.cli.explorer.worlds import World
from scmgen.errors import ScmgenError


def test_worlds_of_different_samples_and_dos_are_those_of_the_library() -> None:
    scene = scmgen.load_scene("flow")
    soft = Soft(scale=0.5, shift=-0.1)
    low, high = scene.factors["water_height"].bounds
    affine = scmgen.Affine(0.5, -0.1 * (high - low) + 0.5 * (low + high) / 2)
    asked = [World(0, 3), World(0, 3, {"ball_radius": 0.5}), World(7, 9, {"water_height": soft, "ball_radius": 0.9})]
    values = worlds.solve(scene, asked)
    own = [
        scene.sample(1, start=3),
        scene.sample(1, start=3, do={"ball_radius": 0.5}),
        scene.sample(1, seed=7, start=9, do={"water_height": affine, "ball_radius": 0.9}),
    ]
    for name in scene.scm.variables:
        assert values[name].tolist() == [world[name].item() for world in own], name


def test_a_chain_gives_a_world_after_each_step(swing: Path) -> None:
    scene = scmgen.load_scene(swing)
    steps = [{"angle": 0.6}, {"length": 0.5}, {"angle": -0.6}]
    (row,) = worlds.asked(question.read({**ASKED, "do": steps}, scene))
    values = worlds.solve(scene, row)
    assert values["angle"][1:].tolist() == [0.6, 0.6, -0.6]
    assert values["length"][2:].tolist() == [0.5, 0.5] and values["length"][1] != 0.5
    assert len(set(values["heading"].tolist())) == 1


def test_noise_that_is_set_by_hand_is_that_of_the_first_sample_alone(swing: Path) -> None:
    scene = scmgen.load_scene(swing)
    asked = question.read({**ASKED, "do": [{}], "beside": 8, "noise": 9, "u": {"angle": 0.75}}, scene)
    first, second = worlds.asked(asked)
    values = worlds.solve(scene, [*first, *second])["angle"]
    plain = scene.sample(1, seed=3, start=8)["angle"].item()
    assert values.tolist() == [pytest.approx(0.35), pytest.approx(0.35), plain, plain]


def test_a_soft_intervention_that_leaves_the_range_says_so(swing: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        worlds.solve(scmgen.load_scene(swing), [World(0, 0, {"angle": Soft(shift=0.9)})])
    told = str(caught.value)
    assert told.startswith("soft(angle): ") and " is outside the range -0.7 to 0.7 rad; shift less, or scale" in told
