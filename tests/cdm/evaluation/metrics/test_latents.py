"""Scores of codes."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import TOY, toy_codes
from factors import seeded as seeded

from cdm.evaluation.metrics import latents


def test_latent_scores_are_one_for_the_truth_and_fall_with_noise() -> None:
    z, *_ = toy_codes(500)
    assert latents.correlations(TOY, z, z) == pytest.approx([1, 1, 1], abs=1e-5)
    assert latents.determinations(TOY, z, z) == pytest.approx([1, 1, 1])
    noisy = z + torch.randn_like(z)
    assert max(latents.correlations(TOY, noisy, z)) < 0.8


def test_a_factor_is_judged_where_another_was_set() -> None:
    _, after, mask, _ = toy_codes(500)
    read = torch.where(TOY.spread(mask) > 0, after, 0.5 * after + torch.randn_like(after))  # right where it was set
    told = latents.correlations_under_dos(TOY, read, after, mask)
    assert all(r is not None and r < 0.8 for r in told)
    assert latents.mean_correlation_under_dos(TOY, after, after, mask) == pytest.approx(1, abs=1e-5)
    alone = mask * torch.tensor([1.0, 0.0, 0.0])
    assert [r is None for r in latents.correlations_under_dos(TOY, after, after, alone)] == [True, False, False]
    assert latents.mean_correlation_under_dos(TOY, after, after, 0 * mask) is None
