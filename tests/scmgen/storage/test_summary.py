"""Summaries of shards, which add up to those of the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scmgen.errors import ScmgenError
from scmgen.storage.summary import Moments, added, channel_moments, check_levels, combinations, counted, histogram

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 5, 5, 3), np.uint8)


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


def test_channels_have_the_mean_and_deviation_of_their_pixels() -> None:
    shown = channel_moments(added([histogram(IMAGES[:3]), histogram(IMAGES[3:])]))
    whole = IMAGES.reshape(-1, 3) / 255
    assert shown["samples"] == 7
    assert np.allclose(shown["mean"], whole.mean(axis=0)) and np.allclose(shown["std"], whole.std(axis=0))


def test_combinations_of_levels_are_counted_where_they_occur() -> None:
    values = {"shape": np.array([0.0, 1, 1, 1]), "x": np.array([0.5, 0.1, 0.2, 0.3]), "side": np.array([1.0, 0, 0, 1])}
    levels = {"shape": ("ball", "cube"), "x": (), "side": ("left", "right")}
    assert combinations(values, levels) == {(0, 1): 1, (1, 0): 2, (1, 1): 1}
    assert combinations(values, {"x": ()}) == {}


def test_too_many_combinations_are_not_counted() -> None:
    levels = {name: tuple(map(str, range(20))) for name in "abc"}
    assert counted({"a": levels["a"]}) == ["a"] and counted(levels) == []


@pytest.mark.parametrize("value", [-1.0, 0.5, 2.0, 1e30])
def test_a_level_that_is_none_is_told(value: float) -> None:
    check_levels({"shape": np.array([0.0, 1.0]), "x": np.array([0.5, 9.0])}, {"shape": ("ball", "cube"), "x": ()})
    with pytest.raises(ScmgenError) as caught:
        check_levels({"shape": np.array([0.0, value])}, {"shape": ("ball", "cube")})
    assert str(caught.value) == f"shape: is {value:g} in a sample; its levels are 0 to 1 (ball, cube)"
