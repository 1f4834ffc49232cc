"""Entropy and mutual information, as scikit-learn and scipy count them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cdm.metrics import Factor, information

RNG = np.random.default_rng(0)


def test_they_are_those_of_others() -> None:
    one, other = RNG.integers(0, 5, 400), RNG.integers(0, 3, 400)
    assert information.entropy(one) == pytest.approx(stats.entropy(np.bincount(one)))
    sklearn = pytest.importorskip("sklearn.metrics")
    assert information.mutual(one, other) == pytest.approx(sklearn.mutual_info_score(one, other), abs=1e-12)
    assert information.mutual(one, one) == pytest.approx(information.entropy(one))


def test_bins_are_of_equal_width_and_a_constant_is_one() -> None:
    assert information.binned(np.array([[0.0, 3.0], [0.049, 3.0], [1.0, 3.0]])).tolist() == [[0, 0], [0, 0], [19, 0]]


def test_a_code_that_is_a_factor_has_all_its_entropy() -> None:
    values = RNG.integers(0, 4, (500, 1)).astype(float)
    found = information.shared(np.column_stack([values, RNG.random(500)]), values, [Factor("k", "categorical", 0, 3)])
    assert found[0, 0] == pytest.approx(1.0) and found[1, 0] < 0.12
