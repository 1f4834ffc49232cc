"""Summaries of shards, which add up to those of the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scmgen.storage.summary import Moments


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8), min_size=1, max_size=6))
def test_moments_merge_as_if_taken_at_once(parts: list[list[float]]) -> None:
    def moments(values: Any) -> Moments:
        array = np.asarray(values)
        mean = float(array.mean())
        return Moments(len(array), mean, float(((array - mean) ** 2).sum()), float(array.min()), float(array.max()))

    merged = moments(parts[0])
    for part in parts[1:]:
        merged = merged.merge(moments(part))
    whole = moments([x for part in parts for x in part])
    assert (merged.count, merged.least, merged.most) == (whole.count, whole.least, whole.most)
    assert np.allclose([merged.mean, merged.squares], [whole.mean, whole.squares], rtol=1e-9, atol=1e-3)
