"""Random functions of both sides of a pair that vanish where nothing changed (Rahimi and Recht 2007), and their fits.

Each reads a few factors only, as mechanisms do: one that changes, perhaps others, perhaps some of the factual side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from cdm.scm.codes import Code

_SLOW, _FAST = 0.65, 3.9  # the range of frequencies, on a log scale, of functions of one factor
_RIDGES = (1e-5, 3e-4, 1e-2, 0.3, 10.0)  # relative to the mean square of the features


@dataclass(frozen=True)
class Waves:
    """Cosines of codes.

    Attributes:
        weights: ``(2 width, count)``, of the codes on the counterfactual side and on the factual one.
        shift: ``(count,)``.
    """

    weights: Tensor
    shift: Tensor

    def change(self, before: Tensor, after: Tensor, undone: Tensor) -> Tensor:
        """How the functions ``(n, count)`` change from ``undone`` to ``after``, all codes ``(n, width)``."""
        new, old = (torch.cat([side, before], dim=1) @ self.weights + self.shift for side in (after, undone))
        return new.cos() - old.cos()


def draw(
    code: Code,
    needed: Sequence[int],
    moving: Sequence[int],
    known: Sequence[int],
    count: int,
    generator: torch.Generator,
) -> Waves:
    """Draw functions that read the counterfactual side of some factors and the factual side of others.

    Args:
        code: the factors.
        needed: factors one of which each function reads on the counterfactual side.
        moving: factors that it may read there besides.
        known: factors that it may read on the factual side, the child first.
        count: how many functions.
        generator: of the draws.
    """
    d = len(code.factors)
    some, ground, speed = torch.rand(3, count, generator=generator)
    first = _one(needed, d, count, generator)
    rest = torch.where(some < 0.3, _all(moving, d), torch.where(some < 0.6, _one(moving, d, count, generator), 0.0))
    new = torch.maximum(first, rest)
    own = _all(known[:1], d)
    two = torch.maximum(own.expand(d, count), _one(known, d, count, generator))
    old = torch.where(ground < 0.25, own, torch.where(ground < 0.5, two, 0.0))
    old = torch.where((ground >= 0.5) & (ground < 0.65), _all(known, d), old)
    read = torch.cat([new, old])
    scale = _SLOW * torch.exp(speed * math.log(_FAST / _SLOW)) / read.sum(0).sqrt()
    columns = torch.cat([code.owner, code.owner + d])
    weights = torch.randn(2 * code.width, count, generator=generator) * read[columns] * scale
    return Waves(weights, torch.rand(count, generator=generator) * (2 * math.pi))


def _all(factors: Sequence[int], d: int) -> Tensor:
    chosen = torch.zeros(d, 1)
    chosen[list(factors)] = 1
    return chosen


def _one(factors: Sequence[int], d: int, count: int, generator: torch.Generator) -> Tensor:
    """One of the factors, at random, in each column ``(d, count)``."""
    if not factors:
        return torch.zeros(d, count)
    which = torch.tensor(list(factors))[torch.randint(len(factors), (count,), generator=generator)]
    return functional.one_hot(which, d).T.float()


def fit(x: Tensor, y: Tensor, held_x: Tensor, held_y: Tensor) -> tuple[Tensor, Tensor]:
    """Ridge regression of ``y (n, w)`` on ``x (n, p)``, with the penalty that does best on other rows.

    Returns:
        Weights ``(p, w)`` and squared errors on the other rows.
    """
    if not x.shape[1]:
        return torch.zeros(0, y.shape[1]), held_y.square().sum(1)
    fits = _ridge(x, y)
    errors = [(held_y - held_x @ weights).square().sum(1) for weights in fits]
    best = min(range(len(fits)), key=lambda k: float(errors[k].mean()))
    return fits[best], errors[best]


def _ridge(x: Tensor, y: Tensor) -> list[Tensor]:
    """Weights ``(p, w)`` for each penalty; with fewer rows than features by way of the rows, which is the same.

    Products are added up in single precision, which is twice as fast; a penalty that is too small for that is left out.
    """
    wide = x.shape[0] < x.shape[1]
    gram = (x @ x.T if wide else x.T @ x).double()
    side, eye = (y if wide else x.T @ y).double(), torch.eye(len(gram), dtype=torch.float64)
    unit, fits = float(x.square().sum()) / x.shape[1] + 1e-9, []
    for ridge in _RIDGES:
        factor, failed = torch.linalg.cholesky_ex(gram + ridge * unit * eye)
        if not failed:
            solved = torch.cholesky_solve(side, factor).float()
            fits.append(x.T @ solved if wide else solved)
    return fits


def turned(change: Tensor, own: Tensor, kind: str, back: bool = False) -> Tensor:
    """Changes of codes ``(n, w)`` as they look from the factor's own value: turned by it, if it is an angle.

    Noise that turns an angle is then the same function of the parents wherever the angle stands. No length changes.
    """
    if kind != "circular":
        return change
    cos, sin = functional.normalize(own, dim=1).unbind(1)
    sin = -sin if back else sin
    x, y = change.unbind(1)
    return torch.stack([x * cos + y * sin, y * cos - x * sin], dim=1)
