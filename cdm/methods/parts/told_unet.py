"""A U-Net that is told some numbers, and perhaps a time: what the methods beside the causal diffusion model draw with.

Nothing in it knows of factors or graphs. Direct regression tells it a do, a conditional denoiser a time and labels.
"""

from __future__ import annotations

import itertools

from torch import Tensor, nn
from torch.nn import functional

from cdm.networks.grids import Doubling, cut, whole, widened
from cdm.networks.pictures import zero
from cdm.networks.unet import there_and_back
from cdm.networks.waves import waves

_GRID, _EMBEDDING = 16, 192


class ToldUNet(nn.Module):
    """A U-Net of three levels on an unshuffled image; what is told enters every block, and every place of the lowest.

    It gives zeros until something is learned.

    Args:
        size: pixels a side; it works at 16 by 16, on images widened to a multiple of that.
        told: how many numbers it is told.
        width: channels of the first level, a multiple of 8; two and four times as many of the others.
        timed: whether it is told a time, too.
        takes, gives: channels of what it is shown, and of what it gives.
    """

    def __init__(
        self, size: int, told: int, width: int = 24, timed: bool = False, takes: int = 3, gives: int = 3
    ) -> None:
        super().__init__()
        channels = (width, 2 * width, 4 * width)
        self.size, self.side = size, whole(size, _GRID)
        self.fold = self.side // _GRID
        area, lowest = self.fold**2, _GRID // 2 ** (len(channels) - 1)
        pairs = list(itertools.pairwise(channels))
        self.told = nn.Sequential(nn.Linear(told, _EMBEDDING), nn.SiLU(), nn.Linear(_EMBEDDING, _EMBEDDING), nn.SiLU())
        self.place = nn.Sequential(
            nn.Linear(_EMBEDDING, channels[-1] * lowest**2), nn.Unflatten(1, (channels[-1], lowest, lowest))
        )
        self.enter = nn.Conv2d(takes * area, channels[0], 3, 1, 1)
        self.down = nn.ModuleList(_Block(c, c) for c in channels[:-1])
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in pairs)
        self.bottom = nn.ModuleList(_Block(channels[-1], channels[-1]) for _ in range(2))
        self.grow = nn.ModuleList(Doubling(b, a) for a, b in reversed(pairs))
        self.up = nn.ModuleList(_Block(2 * c, c) for c in reversed(channels[:-1]))
        self.norm = nn.GroupNorm(8, channels[0])
        self.leave = zero(nn.Conv2d(channels[0], gives * area, 3, 1, 1))
        self.time = nn.Linear(64, _EMBEDDING) if timed else None

    def forward(self, images: Tensor, told: Tensor, t: Tensor | None = None) -> Tensor:
        """What it makes of images: ``(n, gives, size, size)``.

        Args:
            images: ``(n, takes, size, size)``.
            told: ``(n, told)``.
            t: times ``(n,)`` from 0 to 1, if it is timed.
        """
        emb = self.told(told)
        if self.time is not None and t is not None:
            emb = emb + functional.silu(self.time(waves(t)))

        def lowest(h: Tensor) -> Tensor:
            out: Tensor = self.bottom[1](self.bottom[0](h + self.place(emb), emb), emb)
            return out

        h = self.enter(functional.pixel_unshuffle(widened(images, self.side), self.fold))
        h = there_and_back(h, emb, (self.down, self.shrink), lowest, (self.grow, self.up))
        return cut(functional.pixel_shuffle(self.leave(functional.silu(self.norm(h))), self.fold), self.size)


class _Block(nn.Module):
    """Two convolutions around a group norm that what is told scales and shifts (Perez et al. 2018, 1709.07871)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(8, before), nn.SiLU(), nn.Conv2d(before, after, 3, 1, 1))
        self.norm = nn.GroupNorm(8, after, affine=False)
        self.adapt = nn.Linear(_EMBEDDING, 2 * after)
        self.second = nn.Conv2d(after, after, 3, 1, 1)
        self.skip = nn.Identity() if before == after else nn.Conv2d(before, after, 1)

    def forward(self, h: Tensor, emb: Tensor) -> Tensor:
        scale, shift = self.adapt(emb)[..., None, None].chunk(2, dim=1)
        inner = functional.silu(self.norm(self.first(h)) * (1 + scale) + shift)
        out: Tensor = self.skip(h) + self.second(inner)
        return out
