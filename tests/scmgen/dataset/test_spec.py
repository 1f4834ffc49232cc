"""The spec: what tells data sets apart, and how many samples each split has."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from shapes import shapes

from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.spec import Spec, Split, apportion

SHARES = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(1, 100), min_size=1, max_size=6)


@given(n=st.integers(0, 2_000), shares=SHARES)
def test_all_samples_are_shared_out_and_no_part_shrinks_when_n_grows(n: int, shares: dict[str, int]) -> None:
    sizes, larger = apportion(n, shares), apportion(n + 1, shares)
    assert sum(sizes.values()) == n and min(sizes.values()) >= 0
    assert all(larger[name] >= size for name, size in sizes.items())


@given(n=st.integers(0, 2_000), shares=SHARES)
def test_the_next_sample_goes_to_a_part_that_has_least_for_its_share(n: int, shares: dict[str, int]) -> None:
    """Sainte-Lague: the quotient of a part is its share over twice its size plus 1."""
    sizes, larger = apportion(n, shares), apportion(n + 1, shares)
    quotients = {name: Fraction(share, 2 * sizes[name] + 1) for name, share in shares.items()}
    grown = next(name for name in shares if larger[name] > sizes[name])
    assert quotients[grown] == max(quotients.values())


def test_the_usual_splits_are_eight_one_and_one_of_ten() -> None:
    assert shapes(n=1_000).sizes() == {"train": 800, "validation": 100, "test": 100}
    assert shapes(n=1).sizes() == {"train": 1, "validation": 0, "test": 0}


@pytest.mark.parametrize("change", [{"n": 7}, {"version": 2}, {"license": "MIT"}, {"waives": {"readable": "small"}}])
def test_what_is_only_said_does_not_change_the_hash(change: dict[str, Any]) -> None:
    assert shapes(n=10).hash == shapes(**{"n": 10, **change}).hash


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"size": 32},
        {"shard_size": 10},
        {"masks": True},
        {"labels": "hidden"},
        {"interventions": parse("hard")},
        {"splits": (Split(name="train", share=1),)},
    ],
)
def test_what_bytes_depend_on_changes_the_hash(change: dict[str, Any]) -> None:
    assert shapes(n=10).hash != shapes(n=10, **change).hash


def test_a_spec_is_read_back_from_its_json() -> None:
    splits = (Split(name="train", share=3, where="size > 0.2"), Split(name="rare", share=1, parameters={}))
    spec = shapes(n=10, interventions=parse("hard; soft:scale=0.5 | hard"), splits=splits)
    assert Spec.model_validate(spec.data()) == spec and spec.description == spec.scene.description


@pytest.mark.parametrize("change", [{"n": 0}, {"seed": -1}, {"splits": ()}, {"format": 2}, {"name": "A b"}])
def test_what_no_data_set_can_have_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Spec.model_validate({**shapes(n=10).data(), **change})
