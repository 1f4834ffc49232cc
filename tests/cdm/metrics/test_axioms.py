"""Composition, reversibility, and the full matrix of effectiveness."""

from __future__ import annotations

import numpy as np
import pytest

from cdm import metrics
from cdm.errors import CdmError
from cdm.metrics import Factor

FACTORS = (Factor("x", "continuous", 0, 10), Factor("hue", "circular", 0, 360), Factor("kind", "categorical", 0, 2))
TRUTH = np.array([[5.0, 10.0, 0], [2.0, 350.0, 1], [9.0, 180.0, 2]])
TARGETS = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 0]])


def test_every_cell_is_in_units_and_the_diagonal_stands_apart() -> None:
    read = TRUTH + np.array([[1.0, 340.0, 0], [0, 20.0, 1], [0, -10.0, 0]])  # 340 degrees round are 20 off
    found = metrics.effectiveness(read, TRUTH, TARGETS, FACTORS)
    assert found["units"][0] == [1.0, 20.0, 0.0] and found["units"][2] == [None, None, None]
    assert found["units"][1] == [0.0, 15.0, 0.5]
    assert found["shares"][1] == [0.0, pytest.approx(15 / 360), 0.5]
    assert found["diagonal"] == pytest.approx((0.1 + 15 / 360) / 2)
    assert found["beside"] == pytest.approx((20 / 360 + 0 + 0 + 0.5) / 4)
    assert "oracle" not in found


def test_the_readers_own_error_stands_beside() -> None:
    found = metrics.effectiveness(TRUTH + 1, TRUTH, TARGETS, FACTORS, oracle=TRUTH)
    assert found["oracle"]["diagonal"] == found["oracle"]["beside"] == 0.0 < found["diagonal"]


def test_null_dos_and_what_is_undone_leave_an_image_as_it_is() -> None:
    images = np.random.default_rng(0).random((6, 8, 8, 3))
    assert metrics.composition({1: images, 10: images[:2] + 0.5}, images) == {1: 0.0, 10: 0.5}
    assert metrics.reversibility(images, images) == 0.0 and metrics.reversibility(images + 0.25, images) == 0.25


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(CdmError, match=r"^3 factors are described, found 2 columns of values$"):
        metrics.effectiveness(TRUTH[:, :2], TRUTH, TARGETS, FACTORS)
    with pytest.raises(CdmError, match=r"^as many rows are needed, found read 2, truth 3, targets 3$"):
        metrics.effectiveness(TRUTH[:2], TRUTH, TARGETS, FACTORS)
    with pytest.raises(CdmError, match=r"^targets: an array of shape \(3, 3\) is needed, found \(3, 2\)$"):
        metrics.effectiveness(TRUTH, TRUTH, TARGETS[:, :2], FACTORS)
