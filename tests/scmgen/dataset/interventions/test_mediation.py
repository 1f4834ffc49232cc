"""Direct and indirect effects: the worlds that no experiment shows, against the equations written out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from chainlet import dataset, sample, targeted

from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse, read
from scmgen.dataset.sampling import compile_spec
from scmgen.errors import ScmgenError
from scmgen.scene.document import parse as yaml
from scmgen.scene.scene import read_scene

# a reaches y through m and past it; the effect of m depends on a
TEXT = """
name: mediated
equations:
  a: uniform(0, 1)
  m: 0.5 * a + uniform(0, 0.5)
  h: 2 * m
  y: 0.2 * a + 0.3 * h * a + 0.1 * uniform(0, 1)
  z: y + uniform(0, 0.1)
factors: {a: {range: [0, 1]}, m: {range: [0, 1]}, y: {range: [0, 1]}, z: {range: [0, 1.1]}}
draw: [{mark: fill, rgb: [a, m, y]}]
"""

# the same over time: m answers a frame later, and y remembers
FILMED = """
name: mediated
frames: 8
equations:
  a: each(uniform(0, 1))
  m: 0.5 * prev(a, 0.5) + each(uniform(0, 0.5))
  y: 0.2 * a + 0.3 * m + 0.4 * prev(y, 0) + each(uniform(0, 0.1))
factors: {a: {range: [0, 1]}, m: {range: [0, 1]}, y: {range: [0, 1.2]}}
draw: [{mark: fill, rgb: [a, m, y]}]
"""


def mediated(text: str, document: str = TEXT) -> tuple[dict, list[dict]]:
    scene = read_scene(yaml(document, "m.yaml"))
    recipe = catalogue.Resolved("mediated", scene, catalogue.Recipe(scene="mediated"))
    spec = catalogue.spec(recipe, interventions=parse(text), allow_ood=True)
    batch = compile_spec(spec, scene).evaluate("train", 0, 500)
    return dict(batch.values), [dict(twin.values) for twin in batch.twins]


def test_the_three_worlds_are_those_of_the_natural_effects() -> None:
    before, (total, direct, indirect) = mediated("hard:among=a,sizes=1; direct:on=y; indirect:on=y")
    own = before["y"] - 0.2 * before["a"] - 0.6 * before["m"] * before["a"]  # its noise
    moved = before["m"] + 0.5 * (total["a"] - before["a"])
    assert np.allclose(total["y"], 0.2 * total["a"] + 0.6 * moved * total["a"] + own)
    assert np.array_equal(direct["a"], total["a"]) and np.allclose(direct["m"], before["m"])
    assert np.allclose(direct["y"], 0.2 * total["a"] + 0.6 * before["m"] * total["a"] + own)
    assert np.array_equal(indirect["a"], before["a"]) and np.allclose(indirect["m"], moved)
    assert np.allclose(indirect["y"], 0.2 * before["a"] + 0.6 * moved * before["a"] + own)
    assert np.abs(direct["y"] - total["y"]).mean() > 0.01 and np.abs(indirect["y"] - before["y"]).mean() > 0.01
    assert np.allclose(direct["z"] - direct["y"], before["z"] - before["y"])  # what comes after follows


def test_on_clips_what_lies_between_is_held_from_the_do_on() -> None:
    before, (total, direct, indirect) = mediated("hard:a=0.9,at=3,lasts=2,sizes=1; direct:on=y; indirect:on=y", FILMED)

    def earlier(values: np.ndarray) -> np.ndarray:
        return np.concatenate([np.zeros((500, 1)), values[:, :-1]], axis=1)

    def outcome(a: np.ndarray, m: np.ndarray) -> np.ndarray:
        own, y = before["y"] - 0.2 * before["a"] - 0.3 * before["m"] - 0.4 * earlier(before["y"]), np.zeros(500)
        return np.stack([y := 0.2 * a[:, t] + 0.3 * m[:, t] + 0.4 * y + own[:, t] for t in range(8)], axis=1)

    a, moved = before["a"].copy(), before["m"].copy()
    a[:, 3:5] = 0.9
    moved[:, 4:6] += 0.5 * (0.9 - before["a"][:, 3:5])
    for world, cause, between in ((total, a, moved), (direct, a, before["m"]), (indirect, before["a"], moved)):
        np.testing.assert_allclose(world["a"], cause)
        np.testing.assert_allclose(world["m"], between)
        np.testing.assert_allclose(world["y"], outcome(cause, between))


def test_either_may_come_alone_behind_a_step() -> None:
    _, (_, direct, indirect) = mediated("hard:a=0.9,sizes=1; direct:on=y; indirect:on=y")
    for kind, world in (("direct", direct), ("indirect", indirect)):
        _, (_, alone) = mediated(f"hard:a=0.9,sizes=1; {kind}:on=y")
        assert all(np.array_equal(alone[name], world[name]) for name in world)


def test_where_nothing_lies_between_nothing_is_done() -> None:
    batch = sample("hard; direct:on=c", 600)
    first, second = batch.twins
    assert second.table.mask[:, [0, 1, 3, 4]].sum() == 0 and targeted(batch, "b", 1).sum() == targeted(batch, "a").sum()
    rest = ~targeted(batch, "a")
    assert all(np.array_equal(first.values[name][rest], second.values[name][rest]) for name in first.values)
    hit = targeted(batch, "a")
    assert np.allclose(second.values["c"][hit], batch.values["c"][hit])  # all of a's effect on c goes through b


def test_an_indirect_world_of_a_full_mediator_is_the_total_one() -> None:
    before, (total, indirect) = mediated("hard:among=m,sizes=1; indirect:on=z")
    assert np.allclose(indirect["z"], total["z"]) and np.array_equal(indirect["m"], before["m"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("direct:on=c", "t: split train: interventions: step 1: direct is about the step before it; put one there"),
        ("hard; direct:on=a", "t: interventions: step 2: on: no factor lies between another one and 'a'"),
        ("hard; indirect:on=d", "t: interventions: step 2: on: no factor 'd'; allowed: a, b, c, shape, turn"),
        ("hard; direct:on=wind", "t: interventions: step 2: on: 'wind' is hidden; only factors can be intervened on: "),
    ],
)
def test_what_cannot_be_mediated_is_said(text: str, problem: str) -> None:
    with pytest.raises(ScmgenError) as error:
        dataset(text)
    assert str(error.value).startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hard; direct:on=c,sizes=1", "direct:on=c,sizes=1: sizes: direct has the targets of the step before it"),
        ("hard; direct:on=c,base=factual", "base: direct starts from the step before it"),
        ("hard; direct", "on"),
    ],
)
def test_it_has_no_targets_of_its_own(text: str, problem: str) -> None:
    with pytest.raises(ScmgenError) as error:
        read(text)
    assert problem in str(error.value)
