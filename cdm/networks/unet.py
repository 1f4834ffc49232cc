"""The denoiser: a compact U-Net on a pixel-unshuffled image and what is seen beside it, told of time and factors."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.networks.conditioning import TOLD
from cdm.networks.grids import Doubling, cut, whole, widened
from cdm.networks.pictures import DRAWN, SEEN, zero
from cdm.networks.waves import waves

_EMBEDDING, _GRID = 192, 16


class UNet(nn.Module):
    """Three levels of one block each way; at the lowest, attention to itself and to the factors' tokens.

    Args:
        size: pixels a side; the network works at 16 by 16, on images widened to a multiple of that.
        factors: how many tokens there are.
        width: channels of the first level, a multiple of 8.
    """

    def __init__(self, size: int, factors: int, width: int = 24) -> None:
        super().__init__()
        channels = (width, 2 * width, 4 * width)
        self.size, self.side = size, whole(size, _GRID)
        self.fold = self.side // _GRID
        area = self.fold**2
        self.time = nn.Sequential(nn.Linear(64, _EMBEDDING), nn.SiLU(), nn.Linear(_EMBEDDING, _EMBEDDING))
        # Checkpoints hold its weights under this name.
        self.told = nn.Sequential(nn.Linear(factors * TOLD, _EMBEDDING), nn.SiLU(), nn.Linear(_EMBEDDING, _EMBEDDING))
        self.enter = nn.Conv2d((3 + SEEN) * area, channels[0], 3, 1, 1)
        pairs = list(itertools.pairwise(channels))
        self.down = nn.ModuleList(_Block(c, c) for c in channels[:-1])
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in pairs)
        self.bottom = nn.ModuleList([_Block(channels[-1], channels[-1]), _Block(channels[-1], channels[-1])])
        self.mix = _Attention(channels[-1])
        self.look = _Attention(channels[-1], TOLD)
        self.grow = nn.ModuleList(Doubling(b, a) for a, b in reversed(pairs))
        self.up = nn.ModuleList(_Block(2 * c, c) for c in reversed(channels[:-1]))
        self.norm = nn.GroupNorm(8, channels[0])
        self.leave = zero(nn.Conv2d(channels[0], DRAWN * area, 3, 1, 1))

    def forward(self, x: Tensor, t: Tensor, tokens: Tensor, seen: Tensor) -> Tensor:
        """Predict ``(n, DRAWN, s, s)``; the arguments are those of :mod:`cdm.networks.denoisers`."""
        emb = self.time(waves(t)) + self.told(tokens.flatten(1))
        pictures = widened(torch.cat([x, seen], dim=1), self.side)
        h = self.enter(functional.pixel_unshuffle(pictures, self.fold))

        def lowest(h: Tensor) -> Tensor:
            out: Tensor = self.bottom[1](self.look(self.mix(self.bottom[0](h, emb)), tokens), emb)
            return out

        h = there_and_back(h, emb, (self.down, self.shrink), lowest, (self.grow, self.up))
        drawn = functional.pixel_shuffle(self.leave(functional.silu(self.norm(h))), self.fold)
        return cut(drawn, self.size)


Levels = tuple[Iterable[nn.Module], Iterable[nn.Module]]


def there_and_back(h: Tensor, emb: Tensor, down: Levels, lowest: Callable[[Tensor], Tensor], up: Levels) -> Tensor:
    """The way of features ``(n, c, s, s)`` through the levels of a U-Net.

    Args:
        h: features of the highest level.
        emb: what each block is told.
        down: of each level its block, and what halves the side.
        lowest: what is done at the lowest level.
        up: what doubles the side, and the block that also sees what the level had on the way down.
    """
    kept = []
    for block, shrink in zip(*down, strict=True):
        kept.append(block(h, emb))
        h = shrink(kept[-1])
    h = lowest(h)
    for grow, block in zip(*up, strict=True):
        h = block(torch.cat([grow(h), kept.pop()], dim=1), emb)
    return h


class _Block(nn.Module):
    """Two convolutions around an adaptive group norm (Dhariwal and Nichol 2021, arXiv 2105.05233)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(8, before), nn.SiLU(), nn.Conv2d(before, after, 3, 1, 1))
        self.norm = nn.GroupNorm(8, after, affine=False)
        self.adapt = nn.Linear(_EMBEDDING, 2 * after)
        self.second = nn.Conv2d(after, after, 3, 1, 1)
        self.skip = nn.Identity() if before == after else nn.Conv2d(before, after, 1)
        nn.init.zeros_(self.second.weight)

    def forward(self, h: Tensor, emb: Tensor) -> Tensor:
        scale, shift = self.adapt(functional.silu(emb))[..., None, None].chunk(2, dim=1)
        inner = functional.silu(self.norm(self.first(h)) * (1 + scale) + shift)
        out: Tensor = self.skip(h) + self.second(inner)
        return out


class _Attention(nn.Module):
    """Positions attend to each other, or to tokens."""

    def __init__(self, channels: int, context: int | None = None) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.attend = nn.MultiheadAttention(channels, 4, kdim=context, vdim=context, batch_first=True)

    def forward(self, h: Tensor, context: Tensor | None = None) -> Tensor:
        flat = self.norm(h).flatten(2).transpose(1, 2)
        seen = flat if context is None else context
        attended: Tensor = self.attend(flat, seen, seen, need_weights=False)[0]
        return h + attended.transpose(1, 2).reshape(h.shape)
