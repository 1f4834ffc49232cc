"""Numbers, phases and levels, as metrics take them."""

from __future__ import annotations

import numpy as np
import pytest

from cdm.errors import CdmError
from cdm.metrics.factors import Factor, continuous, table

HUE, KIND, SIZE = Factor("hue", "circular", 0, 1), Factor("kind", "categorical", 1, 3), Factor("s", "continuous", -1, 3)


def test_columns_lie_near_where_values_do() -> None:
    ends = HUE.columns(np.array([0.0, 0.999999]))
    np.testing.assert_allclose(ends[0], ends[1], atol=1e-4)
    assert KIND.columns(np.array([1.0, 3.0])).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert SIZE.columns(np.array([2.0])).tolist() == [[2.0]]


def test_errors_go_the_shorter_way_round() -> None:
    np.testing.assert_allclose(HUE.errors([0.95, 0.4, 1.3], [0.05, 0.6, 0.3]), [0.1, 0.2, 0.0], atol=1e-12)
    assert KIND.errors([1, 2.2, 3], [1, 2, 1]).tolist() == [0.0, 0.0, 1.0]
    assert SIZE.errors([0.0], [-2.0]).tolist() == [2.0]
    assert (SIZE.span, HUE.span, KIND.span) == (4.0, 1.0, 1.0)


def test_bins_are_levels_or_twentieths() -> None:
    assert KIND.bins([1, 2, 3]).tolist() == [0, 1, 2]
    assert SIZE.bins([-1, -0.81, -0.79, 3]).tolist() == [0, 0, 1, 19]


def test_what_has_no_range_is_no_factor() -> None:
    with pytest.raises(CdmError, match=r"^factor 'x': a range is needed, found 1 to 1$"):
        Factor("x", "continuous", 1, 1)
    with pytest.raises(CdmError, match=r"^values of factors: an array of 2 axes is needed"):
        table([1.0, 2.0], [SIZE])
    assert [(f.low, f.high) for f in continuous([[0.0, 2.0], [1.0, 5.0]])] == [(0.0, 1.0), (2.0, 5.0)]
