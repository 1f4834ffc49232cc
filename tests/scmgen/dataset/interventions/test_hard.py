"""What a hard do sets."""

from __future__ import annotations

import numpy as np
import pytest
from chainlet import ALARM, sample, scene, targeted
from scipy import stats
from shapes import shapes

from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.interventions.steps import read
from scmgen.dataset.sampling import compile_spec
from scmgen.dataset.spec import Spec
from scmgen.scene.factor import Factor
from scmgen.scene.scene import SceneDocument


def test_a_hard_do_is_uniform_over_range_and_levels() -> None:
    batch = sample("hard", 30_000)
    values = batch.twins[0].values
    for name, width in (("a", 1.0), ("b", 1.1), ("c", 1.1), ("turn", 1.0)):
        found = values[name][targeted(batch, name)]
        assert stats.kstest(found, "uniform", (0.0, width)).pvalue > ALARM
    levels = np.bincount(values["shape"][targeted(batch, "shape")].astype(int), minlength=3)
    assert stats.chisquare(levels).pvalue > ALARM


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("hard:b=0.3", "b", {0.3}),
        ("hard:shape=star", "shape", {2.0}),
        ("hard:value=[0.2,0.4,0.6],among=[a,c]", "a", {0.2, 0.4, 0.6}),
    ],
)
def test_a_hard_do_sets_a_value_or_one_of_a_grid(text: str, name: str, values: set[float]) -> None:
    batch = sample(text)
    hit = targeted(batch, name)
    assert set(batch.twins[0].values[name][hit].tolist()) == values
    assert hit.any()


def test_grid_values_come_equally_often() -> None:
    batch = sample("hard:value=[0.2,0.4,0.6],among=a")
    _, counts = np.unique(batch.twins[0].values["a"][targeted(batch, "a")], return_counts=True)
    assert stats.chisquare(counts).pvalue > ALARM


def test_a_flip_is_a_mirror_half_a_turn_or_another_level() -> None:
    batch = sample("hard:value=flip")
    before, after = batch.values, batch.twins[0].values
    for name, top in (("a", 1.0), ("b", 1.1), ("c", 1.1)):
        hit = targeted(batch, name)
        assert np.allclose(after[name][hit], top - before[name][hit])
    hit = targeted(batch, "turn")
    assert np.allclose(np.abs(after["turn"][hit] - before["turn"][hit]), 0.5)
    hit = targeted(batch, "shape")
    moved = (after["shape"][hit] - before["shape"][hit]) % 3
    assert stats.chisquare(np.bincount(moved.astype(int), minlength=3)[1:]).pvalue > ALARM
    assert moved.min() == 1


def test_a_swap_exchanges_two_factual_values() -> None:
    steps = read([{"kind": "hard", "sets": [["a", "b"]], "value": {"a": "b / 1.1", "b": "a * 1.1"}}])
    batch = compile_spec(Spec(name="t", scene=scene().document, n=10, interventions=steps)).evaluate("train", 0, 500)
    assert np.array_equal(batch.twins[0].values["b"], batch.values["a"] * 1.1)
    assert np.array_equal(batch.twins[0].values["a"], batch.values["b"] / 1.1)


def test_a_stochastic_do_draws_its_value_from_a_stream_of_its_own() -> None:
    batch = sample("hard:a=self + (0.5 - self) * 0.5 + uniform(-0.1, 0.1)", 20_000)
    hit = targeted(batch, "a")
    moved = batch.twins[0].values["a"][hit] - (0.25 + 0.5 * batch.values["a"][hit])
    assert stats.kstest(moved, "uniform", (-0.1, 0.2)).pvalue > ALARM
    for u in batch.noise.values():
        assert abs(stats.spearmanr(moved, u[hit]).statistic) < 0.05


def test_targets_come_in_no_fixed_order() -> None:
    table = compile_spec(shapes(n=10, interventions=(Hard(),))).evaluate("train", 0, 5_000).twins[0].table
    arms = table.mask @ np.arange(1, 5)
    blocks = arms.reshape(-1, 5)
    for place in range(5):  # at each place of a block each arm is as frequent as the others
        assert stats.chisquare(np.bincount(blocks[:, place], minlength=5)).pvalue > 1e-3


@pytest.mark.parametrize("seed", [0, 7])
def test_do_values_are_uniform_over_the_range(seed: int) -> None:
    factors = {
        "x": Factor(range=(-3.0, 5.0)),
        "level": Factor(levels=("a", "b", "c")),
        "y": Factor(range=(0.0, 1e-3), circular=True),
    }
    document = SceneDocument(
        name="free",
        equations={"x": "uniform(0, 1)", "level": "category(1, 1, 8)", "y": "uniform(0, 0.0001)"},
        factors=factors,
        draw=[{"mark": "fill", "rgb": ["x", "level", "y"]}],
    )
    spec = Spec(name="free", scene=document, n=10, seed=seed, interventions=(Hard(),))
    table = compile_spec(spec).evaluate("train", 0, 20_000).twins[0].table
    values = {name: table.shift[table.mask[:, k] == 1, k] for k, name in enumerate(factors)}
    assert {name: len(found) for name, found in values.items()} == dict.fromkeys(factors, 5_000)
    assert stats.kstest(values["x"], "uniform", (-3.0, 8.0)).pvalue > 1e-3
    assert stats.kstest(values["y"], "uniform", (0.0, 1e-3)).pvalue > 1e-3
    assert stats.chisquare(np.bincount(values["level"].astype(int), minlength=3)).pvalue > 1e-3
    assert set(values["level"].tolist()) == {0.0, 1.0, 2.0}


def test_a_do_value_does_not_depend_on_the_factual_one() -> None:
    dataset = compile_spec(shapes(n=10, interventions=(Hard(),)))
    batch = dataset.evaluate("train", 0, 20_000)
    table = batch.twins[0].table
    rows = table.mask[:, 2] == 1
    assert abs(stats.spearmanr(batch.values["turn"][rows], table.shift[rows, 2]).statistic) < 0.05
