"""What must stay as it is: nuisance, what the target does not cause, the order of dos, the worst group."""

from __future__ import annotations

import numpy as np
import pytest

from cdm import metrics
from cdm.errors import CdmError
from cdm.metrics import Factor

RNG = np.random.default_rng(3)
FACTUAL, TRUTH, FRESH = RNG.random((3, 5, 6, 6, 3))
FACTORS = (Factor("a", "continuous", 0, 2), Factor("b", "continuous", 0, 1), Factor("c", "continuous", 0, 1))
REACHED = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]])  # a -> b


def test_the_truth_keeps_all_nuisance_and_other_nuisance_keeps_none() -> None:
    assert metrics.nuisance_kept(TRUTH, TRUTH, FRESH, FACTUAL) == 1.0
    assert metrics.nuisance_kept(FRESH, TRUTH, FRESH, FACTUAL) == 0.0
    assert metrics.nuisance_kept((TRUTH + FRESH) / 2, TRUTH, FRESH, FACTUAL) == pytest.approx(0.75)
    still = TRUTH.copy()
    still[:, :3] = FACTUAL[:, :3]  # half of the image does not change, and is not counted
    assert metrics.nuisance_kept(np.where(still == FACTUAL, 9.0, still), still, FRESH, FACTUAL) == 1.0
    assert np.isnan(metrics.nuisance_kept(TRUTH, TRUTH, TRUTH, FACTUAL))


def test_only_what_is_not_caused_spills() -> None:
    before = np.zeros((2, 3))
    after = np.array([[1.0, 0.7, 0.1], [0.0, 0.0, 0.5]])
    targets = np.array([[1, 0, 0], [0, 0, 1]])
    found = metrics.spill(before, after, targets, REACHED, FACTORS)
    assert found["target"] == pytest.approx((0.5 + 0.5) / 2)
    assert found["others"] == pytest.approx((0.1 + 0.0 + 0.0) / 3) and found["ratio"] == pytest.approx(0.1 / 1.5)
    assert metrics.spill(before, before, targets, REACHED, FACTORS)["ratio"] is None
    every = metrics.spill(before, after, np.ones((2, 3)), REACHED, FACTORS)
    assert every["others"] is None and every["ratio"] is None
    with pytest.raises(CdmError, match=r"^spill: targets \(2, 3\) and reached \(3, 3\) are needed$"):
        metrics.spill(before, after, targets, np.eye(2), FACTORS)


def test_dos_one_by_one_and_at_once() -> None:
    assert metrics.consistency(TRUTH, TRUTH) == 0.0 and metrics.consistency(TRUTH + 0.5, TRUTH) == pytest.approx(0.5)


def test_the_group_that_fares_worst() -> None:
    found = metrics.worst_group([1, 1, 0, 1, 0], ["cow, grass", "cow, grass", "cow, sand", "cow, sand", "cow, sand"])
    assert found["groups"] == {"cow, grass": 1.0, "cow, sand": pytest.approx(1 / 3)}
    assert found["worst"] == pytest.approx(1 / 3) and found["mean"] == pytest.approx(0.6)
