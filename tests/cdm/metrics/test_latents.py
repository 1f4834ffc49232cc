"""Latents against factors: perfect codes, mixed ones, and none, in any order and of any kind."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cdm import metrics
from cdm.errors import CdmError
from cdm.metrics import Factor
from cdm.metrics.latents import linear, neighbours

RNG = np.random.default_rng(1)
N = 3000
FACTORS = (Factor("x", "continuous", 0, 1), Factor("hue", "circular", 0, 1), Factor("kind", "categorical", 0, 2))
VALUES = np.column_stack([RNG.random(N), RNG.random(N), RNG.integers(0, 3, N)])
CODES = np.column_stack([f.columns(VALUES[:, j]) for j, f in enumerate(FACTORS)])  # 1 + 2 + 3 columns
BLOCKS = ((0,), (1, 2), (3, 4, 5))


def test_of_numbers_it_is_the_absolute_value_of_pearsons_r() -> None:
    codes = RNG.standard_normal((200, 2)) + np.outer(VALUES[:200, 0], [3, -3])
    found = metrics.multiple_correlations(codes, VALUES[:200, :1], FACTORS[:1])
    theirs = [abs(stats.pearsonr(codes[:, k], VALUES[:200, 0])[0]) for k in range(2)]
    np.testing.assert_allclose(found[:, 0], theirs)


def test_of_levels_it_is_the_correlation_ratio() -> None:
    code, level = RNG.standard_normal(500) + VALUES[:500, 2], VALUES[:500, 2]
    groups = [code[level == k] for k in range(3)]
    between = sum(len(g) * (g.mean() - code.mean()) ** 2 for g in groups)
    found = metrics.multiple_correlations(code[:, None], level[:, None], FACTORS[2:])
    assert found[0, 0] ** 2 == pytest.approx(between / ((code - code.mean()) ** 2).sum())


def test_perfect_latents_are_matched_in_any_order() -> None:
    order = (BLOCKS[2], BLOCKS[0], BLOCKS[1])
    found = metrics.mcc(CODES, VALUES, FACTORS, order)
    assert found["MCC"] == pytest.approx(1.0) and found["latents"] == [1, 2, 0]
    plain = metrics.mcc(-3 * VALUES[:, :1] + 2, VALUES[:, :1], FACTORS[:1])
    assert plain["MCC"] == pytest.approx(1.0)


def test_noise_matches_nothing_and_a_missing_latent_counts_as_nothing() -> None:
    assert metrics.mcc(RNG.standard_normal((N, 3)), VALUES, FACTORS)["MCC"] < 0.08
    found = metrics.mcc(CODES[:, :1], VALUES, FACTORS)
    assert found["MCC"] == pytest.approx(1 / 3, abs=0.02) and found["latents"].count(None) == 2
    constant = metrics.mcc(np.ones((N, 3)), VALUES, FACTORS)
    assert constant["MCC"] == 0.0


def test_separation_is_one_and_none_for_perfect_codes_and_worse_for_mixed_ones() -> None:
    found = metrics.r2_separation(CODES, VALUES, FACTORS, BLOCKS)
    assert found["diagonal"] > 0.98 and found["beside"] < 0.02
    mixed = CODES.copy()
    mixed[:, 3] += CODES[:, 0]
    leaky = metrics.r2_separation(mixed, VALUES, FACTORS, BLOCKS)
    assert leaky["beside"] > 0.2 and np.array(leaky["matrix"]).shape == (3, 3)
    assert metrics.r2_separation(CODES, VALUES, FACTORS, BLOCKS, fit=linear)["diagonal"] == pytest.approx(1.0)


def test_predictors() -> None:
    x = RNG.random((400, 1))
    np.testing.assert_allclose(linear(x[:200], 2 * x[:200] + 1, x[200:]), 2 * x[200:] + 1, atol=1e-9)
    assert np.abs(neighbours(x[:200], x[:200] ** 2, x[200:]) - x[200:] ** 2).max() < 0.08


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(CdmError, match=r"^blocks: columns 0 to 5 are there, found \[\[0\], \[9\]\]$"):
        metrics.mcc(CODES, VALUES, FACTORS, [[0], [9]])
    with pytest.raises(CdmError, match=r"a latent a factor and 20 rows are needed, found 6 latents and 3000 rows"):
        metrics.r2_separation(CODES, VALUES, FACTORS)
