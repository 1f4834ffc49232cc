"""Grids of images as files, and maps of where answers differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from cdm.data import files
from cdm.models.sheet import grid

__all__ = ["grid", "spread", "write"]


def spread(answers: Sequence[Tensor]) -> Tensor:
    """Where answers ``(n, 3, size, size)`` to one question differ: their standard deviation, as grey images.

    Black is none, white the largest there is, or half of what images reach from zero if all is less.
    """
    apart = torch.stack(list(answers)).std(dim=0).mean(dim=1, keepdim=True)
    return (2 * (apart / apart.max().clamp_min(0.5)) - 1).expand(-1, 3, -1, -1)


def write(path: Path, picture: Image.Image) -> None:
    """Write a PNG, whole or not at all.

    Raises:
        CdmError: if it cannot be written.
    """
    with files.replacing(path) as there:
        picture.save(there, "PNG")
