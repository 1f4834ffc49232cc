"""Images as models take them, floats from -1 to 1, and as files hold them, bytes."""

from __future__ import annotations

import torch
from torch import Tensor


def to_floats(pixels: Tensor) -> Tensor:
    """Bytes ``(n, size, size, 3)`` as images ``(n, 3, size, size)`` from -1 to 1."""
    return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1


def to_bytes(images: Tensor) -> Tensor:
    """Images ``(n, 3, size, size)`` from -1 to 1 as ``(n, size, size, 3)`` uint8, rounded and clipped."""
    return ((images.detach().cpu().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
