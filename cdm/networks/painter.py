"""The painter: from an image and the new code of one factor, the image under a do on that factor.

It is trained beside the encoder where the values of a do are not told, and serves nothing else. The factual image tells
it all the noise there is, so the one thing it lacks is the value that was set. A painter that succeeds has it from the
code of the target, which then is a one-to-one function of the value.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.networks.grids import cut, whole, widened
from cdm.scm.codes import Code

_GRID, _CHANNELS, _TURNS, _HIDDEN, _COARSE = 8, 64, 8, 64, 4


class Painter(nn.Module):
    """Convolutions on an image folded to 8 x 8 places, into which the codes of one factor draw.

    Args:
        code: the factors.
        size: pixels a side; images are widened to a multiple of 8.
    """

    def __init__(self, code: Code, size: int) -> None:
        super().__init__()
        self.side = whole(size, _GRID)
        self.fold = self.side // _GRID
        colours, drawn = 3 * self.fold**2, 2 * _CHANNELS * _GRID**2
        self.read = nn.Conv2d(colours, _CHANNELS, 3, padding=1)
        self.draw = nn.ModuleList(
            nn.Sequential(nn.Linear(2 * factor.width * _TURNS, _HIDDEN), nn.SiLU(), nn.Linear(_HIDDEN, drawn))
            for factor in code.factors
        )
        self.mix = nn.ModuleList(nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1) for _ in range(2))
        self.write = nn.Conv2d(_CHANNELS, colours, 3, padding=1)

    def forward(self, images: Tensor, target: int, codes: Tensor) -> Tensor:
        """Images ``(n, 3, size, size)`` under a do on factor ``target``.

        Args:
            images: the factual ones.
            target: number of the factor.
            codes: ``(n, 2 width)``: its new code, and by how much that differs from the old one (:func:`message`).
        """
        drawn = self.draw[target](_smooth(codes)).view(len(images), 2, _CHANNELS, _GRID, _GRID)
        h = self.read(functional.pixel_unshuffle(widened(images, self.side), self.fold))
        for layer, mix in enumerate(self.mix):
            h = h + mix(functional.silu(h + drawn[:, layer]))
        change = functional.pixel_shuffle(self.write(functional.silu(h)), self.fold)
        return images + cut(change, images.shape[-1])


def message(old: Tensor, new: Tensor) -> Tensor:
    """What a painter is told of a change of code ``(n, width)``: the new code, and the change at a fixed spread.

    Whatever else an untrained code reads is the same in both images of a pair. So the change speaks of the target alone
    from the first step on, however faintly; that is why it is made louder.
    """
    change = new - old
    return torch.cat([new, 0.4 * change / change.std().clamp_min(1e-4)], dim=1)


def unexplained(painted: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """What a painter misses of the change between two images, as a share of it; 1 for one that paints nothing.

    Half of it is of coarse images, where a thing that is painted near its place is less wrong than one that is far.
    """
    coarse = (functional.avg_pool2d(images, _COARSE, ceil_mode=True) for images in (painted, before, after))
    return (_share(painted, before, after) + _share(*coarse)) / 2


def _share(painted: Tensor, before: Tensor, after: Tensor) -> Tensor:
    return (painted - after).square().mean() / (after - before).square().mean().clamp_min(1e-6)


def _smooth(numbers: Tensor) -> Tensor:
    """Smooth features of numbers from -1 to 1: cosines of growing frequency."""
    turns = torch.arange(_TURNS, device=numbers.device) * (math.pi / 2)
    return ((numbers[:, :, None] + 1) * turns).cos().flatten(1)
