"""Every scene that moves keeps what docs/design.md promises of clips."""

from __future__ import annotations

import functools

import networkx as nx
import numpy as np
import pytest

from scmgen.dataset import catalogue
from scmgen.scene.scene import Scene
from scmgen.scm import lagged
from scmgen.scm.model import Affine
from scmgen.scm.noise import uniforms

N = 60


@functools.cache
def scene(name: str) -> Scene:
    return catalogue.load_scene(name)


MOVING = [name for name in catalogue.scenes() if scene(name).frames is not None]


def test_there_are_some() -> None:
    assert {"fall", "pendulum-swing", "pong"} <= set(MOVING)


@pytest.mark.parametrize("name", MOVING)
def test_factors_stay_in_their_ranges_to_the_last_frame(name: str) -> None:
    one = scene(name)
    values = one.scm.solve(one.noise(1_000))
    for factor, told in one.factors.items():
        assert told.domain.contains(values[factor]).all(), factor


@pytest.mark.parametrize("name", MOVING)
def test_a_do_from_a_frame_on_moves_nothing_before_it_and_nothing_that_does_not_follow(name: str) -> None:
    """In the graph that is unrolled: a variable in a frame is bit-equal unless a path leads to it."""
    one = scene(name)
    frames, noise = one.frames or 0, one.noise(N)
    factual, graph, still = one.scm.solve(noise), lagged.unrolled(one.scm), lagged.constants(one.scm)
    for factor, told in one.factors.items():
        at = frames // 2
        on = np.arange(frames)[None] >= at
        value = told.at(uniforms(0, "test", f"do:{factor}", 0, N))[:, None]
        after = one.scm.solve(noise, {factor: Affine(np.where(on, 0.0, 1.0), np.where(on, value, 0.0))})
        assert (after[factor][:, at:] == value).all()
        nodes = [(factor, None)] if factor in still else [(factor, t) for t in range(at, frames)]
        behind = {*nodes}.union(*(nx.descendants(graph, node) for node in nodes))
        for other in one.scm.variables:
            changed = (after[other].view(np.uint64) != factual[other].view(np.uint64)).any(axis=0)
            free = [t for t in range(frames) if (other, t) not in behind and (other, None) not in behind]
            assert not changed[free].any(), (factor, other)
            assert not changed[:at].any(), (factor, other)


@pytest.mark.parametrize("name", MOVING)
def test_going_back_to_the_factual_values_gives_the_factual_clip(name: str) -> None:
    one = scene(name)
    noise = one.noise(4)
    factual = one.scm.solve(noise)
    images = one.render(factual, 32)
    assert images.shape == (4, one.frames, 32, 32, 3)
    for factor in one.factors:
        assert np.array_equal(one.render(one.scm.solve(noise, {factor: factual[factor]}), 32), images)


@pytest.mark.parametrize("name", MOVING)
def test_every_factor_can_be_seen_in_the_clip(name: str) -> None:
    one = scene(name)
    noise = one.noise(12)
    clips = one.render(one.scm.solve(noise), 32)
    for factor, told in one.factors.items():
        after = one.render(one.scm.solve(noise, {factor: told.at(np.full(12, 0.9))}), 32)
        assert (after != clips).any(axis=(1, 2, 3, 4)).mean() > 0.7, factor


def test_pong_has_the_edges_of_the_published_game() -> None:
    steady, _ = lagged.projected(scene("pong").scm, list(scene("pong").factors))
    assert steady["bidirected"] == [] and {lag for _, _, lag in steady["directed"]} == {1}
    causes = {name: {a for a, b, _ in steady["directed"] if b == name} for name in scene("pong").factors}
    assert causes["left"] == {"left", "ball_y"} and causes["left_score"] == {"left_score", "ball_x"}
    assert causes["ball_x"] == causes["ball_way"] == {"ball_x", "ball_y", "ball_way", "left", "right"}
    assert causes["ball_y"] == {"ball_x", "ball_y", "ball_way"}  # the wall, and the new ball in the middle


def test_a_ball_falls_on_a_parabola() -> None:
    """Without air, gusts and shaking, and before it meets the floor."""
    quiet = scene("fall").changed({"drag": "0 * size"}, {"gust": 0.0, "shake": 0.0})
    values = quiet.scm.solve({name: u for name, u in quiet.noise(200).items() if name in quiet.scm.exogenous})
    t = 0.12 * np.arange(16)
    free = values["start"] + values["push"] * t - values["gravity"] * t**2 / 2
    flying = np.cumsum((free <= 0) | (free >= 10), axis=1) == 0
    assert flying.any(axis=0).all()
    np.testing.assert_allclose(values["height"][flying], free[flying], atol=1e-9)
