"""Features of times."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.networks.waves import waves


def test_the_slowest_wave_turns_half_way_and_the_fastest_a_thousand_times_as_far() -> None:
    t = torch.tensor([0.0, 0.25, 0.0005])
    features = waves(t)
    assert features.shape == (3, 64)
    assert torch.allclose(features[:, 0], (math.pi * t).sin(), atol=1e-5)
    assert torch.allclose(features[:, 32], (math.pi * t).cos(), atol=1e-5)
    assert torch.allclose(features[:, [31, 63]][2], torch.tensor([1.0, 0.0]), atol=1e-3)


def test_times_that_are_near_each_other_are_told_apart() -> None:
    features = waves(torch.linspace(0, 1, 1001))
    assert float(torch.cdist(features, features).fill_diagonal_(9).min()) > 0.1
    assert torch.allclose(features.square().sum(1), torch.full((1001,), 32.0), atol=1e-3)
