"""The diffusion process: a cosine schedule, what a network predicts, and DDIM in both directions.

Time runs from 0 (data) to 1 (noise): ``x_t = cos(pi t / 2) x_0 + sin(pi t / 2) eps`` (Nichol and Dhariwal 2021,
arXiv 2102.09672, without its offset). DDIM: Song et al. 2021, arXiv 2010.02502.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import torch
from torch import Tensor

Prediction = Literal["x0", "v", "eps"]
Network = Callable[[Tensor, Tensor], Tensor]
"""Noisy images ``(n, 3, s, s)`` and times ``(n,)`` to what is predicted, ``(n, 3, s, s)``."""

EARLIEST, LATEST = 0.01, 0.995  # times that are trained and sampled; at 0 and 1 the formulas divide by zero


def scales(t: Tensor) -> tuple[Tensor, Tensor]:
    """How much of the data and of the noise there is at times ``(n,)``, each ``(n, 1, 1, 1)``."""
    angle = (t * (math.pi / 2)).view(-1, 1, 1, 1)
    return angle.cos(), angle.sin()


def mix(x0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
    """The noisy image at times ``(n,)``."""
    alpha, sigma = scales(t)
    return alpha * x0 + sigma * eps


def target(x0: Tensor, eps: Tensor, t: Tensor, prediction: Prediction) -> Tensor:
    """What a network should predict; v is that of Salimans and Ho (2022, arXiv 2202.00512)."""
    if prediction == "x0":
        return x0
    if prediction == "eps":
        return eps
    alpha, sigma = scales(t)
    return alpha * eps - sigma * x0


def clean(x_t: Tensor, t: Tensor, predicted: Tensor, prediction: Prediction) -> Tensor:
    """The estimate of ``x_0`` that a prediction implies."""
    if prediction == "x0":
        return predicted
    alpha, sigma = scales(t)
    if prediction == "eps":
        return (x_t - sigma * predicted) / alpha
    return alpha * x_t - sigma * predicted


def times(count: int, generator: torch.Generator, late: float = 1.0) -> Tensor:
    """Stratified times ``(count,)`` in random order; more of the noisy ones the larger ``late`` is than 1."""
    offsets = torch.randperm(count, generator=generator) + torch.rand(count, generator=generator)
    return EARLIEST + (LATEST - EARLIEST) * (offsets / count) ** (1 / late)


def loss(
    network: Network, x0: Tensor, t: Tensor, eps: Tensor, prediction: Prediction, weight: Tensor | None = None
) -> Tensor:
    """Squared error of the prediction, a number a sample, ``(n,)``: its mean, or weighted ``(n, 1, size, size)``."""
    predicted = network(mix(x0, eps, t), t)
    errors = (predicted - target(x0, eps, t, prediction)).square()
    return (errors if weight is None else errors * weight).mean(dim=(1, 2, 3))


def sample(denoise: Network, x: Tensor, steps: int, start: float = LATEST) -> Tensor:
    """Run DDIM from noise at time ``start`` to data.

    Args:
        denoise: noisy images and times to the estimate of ``x_0`` (:func:`clean`).
        x: images at time ``start``.
        steps: evaluations of the network.
        start: where to begin; less than ``LATEST`` for what :func:`invert` gave for that time.
    """
    moments = torch.linspace(start, EARLIEST, steps + 1).tolist()
    for now, after in itertools.pairwise(moments):
        x = _move(denoise, x, now, after)
    return denoise(x, torch.full((len(x),), EARLIEST, device=x.device))


def invert(denoise: Network, x: Tensor, steps: int, stop: float = LATEST) -> Tensor:
    """Run DDIM from data to the noise at time ``stop``, which :func:`sample` takes back."""
    return deque(path(denoise, x, steps, stop), maxlen=1).pop()


def path(denoise: Network, x: Tensor, steps: int, stop: float = LATEST) -> Iterator[Tensor]:
    """The images that :func:`invert` passes, from the data on: ``steps + 1``, at the times of :func:`times_of`."""
    yield x
    for now, after in itertools.pairwise(times_of(steps, stop)):
        x = _move(denoise, x, now, after)
        yield x


def times_of(steps: int, stop: float = LATEST) -> list[float]:
    """The times at which an inversion in so many steps stands."""
    moments: list[float] = torch.linspace(EARLIEST, stop, steps + 1).tolist()
    return moments


def sample_within(denoise: Network, taken: Sequence[Tensor], region: Tensor, start: float = LATEST) -> Tensor:
    """Run DDIM back along a path, and leave it in a region only: elsewhere the image stays, bit for bit.

    Args:
        denoise: noisy images and times to the estimate of ``x_0``.
        taken: what :func:`path` gave for time ``start``.
        region: ``(n, 1, size, size)``, true where the image may change.
        start: the time at which the path ends.
    """
    x, moments = taken[-1], times_of(len(taken) - 1, start)
    for step in range(len(taken) - 1, 0, -1):
        x = torch.where(region, _move(denoise, x, moments[step], moments[step - 1]), taken[step - 1])
    return torch.where(region, denoise(x, torch.full((len(x),), EARLIEST, device=x.device)), taken[0])


def _move(denoise: Network, x: Tensor, now: float, after: float) -> Tensor:
    """One step between two times, either way."""
    t, s = (torch.full((len(x),), moment, device=x.device) for moment in (now, after))
    x0 = denoise(x, t)
    alpha, sigma = scales(t)
    return mix(x0, (x - alpha * x0) / sigma, s)
