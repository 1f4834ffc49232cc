"""Patches of an image as a sequence and as a picture."""

from __future__ import annotations

import math

import torch
from torch import Tensor


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
