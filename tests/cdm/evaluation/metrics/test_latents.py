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
