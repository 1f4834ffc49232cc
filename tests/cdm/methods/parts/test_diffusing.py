"""A denoiser that is told numbers: nothing told is a state of its own, and the way to noise is undone."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.methods.parts import diffusing
from cdm.methods.parts.diffusing import Denoiser


def _awake(told: int = 2) -> Denoiser:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        denoiser = Denoiser(16, told, width=8)
        torch.nn.init.normal_(denoiser.network.leave.weight, std=0.02)
    return denoiser


def test_nothing_told_is_no_number(images: torch.Tensor) -> None:
    denoiser, t = _awake(), torch.full((2,), 0.5)
    zeros, ones = torch.zeros(2, 2), torch.ones(2, 2)
    dropped = torch.tensor([False, True])
    zero, one = denoiser(images, t, zeros, dropped), denoiser(images, t, ones, dropped)
    assert not torch.allclose(zero[0], one[0]) and torch.equal(zero[1], one[1])
    assert not torch.allclose(denoiser(images, t, zeros)[1], zero[1])


def test_guidance_exaggerates_what_is_told(images: torch.Tensor) -> None:
    denoiser, t, told = _awake(), torch.full((2,), 0.5), torch.ones(2, 2)
    with torch.no_grad():
        plain, twice = (denoiser.clean(told, guidance)(images, t) for guidance in (1.0, 2.0))
        nothing = denoiser.clean(told, 0.0)(images, t)
    assert torch.allclose(twice - plain, plain - nothing, atol=1e-5) and not torch.allclose(twice, plain)


def test_the_way_to_noise_is_undone_and_another_word_leads_elsewhere(images: torch.Tensor) -> None:
    denoiser = _awake()
    one, other = (denoiser.clean(torch.full((2, 2), value)) for value in (0.0, 3.0))
    same = diffusing.redrawn(one, one, images, 20)
    assert (same - images).abs().max() < 1e-3 and not same.requires_grad
    assert (diffusing.redrawn(one, other, images, 20) - images).abs().mean() > 1e-2


def test_the_error_of_a_batch_is_drawn_from_its_generator(images: torch.Tensor) -> None:
    denoiser, told = _awake(0), torch.zeros(2, 0)
    one, again = (denoiser.missed(images, told, 0.5, torch.Generator().manual_seed(3)) for _ in range(2))
    assert one.shape == (2,) and torch.equal(one, again) and one.requires_grad


@pytest.fixture
def images() -> torch.Tensor:
    """Give two images."""
    return torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1
