"""Images as grids: of patches, and of as many whole ones as it takes; patches as a sequence and as a picture."""

from __future__ import annotations

import math

import torch
from torch import Tensor
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
