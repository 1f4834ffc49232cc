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
    network: Network,
    x0: Tensor,
    t: Tensor,
    eps: Tensor,
    prediction: Prediction,
    weight: Tensor | float = 1.0,
    known: Tensor | float = 0.0,
) -> Tensor:
    """Mean squared error of the prediction, a number a sample, ``(n,)``.

    Args:
        network: noisy images and times to what is predicted.
        x0: images ``(n, 3, size, size)``.
        t: times ``(n,)``.
        eps: noise as ``x0``.
        prediction: what is predicted.
        weight: of each pixel, ``(n, 1, size, size)``.
        known: weight of the absolute error besides, of pixels about which nothing is open.
    """
    missed = network(mix(x0, eps, t), t) - target(x0, eps, t, prediction)
    return (missed.square() * weight + missed.abs() * known).mean(dim=(1, 2, 3))


def sample(denoise: Network, x: Tensor, steps: int, start: float = LATEST) -> Tensor:
    """Run DDIM from noise at time ``start`` to data.

    Args:
        denoise: noisy images and times to the estimate of ``x_0`` (:func:`clean`).
        x: images at time ``start``.
        steps: evaluations of the network.
        start: where to begin.
    """
    moments = torch.linspace(start, EARLIEST, steps + 1).tolist()
    for now, after in itertools.pairwise(moments):
        x = _move(denoise, x, x, now, after)
    return denoise(x, torch.full((len(x),), EARLIEST, device=x.device))


def at_once(denoise: Network, like: Tensor) -> Tensor:
    """What a network makes of nothing, in the shape of ``like``: a regression, and no sample."""
    return denoise(torch.zeros_like(like), torch.ones(len(like), device=like.device))


# There and back. A step of DDIM asks the network at the image that it comes from, so to undo one that image must be
# found: it is the fixed point of the step read backwards (Pan et al. 2023, arXiv 2309.04907). Where times are spaced
# evenly in the log of noise to signal, each step is short and the iteration contracts.

_MOST, _NEAR = 60, 1e-5  # iterations a step, and the change of any pixel at which they end


def invert(denoise: Network, x: Tensor, steps: int, stop: float = LATEST) -> Tensor:
    """Run from data to the noise at time ``stop``, which :func:`restore` takes back to the same data."""
    return deque(path(denoise, x, steps, stop), maxlen=1).pop()


def path(denoise: Network, x: Tensor, steps: int, stop: float = LATEST) -> Iterator[Tensor]:
    """The images that :func:`invert` passes, from the data on: ``steps + 1``, at the times of :func:`times_of`."""
    yield x
    for now, after in itertools.pairwise(times_of(steps, stop)):
        x = _undone(denoise, x, now, after)
        yield x


def restore(denoise: Network, x: Tensor, steps: int, start: float = LATEST) -> Tensor:
    """Run from what :func:`invert` gave for time ``start`` to data; under another ``denoise``, to other data."""
    for now, after in itertools.pairwise(reversed(times_of(steps, start))):
        x = _move(denoise, x, x, now, after)
    return x


def times_of(steps: int, stop: float = LATEST) -> list[float]:
    """The times at which an inversion in so many steps stands, evenly spaced in the log of noise to signal."""
    ends = torch.tensor([EARLIEST, stop], dtype=torch.float64).mul(math.pi / 2).tan().log()
    ratios = torch.linspace(float(ends[0]), float(ends[1]), steps + 1, dtype=torch.float64).exp()
    moments: list[float] = ratios.atan().div(math.pi / 2).tolist()
    return moments


def restore_within(denoise: Network, taken: Sequence[Tensor], region: Tensor, start: float = LATEST) -> Tensor:
    """Run back along a path, and leave it in a region only: elsewhere the image stays, bit for bit.

    Args:
        denoise: noisy images and times to the estimate of ``x_0``.
        taken: what :func:`path` gave for time ``start``.
        region: ``(n, 1, size, size)``, true where the image may change.
        start: the time at which the path ends.
    """
    x, moments = taken[-1], times_of(len(taken) - 1, start)
    for step in range(len(taken) - 1, 0, -1):
        x = torch.where(region, _move(denoise, x, x, moments[step], moments[step - 1]), taken[step - 1])
    return x


def _undone(denoise: Network, x: Tensor, now: float, before: float) -> Tensor:
    """The image from which a step leads to ``x`` at time ``now``; whoever overshoots takes shorter strides."""
    guess, stride = x, torch.ones(len(x), device=x.device)
    last = torch.full_like(stride, math.inf)
    for _ in range(_MOST):
        gap = _move(denoise, x, guess, now, before, before) - guess
        most = gap.flatten(1).abs().amax(dim=1)
        if bool((most < _NEAR).all()):
            break
        stride = torch.where(most < last, stride, stride / 2)
        last, guess = most, guess + stride.view(-1, 1, 1, 1) * gap
    return guess


def _move(denoise: Network, x: Tensor, shown: Tensor, now: float, after: float, seen: float | None = None) -> Tensor:
    """One step between two times, either way, as the network sees ``shown`` at the time ``seen``, else at ``now``."""
    t, s, at = (torch.full((len(x),), m, device=x.device) for m in (now, after, now if seen is None else seen))
    x0 = denoise(shown, at)
    alpha, sigma = scales(t)
    return mix(x0, (x - alpha * x0) / sigma, s)
