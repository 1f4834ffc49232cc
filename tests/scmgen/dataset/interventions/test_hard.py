"""What a hard do sets."""

from __future__ import annotations

import numpy as np
import pytest
from chainlet import ALARM, sample, scene, targeted
from scipy import stats

from scmgen.dataset.interventions.steps import read
from scmgen.dataset.sampling import compile_spec
from scmgen.dataset.spec import Spec


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
