"""Scores of disentanglement: codes that are the factors, codes that mix them, codes that are nothing."""

from __future__ import annotations

import numpy as np
import pytest

from cdm import metrics
from cdm.metrics import Factor
from cdm.metrics.disentanglement import shares_of

RNG = np.random.default_rng(2)
N = 4000
FACTORS = (Factor("a", "continuous", 0, 1), Factor("b", "continuous", 0, 1), Factor("c", "categorical", 0, 3))
VALUES = np.column_stack([RNG.random(N), RNG.random(N), RNG.integers(0, 4, N)])
PERFECT = VALUES * [2.0, -1.0, 0.5]
ROTATED = np.column_stack([VALUES[:, 0] + VALUES[:, 1], VALUES[:, 0] - VALUES[:, 1], VALUES[:, 2]])
NOTHING = RNG.standard_normal((N, 3))


def test_each_score_is_near_one_for_the_factors_less_for_a_mixture_and_low_for_noise() -> None:
    for score in (metrics.mig, metrics.sap):
        best, mixed, none = (score(codes, VALUES, FACTORS) for codes in (PERFECT, ROTATED, NOTHING))
        assert best > 0.95 > mixed > none and none < 0.05
    assert metrics.irs(PERFECT, VALUES, FACTORS) > 0.9 > metrics.irs(ROTATED, VALUES, FACTORS)


def test_modularity_compactness_and_explicitness_are_told_apart() -> None:
    best = metrics.info_mec(PERFECT, VALUES, FACTORS)
    assert min(best["modularity"], best["compactness"]) > 0.97
    assert best["explicitness"] == pytest.approx((1 + 1 + 1 / 3) / 3, abs=0.02)  # four levels are no line
    rotated = metrics.info_mec(ROTATED, VALUES, FACTORS)
    assert rotated["modularity"] < 0.8 and rotated["explicitness"] == pytest.approx(best["explicitness"], abs=0.02)
    twice = metrics.info_mec(np.column_stack([PERFECT, PERFECT]), VALUES, FACTORS)
    assert twice["modularity"] > 0.97 and twice["compactness"] < 0.6
    dead = metrics.info_mec(np.column_stack([PERFECT, np.ones(N)]), VALUES, FACTORS)
    assert dead == pytest.approx(best)
    assert set(metrics.info_mec(np.ones((N, 2)), VALUES, FACTORS).values()) == {0.0}


def test_shares_of_importance_are_those_of_the_paper() -> None:
    assert shares_of(np.eye(3)) == {"disentanglement": 1.0, "completeness": 1.0}
    assert shares_of(np.ones((3, 3))) == pytest.approx({"disentanglement": 0.0, "completeness": 0.0})
    half = shares_of([[1.0, 1.0], [0.0, 2.0]])  # one code is of both, the other of one
    entropy = np.log(2) / np.log(2)
    assert half["disentanglement"] == pytest.approx((2 * (1 - entropy) + 2 * 1) / 4)
    third = -(1 / 3 * np.log(1 / 3) + 2 / 3 * np.log(2 / 3)) / np.log(2)
    assert half["completeness"] == pytest.approx((1 * 1 + 3 * (1 - third)) / 4)
    assert shares_of(np.zeros((2, 2))) == {"disentanglement": 0.0, "completeness": 0.0}


def test_trees_find_which_code_is_which() -> None:
    pytest.importorskip("sklearn")
    few = slice(0, 800)
    best = metrics.dci(PERFECT[few], VALUES[few], FACTORS)
    assert min(best["disentanglement"], best["completeness"], best["informativeness"]) > 0.97
    assert np.array(best["importance"]).argmax(axis=0).tolist() == [0, 1, 2]
    mixed = metrics.dci(ROTATED[few], VALUES[few], FACTORS)
    assert mixed["disentanglement"] < 0.7 < mixed["informativeness"]
    assert metrics.dci(NOTHING[few], VALUES[few], FACTORS)["informativeness"] < 0.2
