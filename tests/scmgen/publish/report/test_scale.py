"""Axes: their ticks are round and few, and what never varies has one too."""

from __future__ import annotations

import numpy as np
import pytest

from scmgen.publish.report.scale import axis, spoken
from scmgen.scene.domain import Continuous


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, ["0", "0.5", "1"]),
        (-0.5, 0.5, ["−0.5", "0", "0.5"]),  # noqa: RUF001
        (1.15, 2.0, ["1.25", "1.5", "1.75", "2"]),
        (0.0, 360.0, ["0", "100", "200", "300"]),
        (1e6, 1.00001e6, ["1e+06"]),
    ],
)
def test_ticks_are_round_and_few(low: float, high: float, ticks: list[str]) -> None:
    told = axis(Continuous(low, high)).ticks
    assert [text for _, text in told][: len(ticks)] == ticks
    assert 2 <= len(told) <= 5 and all(low - 1e-9 <= value <= high + 1e-9 for value, _ in told)


def test_a_factor_that_never_varies_has_an_axis_and_a_value() -> None:
    still = Continuous(3.0, 3.0)
    along = axis(still, np.array([3.0, 3.0]))
    assert (along.low, along.high) == (2.5, 3.5)
    assert spoken(still, 3.0) == "3.000"
