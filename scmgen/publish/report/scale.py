"""From values to lengths and numbers: axes, ticks, figures in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scmgen.dataset.content import Described
from scmgen.scene.domain import Categorical, Domain
from scmgen.scm.vocabulary import Array

_MANY = 12  # levels whose names still find room


@dataclass(frozen=True)
class Axis:
    """The values that a plot spans.

    Attributes:
        low: value at its start.
        high: value at its end.
        ticks: values with a mark, and what is written there.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def share(self, values: Array | float) -> Array:
        """Where values lie on the axis, from 0 to 1."""
        return np.asarray((values - self.low) / (self.high - self.low), np.float64)


def axis(domain: Domain, *seen: Array) -> Axis:
    """The axis of a factor: its range, and beyond it where there are values."""
    if isinstance(domain, Categorical):
        few = domain.levels if len(domain.levels) <= _MANY else ()
        return Axis(-0.5, len(domain.levels) - 0.5, tuple((float(k), name) for k, name in enumerate(few)))
    low, high = (float(end(np.concatenate([domain.bounds, *seen]))) for end in (np.min, np.max))
    if not low < high:
        low, high = low - 0.5, high + 0.5
    return Axis(low, high, rounded(low, high))


def rounded(low: float, high: float, most: int = 4) -> tuple[tuple[float, str], ...]:
    """Round numbers between two values, at most ``most``, and how they are written."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(size * power for size in (1, 2, 2.5, 5, 10, 20) if (high - low) / (size * power) < most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple((k * step, figure(k * step)) for k in range(first, last + 1))


def figure(value: float) -> str:
    """A number in at most four digits, with a real minus sign.

    >>> figure(-0.25), figure(1234567.0)
    ('\N{MINUS SIGN}0.25', '1.235e+06')
    """
    return f"{value + 0.0:.4g}".replace("-", "\N{MINUS SIGN}", 1)


def spoken(domain: Domain, value: float) -> str:
    """A value of a factor: the name of a level, or a number to a 500th of the range or finer."""
    if isinstance(domain, Categorical):
        return domain.spell(value)
    decimals = max(0, math.ceil(math.log10(500 / domain.span))) if domain.span > 0 else 3
    return signed(value, decimals) if decimals <= 6 and abs(value) < 1e6 else figure(value)


def signed(value: float, decimals: int) -> str:
    """A number with so many decimals and a real minus sign, and none before a zero.

    >>> signed(-0.25, 1), signed(-0.001, 2)
    ('\N{MINUS SIGN}0.2', '0.00')
    """
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def unit(factor: Described) -> str:
    """The unit, where there is one."""
    return "" if factor.unit in ("1", "") else factor.unit
