"""A factor: one domain, one unit, and the values that a do draws."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from scmgen.scene.factor import Factor
from scmgen.scm.vocabulary import Array


@pytest.mark.parametrize(
    ("factor", "low", "high"),
    [(Factor(range=(-2, 3)), -2, 3), (Factor(levels=("a", "b", "c")), 0, 2)],
)
def test_a_factor_spreads_uniforms_over_its_domain(factor: Factor, low: float, high: float) -> None:
    values: Array = factor.at(np.linspace(0.001, 0.999, 1_000))
    assert values.min() == pytest.approx(low, abs=0.01) and values.max() == pytest.approx(high, abs=0.01)
    assert factor.bounds == (low, high)
    if factor.levels:
        assert np.unique(values, return_counts=True)[1].tolist() == pytest.approx([333, 333, 333], abs=1)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "a factor needs either range: [low, high] or levels: [a, b, ...]"),
        ({"range": [0, 1], "levels": ["a", "b"]}, "a factor needs either range: [low, high] or levels: [a, b, ...]"),
        ({"range": [1, 0]}, "the range is turned round: 1 is not below 0"),
        ({"levels": ["a"]}, "at least two different levels are needed, found ['a']"),
        ({"levels": ["a", "b", "a"]}, "at least two different levels are needed, found ['a', 'b', 'a']"),
        ({"levels": ["a", "b"], "circular": True}, "levels cannot be circular"),
        ({"range": [0, 1], "unit": ""}, "String should have at least 1 character"),
        ({"range": [0, 1], "unit": "m" * 41}, "String should have at most 40 characters"),
    ],
)
def test_a_factor_without_one_domain_is_refused(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Factor.model_validate(entry)


def test_the_type_of_a_factor_is_what_its_entry_says() -> None:
    entries: list[dict[str, Any]] = [{"range": [0, 1]}, {"range": [0, 1], "circular": True}, {"levels": ["a", "b"]}]
    kinds = [Factor.model_validate(entry).domain.kind for entry in entries]
    assert kinds == ["continuous", "circular", "categorical"]


@pytest.mark.parametrize(
    ("unit", "note"),
    [
        ("rad", ""),
        ("mmol/l", ""),
        ("bananas", ""),
        ("radians", "unit 'radians': did you mean 'rad'?"),
        ("hz", "unit 'hz': did you mean 'Hz'?"),
    ],
)
def test_any_unit_is_taken_and_one_that_seems_misspelt_is_noted(unit: str, note: str) -> None:
    assert Factor.model_validate({"range": [0, 1], "unit": unit}).note == note


def test_a_factor_is_never_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Factor(range=(0, 1)).circular = True
