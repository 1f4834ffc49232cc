"""Autoencoders: what reads numbers in images, what draws images of numbers, and the Gaussian laws between them.

Variational autoencoders (Kingma and Welling 2014, arXiv 1312.6114) differ by their priors; these networks and terms
they have in common.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.networks.grids import cut, grown, whole, widened
from cdm.networks.pictures import zero

_GRID, _LOWEST, _HIDDEN = 16, 4, 256
_SHARPEST = 8.0  # of log variances: no law is narrower than exp(-4), or wider than exp(4)


class Gaussian(NamedTuple):
    """A normal law of independent numbers.

    Attributes:
        mean: ``(n, k)``.
        spread: ``(n, k)``, log variances.
    """

    mean: Tensor
    spread: Tensor

    def drawn(self, generator: torch.Generator) -> Tensor:
        """Numbers ``(n, k)`` drawn such that gradients reach the law."""
        noise = torch.randn(self.mean.shape, generator=generator).to(self.mean.device)
        return self.mean + (self.spread / 2).exp() * noise

    def divergence(self, prior: Gaussian) -> Tensor:
        """The Kullback-Leibler divergence ``(n, k)`` of each number from its prior."""
        ratio = (self.spread - prior.spread).exp()
        away = (self.mean - prior.mean).square() * (-prior.spread).exp()
        return (ratio + away - 1 - self.spread + prior.spread) / 2


def law(raw: Tensor) -> Gaussian:
    """The law that a network means by ``(n, 2 k)`` numbers: means, then log variances, kept in bounds."""
    mean, spread = raw.chunk(2, dim=1)
    return Gaussian(mean, _SHARPEST * torch.tanh(spread / _SHARPEST))


def like(numbers: Tensor, variance: float = 1.0) -> Gaussian:
    """The law around some numbers, all with one variance."""
    return Gaussian(numbers, torch.full_like(numbers, variance).log())


def surprise(images: Tensor, drawn: Tensor, noise: float) -> Tensor:
    """Negative log likelihood ``(n,)`` of images, given what was drawn and how large noise is; up to a constant."""
    return (images - drawn).square().flatten(1).sum(dim=1) / (2 * noise**2)


class Reader(nn.Module):
    """Numbers ``(n, gives)`` of images ``(n, 3, size, size)``: strided convolutions on an unshuffled image.

    Args:
        size: pixels a side; it works at 16 by 16, on images widened to a multiple of that.
        gives: how many numbers.
        width: channels of the first level, a multiple of 8.
    """

    def __init__(self, size: int, gives: int, width: int = 24) -> None:
        super().__init__()
        self.side = whole(size, _GRID)
        self.fold = self.side // _GRID
        channels, layers = (width, 2 * width, 3 * width), list[nn.Module]()
        for before, after in itertools.pairwise((3 * self.fold**2, *channels)):
            stride = 1 if not layers else 2
            layers += [nn.Conv2d(before, after, 3, stride, 1), nn.GroupNorm(8, after), nn.SiLU()]
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Linear(channels[-1] * _LOWEST**2, _HIDDEN), nn.SiLU(), nn.Linear(_HIDDEN, gives))

    def forward(self, images: Tensor) -> Tensor:
        """What it reads."""
        unshuffled = functional.pixel_unshuffle(widened(images, self.side), self.fold)
        read: Tensor = self.head(self.trunk(unshuffled).flatten(1))
        return read


class Painter(nn.Module):
    """Images ``(n, 3, size, size)`` of numbers ``(n, blocks * takes)``: each block draws one, and they are added up.

    Blocks have their own first layers and share what follows; untrained, images are grey.

    Args:
        size: pixels a side.
        takes: numbers of a block.
        blocks: how many there are.
        width: channels of the last level, a multiple of 8.
    """

    def __init__(self, size: int, takes: int, blocks: int = 1, width: int = 24) -> None:
        super().__init__()
        self.size, self.fold, self.blocks, self.takes = size, whole(size, _GRID) // _GRID, blocks, takes
        channels = (3 * width, 2 * width, width)
        self.enter = nn.ModuleList(_entrance(takes, channels[0]) for _ in range(blocks))
        self.grow = nn.Sequential(*itertools.starmap(grown, itertools.pairwise(channels)))
        self.leave = zero(nn.Conv2d(width, 3 * self.fold**2, 3, 1, 1))

    def forward(self, numbers: Tensor) -> Tensor:
        """The images."""
        blocks = numbers.view(len(numbers), self.blocks, self.takes).unbind(dim=1)
        h = torch.cat([enter(block) for enter, block in zip(self.enter, blocks, strict=True)])
        h = self.grow(h).view(self.blocks, len(numbers), -1, _GRID, _GRID).sum(dim=0)
        return cut(functional.pixel_shuffle(self.leave(h), self.fold), self.size)


def _entrance(takes: int, channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(takes, _HIDDEN),
        nn.SiLU(),
        nn.Linear(_HIDDEN, channels * _LOWEST**2),
        nn.Unflatten(1, (channels, _LOWEST, _LOWEST)),
        nn.SiLU(),
    )
