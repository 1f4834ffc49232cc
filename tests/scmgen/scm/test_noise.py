"""Noise by position: a slice of a stream is the stream's slice."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scmgen.scm.noise import uniforms

PINNED = [0.4359243502688618, 0.8642020868035772, 0.7541004576447589, 0.9022360397989858]
WHOLE = uniforms(3, "train", "angle", 0, 300)


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 300))
def test_any_slice_is_the_slice_of_the_whole(a: int, b: int) -> None:
    start, stop = min(a, b), max(a, b)
    found = uniforms(3, "train", "angle", start, stop)
    np.testing.assert_array_equal(found, WHOLE[start:stop], strict=True)


@settings(deadline=None)
@given(st.integers(0, 2**60), st.integers(0, 12), st.integers(0, 12))
def test_far_slices_agree_where_they_overlap(start: int, skip: int, length: int) -> None:
    whole = uniforms(3, "train", "angle", start, start + skip + length)
    part = uniforms(3, "train", "angle", start + skip, start + skip + length)
    np.testing.assert_array_equal(part, whole[skip:], strict=True)


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), max_size=6))
def test_shards_of_any_size_join_to_the_whole(sizes: list[int]) -> None:
    edges = [0, *np.cumsum(sizes, dtype=int).tolist()]
    parts = [uniforms(3, "train", "angle", a, b) for a, b in itertools.pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate([np.empty(0), *parts]), WHOLE[: edges[-1]])


def test_an_empty_slice_is_empty() -> None:
    assert uniforms(3, "train", "angle", 7, 7).shape == (0,)


def test_numbers_lie_inside_the_open_interval() -> None:
    values = uniforms(0, "train", "x", 0, 1_000_000)
    assert values.dtype == np.float64
    assert 0.0 < values.min() < 1e-5 and 1 - 1e-5 < values.max() < 1.0


@pytest.mark.parametrize(
    "other",
    [
        (4, "train", "angle", 0),
        (-3, "train", "angle", 0),
        (3, "test", "angle", 0),
        (3, "train", "lamp", 0),
        (3, "train", "angle", 1),
        (3, "train ", "angle", 0),
        (3, "", "trainangle", 0),
        (33, "train", "angle", 0),
    ],
)
def test_another_seed_split_name_or_attempt_is_another_stream(other: tuple[int, str, str, int]) -> None:
    seed, split, stream, attempt = other
    values = uniforms(seed, split, stream, 0, 300, attempt)
    assert not np.isin(values, WHOLE).any()
    assert abs(stats.pearsonr(values, WHOLE).statistic) < 0.2


def test_quotes_in_names_do_not_run_streams_together() -> None:
    one = uniforms(3, 'a", "b', "c", 0, 4)
    two = uniforms(3, "a", 'b", "c', 0, 4)
    assert (one != two).all()


@pytest.mark.parametrize("stream", ["angle", "lamp", "do:angle", "\u00e9"])
def test_numbers_are_uniform_and_independent(stream: str) -> None:
    values = uniforms(11, "train", stream, 5, 40_005)
    cells = np.histogram2d(values[:-1:2], values[1::2], bins=10, range=[[0, 1], [0, 1]])[0]
    assert stats.kstest(values, "uniform").pvalue > 0.005
    assert stats.chisquare(cells.ravel()).pvalue > 0.005


def test_attempts_of_one_sample_are_uniform() -> None:
    values = np.array([uniforms(11, "train", "x", 42, 43, attempt)[0] for attempt in range(2_000)])
    assert stats.kstest(values, "uniform").pvalue > 0.005


def test_the_first_numbers_are_pinned() -> None:
    assert uniforms(0, "train", "angle", 0, 4).tolist() == PINNED
