"""Every scene that moves keeps what docs/design.md promises of clips."""

from __future__ import annotations

import functools

import costly
import networkx as nx
import numpy as np
import pytest
from numpy.typing import NDArray

from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.sampling import compile_spec
from scmgen.scene.scene import Scene
from scmgen.scm import lagged


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


def reach(one: Scene) -> NDArray[np.bool_]:
    """What follows from setting a factor in a frame, unrolled: ``(factors, frames, variables, frames)``."""
    graph, still, frames = lagged.unrolled(one.scm), lagged.constants(one.scm), one.frames or 0
    place = {variable: k for k, variable in enumerate(one.scm.variables)}
    reached = np.zeros((len(one.factors), frames, len(place), frames), bool)
    for k, factor in enumerate(one.factors):
        for at in range(frames):
            node = (factor, None if factor in still else at)
            for variable, frame in (node, *nx.descendants(graph, node)):
                reached[k, at, place[variable], slice(at, None) if frame is None else slice(frame, frame + 1)] = True
            reached[k, at, :, :at] = False
    return reached


def steps(one: Scene) -> list[str]:
    """Every kind of intervention, and every time that one can have."""
    last = (one.frames or 0) - 1
    alone = [equation.targets[0] for equation in one.scm.equations if len(equation.targets) == 1]
    changed = next(name for name in one.factors if name in alone and name in one.scm.fresh)
    outcome = max(one.factors, key=lambda name: len(nx.ancestors(one.graph, name) & {*one.factors}))
    return [
        "hard:at=5",
        "hard:at=each,probability=0.1",
        f"soft:shift=0.05,at=4-{min(9, last)},lasts=1",
        "hard:lasts=3 | soft:scale=0.5",
        f"hard:at=3,lasts=2; soft:scale=0.9,at={min(8, last)}; hard:at=6,base=factual",
        "view",
        f"mechanism:{changed}=each({one.factors[changed].domain.equation()}),at=5,lasts=4,sizes=1",
        f"hard:at=4,sizes=1; direct:on={outcome}; indirect:on={outcome}",
    ]


@pytest.mark.parametrize("name", MOVING)
def test_a_twin_is_its_clip_in_all_that_does_not_follow_from_what_was_done(name: str) -> None:
    """Of every kind: before it acts, and after it where no path of the unrolled graph leads from a target."""
    one = scene(name)
    reached, nuisance = reach(one), {*one.nuisance}.union(*(nx.descendants(one.graph, v) for v in one.nuisance))
    for text in steps(one):
        spec = catalogue.spec(catalogue.find(name), interventions=parse(text), allow_ood=True)
        batch = compile_spec(spec).evaluate("train", 0, 8)
        held = np.zeros((8, one.frames or 0, len(one.factors)), np.int64)
        for step, twin in zip(spec.interventions, batch.twins, strict=True):
            held = twin.table.mask | (0 if step.base == "factual" else held)
            allowed = np.einsum("ntk,ktvf->nvf", held, reached.astype(np.int64)) > 0
            for k, variable in enumerate(one.scm.variables):
                changed = batch.values[variable].view(np.uint64) != twin.values[variable].view(np.uint64)
                if not (step.nuisance and variable in nuisance):
                    assert not (changed & ~allowed[:, k]).any(), (text, variable)
            if step.kind != "view":
                assert any((batch.values[v] != twin.values[v]).any() for v in one.factors), text
                assert held.any(axis=2).any(axis=1).sum() >= 4, text


@pytest.mark.parametrize("name", MOVING)
def test_going_back_to_the_factual_values_gives_the_factual_clip(name: str) -> None:
    one = scene(name)
    n, size = costly.few(one, 4, 32)
    noise, look = one.noise(n), costly.rough(one)
    factual = one.scm.solve(noise)
    images = look.render(factual, size)
    assert images.shape == (n, one.frames, size, size, 3)
    for factor in one.factors:
        assert np.array_equal(look.render(one.scm.solve(noise, {factor: factual[factor]}), size), images)


@pytest.mark.parametrize("name", MOVING)
def test_every_factor_can_be_seen_in_the_clip(name: str) -> None:
    one = scene(name)
    n, size = costly.few(one, 12, 32)
    noise, look = one.noise(n), costly.rough(one)
    clips = look.render(one.scm.solve(noise), size)
    for factor, told in one.factors.items():
        after = look.render(one.scm.solve(noise, {factor: told.at(np.full(n, 0.9))}), size)
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
