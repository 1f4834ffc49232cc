"""Images as grids: of patches, and of as many whole ones as it takes; as a sequence and as a picture; twice as fine.

And strips: the frames of a clip, one below the other, are drawn and read each for itself.
"""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional


def whole(size: int, step: int) -> int:
    """The least side from ``size`` on that steps of a length fill."""
    return -(-size // step) * step


def widened(images: Tensor, side: int) -> Tensor:
    """Images ``(n, c, size, size)`` with zeros to the right and below, which is what a convolution sees beyond an edge.

    ``(n, c, side, side)``; of that side already they stay as they are.
    """
    more = side - images.shape[-1]
    return functional.pad(images, (0, more, 0, more)) if more else images


def cut(images: Tensor, size: int) -> Tensor:
    """What of images was there before they were :func:`widened`: ``(n, c, size, size)``."""
    return images if images.shape[-1] == size else images[..., :size, :size]


def frames(strips: Tensor) -> Tensor:
    """Strips ``(n, c, k s, s)`` of k frames as images ``(n k, c, s, s)``."""
    n, channels, tall, side = strips.shape
    if tall == side:
        return strips
    return strips.reshape(n, channels, tall // side, side, side).transpose(1, 2).flatten(0, 1)


def stripped(images: Tensor, count: int) -> Tensor:
    """Images ``(n k, c, s, s)`` as strips ``(n, c, k s, s)`` of ``count`` frames each."""
    if count == 1:
        return images
    return images.reshape(len(images) // count, count, *images.shape[1:]).transpose(1, 2).flatten(2, 3)


def picture(sequence: Tensor) -> Tensor:
    """A sequence ``(n, side^2, c)`` of the cells of a grid, row by row, as ``(n, c, side, side)``."""
    side = math.isqrt(sequence.shape[1])
    return sequence.transpose(1, 2).reshape(len(sequence), -1, side, side)


def places(side: int, width: int) -> Tensor:
    """Features ``(side^2, width)`` of the places of a grid, row by row (Vaswani et al. 2017, arXiv 1706.03762);
    width is a multiple of 4.
    """
    frequencies = torch.exp(-torch.linspace(0, math.log(side), width // 4))
    angles = math.pi / 2 * torch.arange(side)[:, None] * frequencies
    line = torch.cat([angles.sin(), angles.cos()], dim=1)
    down, across = line[:, None].expand(-1, side, -1), line[None].expand(side, -1, -1)
    return torch.cat([down, across], dim=2).flatten(0, 1)


class Doubling(nn.Conv2d):
    """A convolution of 3 by 3 on a grid that was made twice as fine by repeating its cells.

    Of the nine cells that it sees of the fine grid at most four differ. So it is computed on the coarse one, as a
    transposed convolution whose kernel of 4 by 4 holds the sums, in 4/9 of the products.
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__(before, after, 3, 1, 1)

    def forward(self, input: Tensor) -> Tensor:
        """Grids ``(n, after, 2 s, 2 s)`` of grids ``(n, before, s, s)``."""
        kernel = self.weight.transpose(0, 1).flip(-1, -2)  # a transposed convolution scatters
        spread = (functional.pad(kernel, (i, 1 - i, j, 1 - j)) for i in (0, 1) for j in (0, 1))
        return functional.conv_transpose2d(input, torch.stack([*spread]).sum(0), self.bias, stride=2, padding=1)


def grown(before: int, after: int) -> nn.Sequential:
    """Twice the side; checkpoints hold its weights under these names."""
    return nn.Sequential(OrderedDict({"1": Doubling(before, after), "2": nn.GroupNorm(8, after), "3": nn.SiLU()}))
