"""Images as models take them, floats from -1 to 1, and as files hold them, bytes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def to_floats(pixels: Tensor) -> Tensor:
    """Bytes ``(n, size, size, 3)`` as images ``(n, 3, size, size)`` from -1 to 1."""
    return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1


def given(images: Any, device: torch.device | str = "cpu") -> Tensor:
    """Images as models take them: they themselves, or bytes ``(n, size, size, 3)`` as data sets have them."""
    taken = torch.as_tensor(images)
    return (to_floats(taken) if taken.dtype == torch.uint8 else taken).to(device)


def to_bytes(images: Tensor) -> Tensor:
    """Images ``(n, 3, size, size)`` from -1 to 1 as ``(n, size, size, 3)`` uint8, rounded and clipped."""
    return ((images.detach().cpu().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
