"""A picture as the noise of each step of a sampler: whoever goes the same way back finds the picture.

Noisy pictures of all times are drawn first, each with noise of its own; what a step would have to add to come from one
to the next is kept (Huberman-Spiegelglas et al. 2024, arXiv 2304.06140). Of order 1 the sampler is the ancestral one,
of order 2 the stochastic DPM-Solver++ (Lu et al. 2022, arXiv 2211.01095), as in LEDITS++ (Brack et al. 2024, arXiv
2311.16711).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cdm import diffusion
from cdm.diffusion import Network


@dataclass(frozen=True)
class Trail:
    """The way of a picture from noise.

    Attributes:
        times: where each step begins, from the noisiest on, and where the last one ends.
        start: pictures at the first time.
        noises: what each step adds.
        order: of the sampler.
    """

    times: tuple[float, ...]
    start: Tensor
    noises: tuple[Tensor, ...]
    order: int


def record(denoise: Network, images: Tensor, times: Sequence[float], order: int, generator: torch.Generator) -> Trail:
    """The way that leads a sampler to ``images``, which stand at the last of falling ``times``."""
    stops = [_noisy(images, moment, generator) for moment in times[:-1]]
    noises = []
    for step, (mean, spread) in enumerate(_means(denoise, iter(stops), times, order)):
        noises.append(((stops[step + 1] if step + 1 < len(stops) else images) - mean) / spread)
    return Trail(tuple(times), stops[0], tuple(noises), order)


def retrace(denoise: Network, trail: Trail) -> Tensor:
    """Where the way leads; under another ``denoise``, to other pictures."""
    at = [trail.start]
    for (mean, spread), noise in zip(_means(denoise, iter(at), trail.times, trail.order), trail.noises, strict=True):
        at.append(mean + spread * noise)
    return at[-1]


def _means(
    denoise: Network, images: Iterator[Tensor], times: Sequence[float], order: int
) -> Iterator[tuple[Tensor, float]]:
    """Where each step leads on average, and the scale of the noise that it adds; it takes the pictures as they come."""
    clean: list[Tensor] = []
    for step, (now, after) in enumerate(itertools.pairwise(times)):
        x = next(images)
        clean = [*clean[-1:], denoise(x, torch.full((len(x),), now, device=x.device))]
        wanted = clean[-1]
        if order == 2 and len(clean) == 2:
            stretch = _log_ratio(after) - _log_ratio(now)
            wanted = wanted + 0.5 * stretch / (_log_ratio(now) - _log_ratio(times[step - 1])) * (clean[1] - clean[0])
        yield _step(x, wanted, now, after)


def _step(x: Tensor, x0: Tensor, now: float, after: float) -> tuple[Tensor, float]:
    """The mean and the scale of the law of an image at a later time, given one at ``now`` and a clean one."""
    kept = math.exp(_log_ratio(now) - _log_ratio(after))
    (_, sigma), (alpha_, sigma_) = (_scales(t) for t in (now, after))
    mean = sigma_ / sigma * kept * x + alpha_ * (1 - kept**2) * x0
    return mean, sigma_ * math.sqrt(1 - kept**2)


def _noisy(images: Tensor, moment: float, generator: torch.Generator) -> Tensor:
    noise = torch.randn(images.shape, generator=generator).to(images.device)
    return diffusion.mix(images, noise, torch.full((len(images),), moment, device=images.device))


def _scales(moment: float) -> tuple[float, float]:
    alpha, sigma = diffusion.scales(torch.tensor([moment], dtype=torch.float64))
    return float(alpha), float(sigma)


def _log_ratio(moment: float) -> float:
    alpha, sigma = _scales(moment)
    return math.log(alpha / sigma)
