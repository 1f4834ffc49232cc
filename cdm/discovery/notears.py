"""NOTEARS: structural equations under a smooth penalty on cycles, with the likelihood of interventions.

Zheng et al. 2018 and 2020 (arXiv 1803.01422, 1909.13189), by the augmented Lagrangian. What is kept of their least
squares serves observation alone; where pairs are there, each factor's error has a size of its own, and a target's own
term is left out (Brouillard et al. 2020, arXiv 2007.01754).
"""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.discovery.conclusion import Discovery, conclude, share
from cdm.discovery.structural import Structural, standard
from cdm.scm.codes import Code

_LASSO, _RIDGE, _LEAST_WEIGHT = 0.02, 0.001, 0.3
_ROUNDS, _STEPS, _RATE = 10, 150, 2e-2
_ACYCLIC = 2e-3  # beyond it a steeper penalty moves every weight, and the threshold cuts what is left of a cycle
_ROWS, _RESAMPLES = 1000, 5  # rows a subsample; each gives a graph, and an edge has more than half of them
_FLOOR = 1e-3  # of a mean square of 1: errors below it are the encoder's


def discover(
    code: Code, before: Tensor, after: Tensor | None, mask: Tensor | None, floor: Tensor, seed: int
) -> Discovery:
    """Find the graph by NOTEARS; the arguments are those of :func:`cdm.discovery.discover`."""
    del floor
    whole = before if after is None else torch.cat([before, after])
    scaled = standard(whole)
    first, second = scaled[: len(before)], scaled[len(before) :]

    def find(rows: Tensor, seed: int) -> Tensor:
        if after is None or mask is None:
            return fit(code, first[rows], None, seed)
        kept = torch.cat([torch.ones_like(mask[rows]), 1 - mask[rows]])
        return fit(code, torch.cat([first[rows], second[rows]]), kept, seed)

    probability = share(find, len(before), _ROWS, _RESAMPLES, seed)
    return conclude((probability > 0.5).float(), probability)


def fit(code: Code, codes: Tensor, kept: Tensor | None, seed: int) -> Tensor:
    """The edges ``(d, d)`` whose weight is large enough.

    Args:
        code: the factors.
        codes: ``(n, width)``, of mean square 1.
        kept: ``(n, d)``, 0 on the targets of a row; None: least squares on rows without a do.
        seed: of the first weights.
    """
    model = Structural(code, seed)
    penalty, price, last = 1.0, 0.0, float("inf")
    for _ in range(_ROUNDS):
        optimiser = torch.optim.Adam(model.parameters(), _RATE, betas=(0.9, 0.99))
        for step in range(_STEPS):
            optimiser.param_groups[0]["lr"] = _RATE * (1 - step / _STEPS) + 1e-4
            circles = model.circles()
            ridge = _RIDGE * sum(p.square().sum() for p in model.parameters())
            total = _score(code, model, codes, kept) + _LASSO * model.fc1_l1_reg() + ridge
            optimiser.zero_grad()
            (total + price * circles + penalty / 2 * circles.square()).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        now = float(model.circles().detach())
        if now < _ACYCLIC:
            break
        price += penalty * now
        penalty, last = penalty * (10 if now > last / 4 else 1), now
    return (model.strength().detach().sqrt() > _LEAST_WEIGHT).float()


def _score(code: Code, model: Structural, codes: Tensor, kept: Tensor | None) -> Tensor:
    squares = code.sums((codes - model(codes)).square())
    if kept is None:
        return len(code.factors) / 2 * (squares.mean() + _FLOOR).log()
    return ((squares * kept).sum(0) / kept.sum(0).clamp_min(1) + _FLOOR).log().sum() / 2
