"""Average effects of one factor on another, from draws of a model under two interventions.

The two sets of draws share their noise, so what is left of the difference is the effect; standard errors are those of
paired differences.
"""

from __future__ import annotations

from dataclasses import dataclass

from cdm.models.protocol import Model
from cdm.scm.codes import Factor
from cdm.scm.domains import Contrast


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
    return [_effect(factor, contrast) for contrast in factor.domain.contrasts(a, b)]


def _effect(factor: Factor, contrast: Contrast) -> Effect:
    """A contrast in the values of a factor is in its unit, one in the share of a level is a number."""
    share = (f"P({factor.name} = {contrast.level})", "1")
    quantity, unit = share if contrast.level else (factor.name, factor.unit)
    return Effect(quantity, contrast.low, contrast.high, contrast.difference, contrast.error, unit)
