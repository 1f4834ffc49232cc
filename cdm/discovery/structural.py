"""Structural equations with weights that tell who reads whom: what NOTEARS and DAGMA optimise, a block a factor."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.scm.codes import Code

_HIDDEN = 10  # as in the papers
_START = 0.05  # size of the first weights: at zero an even function has no gradient


class Structural(nn.Module):
    """One network with a hidden layer for each factor, which sees all others (Zheng et al. 2020, arXiv 1909.13189).

    The weight of an edge is the norm of the first layer's weights from one block into one network. The last layer has
    length one, or the penalty on cycles would be evaded by small weights before large ones; so a weight is about a
    slope. The first layer starts near zero: no graph is preferred. What dagma's ``DagmaNonlinear`` calls has its names.
    """

    visible: Tensor
    owner: Tensor

    def __init__(self, code: Code, seed: int) -> None:
        super().__init__()
        d, width = len(code.factors), code.width
        draw = torch.Generator().manual_seed(seed)
        self.first = nn.Parameter(_START * torch.randn(d, width, _HIDDEN, generator=draw))
        self.shift = nn.Parameter(torch.randn(d, 1, _HIDDEN, generator=draw))
        self.last = nn.Parameter(torch.randn(width, _HIDDEN, generator=draw) / math.sqrt(_HIDDEN))
        self.base = nn.Parameter(torch.zeros(width))
        self.register_buffer("owner", code.owner)
        self.register_buffer("visible", code.spread(1 - torch.eye(d))[:, :, None])

    def forward(self, codes: Tensor) -> Tensor:
        """Each factor as the others tell it, ``(n, width)``."""
        hidden = torch.tanh(torch.matmul(codes, self.first * self.visible) + self.shift)[self.owner]
        return torch.einsum("wnh,wh->nw", hidden, functional.normalize(self.last, dim=1)) + self.base

    def strength(self) -> Tensor:
        """Squared weights ``(d, d)`` from cause to effect."""
        squares: Tensor = (self.first * self.visible).square().sum(2).T
        return squares.new_zeros(len(self.first), len(self.first)).index_add(0, self.owner, squares)

    def h_func(self, s: float = 1.0) -> Tensor:
        """How far the weights are from a DAG: DAGMA's log-determinant (Bello et al. 2022, arXiv 2209.08037)."""
        d = len(self.first)
        eye = torch.eye(d, dtype=self.first.dtype)
        volume: Tensor = torch.linalg.slogdet(s * eye - self.strength())[1]
        return d * math.log(s) - volume

    def circles(self) -> Tensor:
        """How far the weights are from a DAG: NOTEARS' tr exp(A * A) - d (Zheng et al. 2018, arXiv 1803.01422)."""
        walks: Tensor = torch.linalg.matrix_exp(self.strength()).trace()
        return walks - len(self.first)

    def fc1_l1_reg(self) -> Tensor:
        """The sum of the edges' weights: a group lasso, since a factor's numbers come and go together."""
        return (self.strength() + 1e-8).sqrt().sum()

    def fc1_to_adj(self) -> object:
        """The weights ``(d, d)`` of the edges as numpy, from cause to effect."""
        return self.strength().detach().sqrt().numpy()


def standard(codes: Tensor) -> Tensor:
    """Codes around zero, all divided by *one* number, so that which factor is noisier stays to be seen.

    Both methods lean on that when there are no interventions: least squares takes all noise to be of one size.
    """
    centred = codes - codes.mean(0)
    return centred / centred.square().mean().sqrt().clamp_min(1e-6)
