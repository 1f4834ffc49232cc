"""The networks of a deep SCM: a ladder of latents from a vector to a fine grid, under a prior that sees no label.

The way up reads an image; the way down starts at the labels, takes in a latent at each level, and ends at what each
pixel is expected to be, and how far off it may be. The prior of a latent is said by the latents above it alone: they
are exogenous, noise of the image as an SCM has it (de Sousa Ribeiro et al. 2023, section 3.2).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.methods.deep_scm.config import Options
from cdm.networks.grids import cut, whole, widened
from cdm.networks.pictures import zero

_SIDES, _GRID, _EMBEDDING, _PRIOR, _GUESS = (1, 4, 8, 16), 16, 192, 16, 48
# At first: what latents add to features, and the logarithm of the posterior's scale. In wide noise nothing would be
# seen of an image, and the divergence alone would move latents: to nothing.
_FAINT, _SURE = 0.1, -3.0
_LEAST, _LOWEST, _HIGHEST = 1 / 127.5, -6.0, 3.0  # a scale of pixels: a grey level; logarithms of those of latents
Pick = Callable[[int, Tensor], Tensor]
"""Gives the latent of a level, of which it is shown the features ``(n, c, side, side)`` of the way down."""


@dataclass(frozen=True)
class Normal:
    """Normal laws, one a number: ``loc`` and the logarithm of ``scale``, of one shape."""

    loc: Tensor
    log: Tensor

    @property
    def scale(self) -> Tensor:
        """The standard deviations."""
        return self.log.exp()

    def noise(self, value: Tensor) -> Tensor:
        """How many deviations a value is off."""
        return (value - self.loc) / self.scale

    def value(self, noise: Tensor) -> Tensor:
        """What is so many deviations off."""
        return self.loc + self.scale * noise

    def surprise(self, value: Tensor) -> Tensor:
        """Negative log likelihood of each number, up to a constant."""
        return self.log + 0.5 * self.noise(value).square()

    def apart(self, other: Normal) -> Tensor:
        """The divergence KL(self, other) of each number."""
        squares = (2 * (self.log - other.log)).exp() + other.noise(self.loc).square()
        return other.log - self.log + 0.5 * (squares - 1)


class Ladder(nn.Module):
    """The image's mechanism: labels and latents to the law of each pixel, and an image back to its latents.

    Args:
        size: pixels a side; it works at 16 by 16, on images widened to a multiple of that.
        told: numbers of the labels.
        options: of these it reads ``levels``, ``latent``, ``width``, ``scale`` and ``deviation``.
    """

    def __init__(self, size: int, told: int, options: Options) -> None:
        super().__init__()
        self.options, self.size, self.side = options, size, whole(size, _GRID)
        self.fold = self.side // _GRID
        levels, latent, width = options.levels, options.latent, options.width
        channels = (_EMBEDDING, 4 * width, 2 * width, width)
        area, pairs = 3 * self.fold**2, [*itertools.pairwise(channels)]
        self.told = nn.Sequential(nn.Linear(told, _EMBEDDING), nn.SiLU(), nn.Linear(_EMBEDDING, _EMBEDDING))
        self.enter = nn.Conv2d(area, width, 3, 1, 1)
        self.read = nn.ModuleList(_Block(c) for c in channels[:0:-1])
        self.shrink = nn.ModuleList([*(nn.Conv2d(b, a, 3, 2, 1) for a, b in pairs[:0:-1]), _flat(*channels[:2])])
        self.posterior = nn.ModuleList(_guess(2 * channels[i], latent, i > 0) for i in range(levels))
        self.prior = _Prior(latent, levels)
        self.merge = nn.ModuleList(_faint(latent, channels[i]) for i in range(levels))
        self.block = nn.ModuleList([_Mixed(channels[0]), *(_Block(c) for c in channels[1:])])
        self.grow = nn.ModuleList([_spread(*channels[:2]), *(_doubled(a, b) for a, b in pairs[1:])])
        self.norm = nn.GroupNorm(8, width)
        self.leave = zero(nn.Conv2d(width, 2 * area, 3, 1, 1))

    def infer(self, images: Tensor, labels: Tensor, noise: Callable[[Tensor], Tensor]) -> Inferred:
        """Latents of images under their labels: q(z | x, pa), level by level.

        Args:
            images: ``(n, 3, size, size)``.
            labels: codes ``(n, told)``.
            noise: gives, for a tensor, one of its shape: by how many deviations latents are off their means.
        """
        seen, laws, latents = self._seen(images), list[Normal](), list[Tensor]()

        def pick(level: int, h: Tensor) -> Tensor:
            laws.append(_law(self.posterior[level](torch.cat([h, seen[level]], dim=1)), _SURE))
            latents.append(laws[-1].value(noise(laws[-1].loc)))
            return latents[-1]

        pixels = self._down(labels, pick)
        pairs = zip(laws, self.prior(latents), strict=True)
        return Inferred(latents, pixels, torch.stack([q.apart(p).flatten(1).sum(dim=1) for q, p in pairs], dim=1))

    def draw(self, labels: Tensor, latents: Sequence[Tensor] | None = None) -> Normal:
        """What latents, or zeros, look like under labels: p(x | z, pa), pixel by pixel."""
        nothing = labels.new_zeros(len(labels), self.options.latent, 1, 1)
        return self._down(labels, lambda level, h: nothing if latents is None else latents[level])

    def _seen(self, images: Tensor) -> list[Tensor]:
        h, seen = self.enter(functional.pixel_unshuffle(widened(images, self.side), self.fold)), list[Tensor]()
        for read, shrink in zip(self.read, self.shrink, strict=True):
            seen.append(read(h))
            h = shrink(seen[-1])
        return [h, *reversed(seen)]

    def _down(self, labels: Tensor, pick: Pick) -> Normal:
        emb = self.told(labels)
        h = emb[..., None, None]
        for level, block in enumerate(self.block):
            if level < len(self.merge):
                h = h + self.merge[level](pick(level, h))
            h = block(h, emb)
            h = self.grow[level](h) if level < len(self.grow) else h
        said = self.leave(functional.silu(self.norm(h))).chunk(2, dim=1)
        loc, raw = (cut(functional.pixel_shuffle(one, self.fold), self.size) for one in said)
        first = torch.full_like(raw, self.options.deviation)
        scale = first if self.options.scale == "fixed" else _LEAST + first * raw.exp()
        return Normal(loc, scale.log())


@dataclass(frozen=True)
class Inferred:
    """What is inferred of images.

    Attributes:
        latents: of each level, ``(n, latent, side, side)``.
        pixels: the law of each pixel, ``(n, 3, size, size)``.
        cost: of each level the divergence from the prior, in nats, ``(n, levels)``.
    """

    latents: list[Tensor]
    pixels: Normal
    cost: Tensor


class _Prior(nn.Module):
    """The laws of latents, each given those of the levels above it; a standard one at first, and for the vector."""

    def __init__(self, latent: int, levels: int) -> None:
        super().__init__()
        self.take = nn.ModuleList(nn.Conv2d(latent, _PRIOR, 1) for _ in range(levels - 1))
        self.grow = nn.ModuleList(
            _spread(_PRIOR, _PRIOR) if not i else _doubled(_PRIOR, _PRIOR) for i in range(levels - 1)
        )
        self.say = nn.ModuleList(
            nn.Sequential(nn.SiLU(), zero(nn.Conv2d(_PRIOR, 2 * latent, 3, 1, 1))) for _ in range(levels - 1)
        )

    def forward(self, latents: Sequence[Tensor]) -> list[Normal]:
        """The law of each latent."""
        laws = [Normal(torch.zeros_like(latents[0]), torch.zeros_like(latents[0]))]
        h = torch.zeros_like(latents[0][:, :1])
        for take, grow, say, latent in zip(self.take, self.grow, self.say, latents, strict=False):
            h = grow(functional.silu(h + take(latent)))
            laws.append(_law(say(h)))
        return laws


class _Block(nn.Module):
    """Two convolutions around a group norm that may be scaled and shifted by what is told."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, channels, 3, 1, 1))
        self.norm = nn.GroupNorm(8, channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1)
        self.adapt = nn.Linear(_EMBEDDING, 2 * channels)

    def forward(self, h: Tensor, emb: Tensor | None = None) -> Tensor:
        inner = self.norm(self.first(h))
        if emb is not None:
            scale, shift = self.adapt(functional.silu(emb))[..., None, None].chunk(2, dim=1)
            inner = inner * (1 + scale) + shift
        out: Tensor = h + self.second(functional.silu(inner))
        return out


