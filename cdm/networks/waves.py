"""Sinusoidal features of times (Vaswani et al. 2017, arXiv 1706.03762)."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def waves(t: Tensor) -> Tensor:
    """Features ``(n, 64)`` of times ``(n,)`` from 0 to 1."""
    frequencies = torch.exp(torch.linspace(0, math.log(1000), 32, device=t.device))
    angles = t[:, None] * frequencies * math.pi
    return torch.cat([angles.sin(), angles.cos()], dim=1)
