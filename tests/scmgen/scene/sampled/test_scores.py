"""Scores: weighted sums of functions of the parents, standardised where observed."""

from __future__ import annotations

import numpy as np
import pytest
from toys import FACTORS

from scmgen.scene.sampled.scores import Kind, Score, draw_score
from scmgen.scm.noise import uniforms
from scmgen.scm.vocabulary import Array


def test_parents_that_say_the_same_are_not_set_against_each_other() -> None:
    """Else a score would live on their small difference, and a do on one of them would throw the child far off."""
    one, other = (uniforms(0, "test", name, 0, 5_000) - 0.5 for name in "ab")
    values = {name: np.sqrt(12) * (one + share * other) for name, share in (("x", 0.0), ("y", 0.1))}
    parents = {name: FACTORS[name].domain for name in values}
    drawn_scores = [draw_score("linear", "size", parents, values, seed) for seed in range(60)]
    assert max(abs(weight) for score in drawn_scores for weight, _ in score.terms) < 1


def drawn_score(kind: Kind, seed: int, n: int = 5_000) -> tuple[Score, dict[str, Array]]:
    """A score of four parents of every type, and their observed values."""
    values = {name: uniforms(seed, "test", name, 0, n) for name in ("x", "y", "hue", "kind")}
    values = {
        **{name: np.sqrt(12) * (values[name] - 0.5) for name in ("x", "y")},
        "hue": values["hue"],
        "kind": np.floor(3 * values["kind"]),
    }
    return draw_score(kind, "size", {name: FACTORS[name].domain for name in values}, values, seed), values


@pytest.mark.parametrize("kind", ["linear", "additive", "interaction"])
def test_a_score_is_standardised_and_reads_every_parent(kind: Kind) -> None:
    for seed in range(5):
        score, values = drawn_score(kind, seed)
        assert (score(values).mean(), score(values).std()) == pytest.approx((0, 1), abs=1e-9)
        assert {basis.parent for _, term in score.terms for basis in term} == set(values)
        assert any(len(term) == 2 for _, term in score.terms) == (kind == "interaction")


@pytest.mark.parametrize("kind", ["additive", "interaction"])
def test_no_value_of_the_parents_leads_out_of_the_bounds_of_a_score(kind: Kind) -> None:
    for seed in range(5):
        score, values = drawn_score(kind, seed)
        low, high = score.bounds
        far = {**values, "x": 100 * values["x"], "y": -30 * values["y"]}
        assert score.slopes == {}
        assert low <= score(far).min() and score(far).max() <= high


def test_the_same_draw_gives_the_same_score_and_another_seed_another() -> None:
    assert drawn_score("interaction", 3)[0] == drawn_score("interaction", 3)[0]
    assert len({drawn_score("additive", seed)[0] for seed in range(6)}) == 6
