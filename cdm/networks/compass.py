"""The compass: a first, linear guess at the code of each factor, solved for and not trained.

An encoder that must invent codes may invent them with a cut: two halves of a range swapped or turned round, which no
loss mends afterwards. A linear function of a coarse image cannot: it has few ways to be other than monotone. For each
factor the one is taken that moves most under a do on it, compared with how much it moves under a do on another (there
are few descendants) and with how much of it the factual image tells (a perfect intervention makes it nothing).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

_SIDE, _QUANTILES = 4, 256
_RIDGE, _LEAST = 0.01, 0.3
_OTHERS, _TOLD = 3.0, 10.0  # what movement under other targets costs, and what the factual image tells


class Compass(nn.Module):
    """A linear function of coarse images for each of d factors, and the law of its values under a do on the factor."""

    directions: Tensor
    centre: Tensor
    quantiles: Tensor

    def __init__(self, factors: int) -> None:
        super().__init__()
        self.register_buffer("directions", torch.zeros(3 * _SIDE**2, factors))
        self.register_buffer("centre", torch.zeros(3 * _SIDE**2))
        self.register_buffer("quantiles", torch.zeros(factors, _QUANTILES))

    def forward(self, images: Tensor) -> Tensor:
        """A guess ``(n, d)`` at the codes of images: even over [-1, 1] under a do on the factor, its sign arbitrary."""
        scores = (coarse(images) - self.centre) @ self.directions
        ranks = torch.searchsorted(self.quantiles, scores.T.contiguous()).T
        return 2 * ranks.to(scores.dtype) / _QUANTILES - 1

    def settle(self, before: Tensor, after: Tensor, mask: Tensor) -> None:
        """Find the functions from coarse pairs ``(n, 48)`` and targets ``(n, d)``; rows of several are left out."""
        alone = mask * (mask.sum(dim=1, keepdim=True) == 1)
        centre = before.mean(dim=0)
        self.centre.copy_(centre)
        self.directions.copy_(directions(before - centre, after - centre, alone)[0])
        at = torch.linspace(0, 1, _QUANTILES, dtype=torch.float64)
        for k in range(mask.shape[1]):
            rows = alone[:, k] > 0
            scores = (after[rows] - centre) @ self.directions[:, k]
            self.quantiles[k] = scores.double().quantile(at) if rows.any() else 2 * at - 1


def coarse(images: Tensor, places: int = _SIDE) -> Tensor:
    """Images ``(n, 3, size, size)`` as the means of ``places`` x ``places`` parts, ``(n, 3 places^2)``."""
    return functional.adaptive_avg_pool2d(images, places).flatten(1)


def directions(before: Tensor, after: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The solutions of one generalised eigenproblem a factor, ``(p, d)``, and their gains ``(d,)``; 0 without a do.

    Args:
        before, after: coarse pairs ``(n, p)``, centred.
        mask: ``(n, d)``, 1 where a factor alone was hit.
    """
    x, y = before.double(), after.double()
    moved = [_covariance((y - x)[mask[:, k] > 0]) for k in range(mask.shape[1])]
    whole = torch.stack(moved).sum(0)
    ridge = torch.eye(len(whole), dtype=x.dtype) * (whole.trace() / len(whole) / len(moved)).clamp_min(1e-9)
    solved = [_direction(x, y, mask[:, k] > 0, own, whole, ridge) for k, own in enumerate(moved)]
    return torch.stack([one for one, _ in solved], dim=1).float(), torch.stack([gain for _, gain in solved])


def _direction(x: Tensor, y: Tensor, rows: Tensor, own: Tensor, whole: Tensor, ridge: Tensor) -> tuple[Tensor, Tensor]:
    if not rows.any():
        return torch.zeros(len(own), dtype=x.dtype), torch.zeros((), dtype=x.dtype)
    gram = x[rows].T @ x[rows] + _RIDGE * int(rows.sum()) * ridge
    predicted = x[rows] @ torch.linalg.solve(gram, x[rows].T @ y[rows])
    cost = _OTHERS * (whole - own) + _LEAST * ridge + _TOLD * _covariance(predicted)
    root = torch.linalg.inv(torch.linalg.cholesky(cost))
    gain = root @ own @ root.T
    values, vectors = torch.linalg.eigh((gain + gain.T) / 2)
    return root.T @ vectors[:, -1], values[-1]


def _covariance(rows: Tensor) -> Tensor:
    if len(rows) < 2:
        return torch.zeros(rows.shape[1], rows.shape[1], dtype=rows.dtype)
    return torch.cov(rows.T)
