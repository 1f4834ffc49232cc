"""The draft: what an image looks like on average, given its factors and its style; the denoiser corrects it.

It is what a denoiser would have to say of pure noise, and drawing it directly takes a fraction of the steps (a decoder
before a diffusion model: Pandey et al. 2022, arXiv 2201.00308).
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.networks.conditioning import WIDTH
from cdm.networks.grids import cut, grown, stripped, whole
from cdm.networks.pictures import zero

_CHANNELS, _STEP = (96, 96, 64, 32, 24, 16), 16
_HIDDEN = 256


class Draft(nn.Module):
    """A small decoder; its first layers have weights for every position: where a thing stands is a factor, too.

    Args:
        factors: how many tokens a frame has.
        size: pixels a side; a multiple of 16 is drawn, and cut to it.
        style: numbers of the style vector.
    """

    def __init__(self, factors: int, size: int, style: int) -> None:
        super().__init__()
        self.size, self.factors = size, factors
        sides, side = [4], whole(size, _STEP)
        while side % (4 * sides[-1]) == 0:
            sides.append(2 * sides[-1])
        self.fold = side // sides[-1]
        channels = [_CHANNELS[min(level, len(_CHANNELS) - 1)] for level in range(len(sides))]
        self.enter = nn.Sequential(
            nn.Linear(factors * WIDTH + style, _HIDDEN),
            nn.SiLU(),
            nn.Linear(_HIDDEN, _HIDDEN),
            nn.SiLU(),
            nn.Linear(_HIDDEN, 16 * channels[0]),
            nn.Unflatten(1, (channels[0], 4, 4)),
            nn.SiLU(),
        )
        layers = itertools.starmap(grown, itertools.pairwise(channels))
        self.grow = nn.Sequential(*layers, nn.Conv2d(channels[-1], channels[-1], 3, 1, 1), nn.SiLU())
        self.leave = zero(nn.Conv2d(channels[-1], 3 * self.fold**2, 3, 1, 1))

    def forward(self, tokens: Tensor, style: Tensor) -> Tensor:
        """Images ``(n, 3, size, size)`` of tokens ``(n, d, WIDTH)`` and styles ``(n, style)``; untrained, grey ones.

        Of the tokens and styles of several frames it draws strips.
        """
        count = tokens.shape[1] // self.factors
        told = [part.flatten(1).reshape(len(part) * count, part[0].numel() // count) for part in (tokens, style)]
        h = self.enter(torch.cat(told, dim=1))
        h = h.contiguous(memory_format=torch.channels_last)  # in which its layers are fast
        return stripped(cut(functional.pixel_shuffle(self.leave(self.grow(h)), self.fold), self.size), count)
