"""A picture as the noise of each step: the same way leads back to it, another one elsewhere."""

from __future__ import annotations

import itertools
import math

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from torch import Tensor

from cdm import diffusion
from cdm.foundation.guidance import inversion

TIMES = diffusion.times_of(6, 0.8)[::-1]


def seen(x: Tensor, t: Tensor) -> Tensor:
    """A denoiser of no sense that depends on all that it is shown."""
    return (x.roll(1, -1) * t.view(-1, 1, 1, 1)).sin()


def images() -> Tensor:
    return torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(3)) * 2 - 1


@pytest.mark.parametrize("order", [1, 2])
def test_the_same_way_leads_back_to_the_picture_and_another_one_elsewhere(order: int) -> None:
    trail = inversion.record(seen, images(), TIMES, order, torch.Generator().manual_seed(0))
    assert len(trail.noises) == 6
    assert torch.allclose(inversion.retrace(seen, trail), images(), atol=1e-5)
    grey = inversion.record(lambda x, t: 0 * x, images(), TIMES, order, torch.Generator().manual_seed(0))
    moved = inversion.retrace(lambda x, t: 0 * x + 0.5, grey)
    assert torch.allclose(moved, images() + 0.5, atol=1e-3)  # nothing of the noisy start is left


def test_of_the_first_order_a_step_is_that_of_the_posterior_of_the_process() -> None:
    times, picture = [0.7, 0.4], images()
    trail = inversion.record(lambda x, t: picture, picture, times, 1, torch.Generator().manual_seed(0))
    (alpha, sigma), (alpha_, sigma_) = ((math.cos(t * math.pi / 2), math.sin(t * math.pi / 2)) for t in times)
    rise, grown = alpha / alpha_, sigma**2 - (alpha / alpha_ * sigma_) ** 2  # from the later time to the noisier one
    variance = 1 / (1 / sigma_**2 + rise**2 / grown)  # of two normal laws that are multiplied
    mean = variance * (alpha_ * picture / sigma_**2 + rise * trail.start / grown)
    assert torch.allclose(trail.noises[0], (picture - mean) / math.sqrt(variance), atol=1e-4)


def test_the_second_order_counts_on_what_was_said_before() -> None:
    still = [inversion.record(lambda x, t: images(), images(), TIMES, order, torch.Generator()) for order in (1, 2)]
    assert all(map(torch.equal, *(trail.noises for trail in still)))  # where the same is said again
    ratios = [math.log(1 / math.tan(t * math.pi / 2)) for t in TIMES]
    steps = [b - a for a, b in itertools.pairwise(ratios)]
    assert steps == pytest.approx([steps[0]] * len(steps))  # evenly spaced times
    rising = iter([0.0, 1.0])  # what is said of the first time, and of the second
    told = inversion.record(lambda x, t: torch.full_like(x, next(rising)), images(), TIMES[:3], 2, torch.Generator())
    ahead = iter([0.0, 1.5])  # half of what it rose is added, for steps of one length
    once = inversion.record(lambda x, t: torch.full_like(x, next(ahead)), images(), TIMES[:3], 1, torch.Generator())
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(told.noises, once.noises, strict=True))
