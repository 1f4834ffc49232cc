"""How far numbers are from being independent."""

from __future__ import annotations

import torch
from torch import Tensor

LEAST_ROWS = 4  # that the criterion is defined for
_LEAST = 0.01


def hsic(a: Tensor, b: Tensor, width: float = 0.5) -> Tensor:
    """The Hilbert-Schmidt independence criterion of paired samples, without bias: 0 on average if independent.

    Song et al. 2012 (JMLR 13, equation 5) with Gaussian kernels; 1 is what a sample has with itself. Codes that hardly
    vary count for little: there is nothing yet that could depend.

    Args:
        a: ``(n, p)``, n from 4 on, of about unit size.
        b: ``(n, q)``, likewise.
        width: of both kernels.
    """
    k, h = _kernel(a, width), _kernel(b, width)
    own = (_unbiased(k, k) * _unbiased(h, h)).detach().clamp_min(0).sqrt().clamp_min(_LEAST)
    return _unbiased(k, h) / own


def _kernel(a: Tensor, width: float) -> Tensor:
    squares = (a[:, None] - a[None]).square().sum(dim=2)
    return torch.exp(-squares / (2 * width**2)) * (1 - torch.eye(len(a), device=a.device))


def _unbiased(k: Tensor, h: Tensor) -> Tensor:
    n = len(k)
    crossed = (k.sum(dim=1) * h.sum(dim=1)).sum()
    whole = (k * h).sum() + k.sum() * h.sum() / ((n - 1) * (n - 2)) - 2 * crossed / (n - 2)
    return whole / (n * (n - 3))
