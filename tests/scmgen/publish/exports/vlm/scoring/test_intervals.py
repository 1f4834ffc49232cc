"""Intervals, against other implementations of the same formulas."""

from __future__ import annotations

import pytest
from scipy import stats

from scmgen.publish.exports.vlm.scoring.intervals import mcnemar, paired, wilson


@pytest.mark.parametrize(("correct", "asked"), [(0, 7), (3, 10), (40, 40), (311, 800)])
def test_a_share_has_the_interval_of_wilson(correct: int, asked: int) -> None:
    other = stats.binomtest(correct, asked).proportion_ci(0.95, method="wilson")
    assert wilson(correct, asked) == pytest.approx((other.low, other.high), abs=1e-9)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 7), (20, 20), (150, 30)])
def test_a_difference_is_tested_by_the_sign_of_what_differs(first: int, second: int) -> None:
    other = stats.binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(other)


def test_a_difference_has_an_interval_that_turns_with_it() -> None:
    low, high = paired(9, 3, 40)
    assert (low, high) == pytest.approx((-0.0198, 0.3055), abs=5e-5)  # by hand: 6/42 -+ 1.96 sqrt(13 - 36/42) / 42
    assert paired(3, 9, 40) == pytest.approx((-high, -low))
    assert paired(0, 0, 1)[0] < 0 < paired(0, 0, 1)[1] <= 1
