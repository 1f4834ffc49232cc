"""Monotone curves from a few numbers: rational-quadratic splines, which have a closed inverse.

Durkan, Bekasov, Murray and Papamakarios 2019 (arXiv 1906.04032), section 3.1.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

BINS = 8
REACH = 4.0
"""A curve on the line bends between minus and plus this, and is the identity beyond."""
LINE, ARC = 3 * BINS - 1, 3 * BINS + 1
"""Numbers of a curve on the line, and on half a circle, whose ends are as steep as they are told."""
_LEAST = 1e-3  # share of a bin of the whole, and slope
_ONE = 0.5397  # softplus of it is 1 less the least slope


class Curve(NamedTuple):
    """Curves through knots, one a row.

    Attributes:
        x, y: ``(n, bins + 1)``, where they are, growing.
        slope: ``(n, bins + 1)``, how steep the curve is there.
    """

    x: Tensor
    y: Tensor
    slope: Tensor


def on_line(told: Tensor) -> Curve:
    """Curves from ``-REACH`` to ``REACH``, of slope 1 at both ends; of zeros ``(n, LINE)`` the identity."""
    ends = torch.ones_like(told[:, :1])
    slopes = torch.cat([ends, _slopes(told[:, 2 * BINS :]), ends], dim=1)
    return Curve(_knots(told[:, :BINS], -REACH, REACH), _knots(told[:, BINS : 2 * BINS], -REACH, REACH), slopes)


def on_arc(told: Tensor) -> Curve:
    """Curves from 0 to pi; of zeros ``(n, ARC)`` the identity."""
    x, y = _knots(told[:, :BINS], 0.0, torch.pi), _knots(told[:, BINS : 2 * BINS], 0.0, torch.pi)
    return Curve(x, y, _slopes(told[:, 2 * BINS :]))


def along(curve: Curve, x: Tensor) -> tuple[Tensor, Tensor]:
    """What curves make of numbers ``(n,)``, and the logarithms of their slopes there; beyond the knots the identity."""
    inside = (x > curve.x[:, 0]) & (x < curve.x[:, -1])
    (left, wide), (low, high), (start, end) = _bin(curve, curve.x, torch.where(inside, x, curve.x[:, 0]))
    place, steep = (torch.where(inside, x, left) - left) / wide, high / wide
    both, bend = place * (1 - place), start + end - 2 * steep
    under = steep + bend * both
    y = low + high * (steep * place.square() + start * both) / under
    slope = steep.square() * (end * place.square() + 2 * steep * both + start * (1 - place).square()) / under.square()
    return torch.where(inside, y, x), torch.where(inside, slope.log(), 0.0)


def back(curve: Curve, y: Tensor) -> Tensor:
    """The numbers ``(n,)`` of which curves make these."""
    inside = (y > curve.y[:, 0]) & (y < curve.y[:, -1])
    (left, wide), (low, high), (start, end) = _bin(curve, curve.y, torch.where(inside, y, curve.y[:, 0]))
    risen, steep = torch.where(inside, y, low) - low, high / wide
    bend = start + end - 2 * steep
    a, b, c = high * (steep - start) + risen * bend, high * start - risen * bend, -steep * risen
    place = 2 * c / (-b - (b.square() - 4 * a * c).clamp_min(0).sqrt())
    return torch.where(inside, left + wide * place, y)


def _knots(told: Tensor, low: float, high: float) -> Tensor:
    shares = _LEAST + (1 - _LEAST * BINS) * told.softmax(dim=1)
    inner = low + (high - low) * shares.cumsum(dim=1)[:, :-1]
    ends = torch.ones_like(told[:, :1])
    return torch.cat([low * ends, inner, high * ends], dim=1)


def _slopes(told: Tensor) -> Tensor:
    return _LEAST + functional.softplus(told + _ONE)


def _bin(curve: Curve, axis: Tensor, at: Tensor) -> tuple[tuple[Tensor, Tensor], ...]:
    """Of the bin that each number falls in along an axis: where it begins and how wide and high it is, and slopes."""
    number = (at[:, None] >= axis[:, 1:-1]).sum(dim=1, keepdim=True)
    here, there = ([part.gather(1, number + k)[:, 0] for part in curve] for k in (0, 1))
    return (here[0], there[0] - here[0]), (here[1], there[1] - here[1]), (here[2], there[2])
