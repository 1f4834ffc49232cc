"""Average effects of one factor on another, from draws of a model under two interventions.

The two sets of draws share their noise, so what is left of the difference is the effect; standard errors are those of
paired differences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from cdm.models.protocol import Model
from cdm.scm.codes import Factor


@dataclass(frozen=True)
class Effect:
    """The effect on one quantity.

    Attributes:
        quantity: the outcome, or ``P(outcome = level)`` for each level of a categorical one.
        low, high: its mean under the first and the second do; of a circular outcome the mean direction.
        difference: how much it changes; of a circular outcome the shorter way round.
        error: standard error of the difference.
        unit: of all four.
    """

    quantity: str
    low: float
    high: float
    difference: float
    error: float
    unit: str


def average(
    model: Model, cause: str, outcome: str, low: float, high: float, count: int = 10_000, seed: int = 0
) -> list[Effect]:
    """The average effect of ``do(cause = high)`` against ``do(cause = low)``, in the outcome's unit.

    Raises:
        CdmError: if there is no such factor, or a value is out of its range.
    """
    i = model.code.index(outcome)
    factor = model.code.factors[i]
    a, b = (model.code.decode(model.sample_codes({cause: end}, count, seed))[:, i].double() for end in (low, high))
    if factor.kind == "categorical":
        shares = [
            (f"P({outcome} = {level})", (a == k).double(), (b == k).double(), "1")
            for k, level in enumerate(factor.levels)
        ]
        return [_mean(*share) for share in shares]
    return [_direction(factor, a, b) if factor.kind == "circular" else _mean(outcome, a, b, factor.unit)]


def ends(factor: Factor) -> tuple[float, float]:
    """Two values of a cause that are far from each other: a quarter and three quarters up its range."""
    low, high = (factor.low + (factor.high - factor.low) * share for share in (0.25, 0.75))
    return (float(round(low)), float(round(high))) if factor.levels else (low, high)


def _mean(quantity: str, a: Tensor, b: Tensor, unit: str) -> Effect:
    error = float((b - a).std()) / len(a) ** 0.5
    return Effect(quantity, float(a.mean()), float(b.mean()), float((b - a).mean()), error, unit)


def _direction(factor: Factor, a: Tensor, b: Tensor) -> Effect:
    """Mean directions (Fisher 1993, Statistical Analysis of Circular Data, 2.3); the error by their linearisation."""
    unit = (factor.high - factor.low) / (2 * math.pi)
    (start, pull_a), (end, pull_b) = (_mean_angle((values - factor.low) / unit) for values in (a, b))
    turn = (end - start + math.pi) % (2 * math.pi) - math.pi
    error = float((pull_b - pull_a).std()) / len(a) ** 0.5
    low, high = (factor.low + (angle % (2 * math.pi)) * unit for angle in (start, end))
    return Effect(factor.name, low, high, turn * unit, error * unit, factor.unit)


def _mean_angle(angles: Tensor) -> tuple[float, Tensor]:
    """The mean direction of angles in radians, and how far each pulls it."""
    c, s = angles.cos().mean(), angles.sin().mean()
    mean, length = torch.atan2(s, c), torch.hypot(c, s).clamp_min(1e-12)
    return float(mean), (angles - mean).sin() / length