class _Mixed(nn.Module):
    """Labels and the vector of latents, mixed; it is told nothing besides, for it holds the labels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.SiLU(), nn.Conv2d(channels, channels, 1), nn.SiLU())

    def forward(self, h: Tensor, emb: Tensor) -> Tensor:
        out: Tensor = self.layers(h)
        return out


def _law(said: Tensor, about: float = 0.0) -> Normal:
    loc, log = said.chunk(2, dim=1)
    return Normal(loc, (log + about).clamp(_LOWEST, _HIGHEST))


def _guess(takes: int, latent: int, grid: bool) -> nn.Sequential:
    kernel = nn.Conv2d(takes, _GUESS, 3, 1, 1) if grid else nn.Conv2d(takes, _GUESS, 1)
    last = nn.Conv2d(_GUESS, 2 * latent, 1)
    nn.init.normal_(last.weight[:latent], std=2 / _GUESS**0.5)
    return nn.Sequential(nn.SiLU(), kernel, nn.SiLU(), last)


def _faint(latent: int, channels: int) -> nn.Conv2d:
    layer = nn.Conv2d(latent, channels, 1)
    nn.init.normal_(layer.weight, std=_FAINT)
    return layer


def _flat(vector: int, channels: int) -> nn.Sequential:
    side = _SIDES[1]
    return nn.Sequential(nn.Conv2d(channels, vector, side), nn.SiLU())


def _spread(vector: int, channels: int) -> nn.Sequential:
    side = _SIDES[1]
    return nn.Sequential(nn.Flatten(), nn.Linear(vector, channels * side**2), nn.Unflatten(1, (channels, side, side)))


def _doubled(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 1), nn.Upsample(scale_factor=2.0, mode="nearest"))
