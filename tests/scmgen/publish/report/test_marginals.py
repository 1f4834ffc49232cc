"""Distributions of the factors, in pictures and in words."""

from __future__ import annotations

from pathlib import Path

from reported import pair

import scmgen


def test_values_are_told_in_words_too(small: Path, written: str) -> None:
    before, _, _ = pair(scmgen.load(small))
    angles = before[:, 0]
    told = f"factual: {angles.min():.4g} to {angles.max():.4g}, mean {angles.mean():.4g}, deviation {angles.std():.4g}"
    assert f'aria-label="pendulum_angle, {told.replace("-", "−")}; counterfactual: ' in written  # noqa: RUF001
