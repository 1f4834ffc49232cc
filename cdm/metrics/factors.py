"""What a metric must know of a factor: whether its values are numbers, phases or levels, and their range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from cdm.errors import CdmError
from cdm.metrics.arrays import Reals, reals

Kind = Literal["continuous", "circular", "categorical"]
_BINS = 20  # of what is no level, where information is counted (Locatello et al. 2019, arXiv 1811.12359)


@dataclass(frozen=True)
class Factor:
    """A factor of variation.

    Attributes:
        name: what figures call it.
        kind: ``continuous``, ``circular`` (``low`` and ``high`` are one value), or ``categorical``, whose levels are
            the whole numbers from ``low`` to ``high``.
        low, high: its range, in its unit.

    >>> Factor("hue", "circular", 0, 360).errors([350.0], [10.0])
    array([20.])
    """

    name: str
    kind: Kind
    low: float
    high: float

    def __post_init__(self) -> None:
        """Raise unless it has a range."""
        if not (np.isfinite([self.low, self.high]).all() and self.high > self.low):
            raise CdmError(f"factor {self.name!r}: a range is needed, found {self.low:g} to {self.high:g}")

    @property
    def span(self) -> float:
        """The length of its range; 1 of one with levels, whose errors are shares of wrong ones."""
        return 1.0 if self.kind == "categorical" else self.high - self.low

    def columns(self, values: ArrayLike) -> Reals:
        """Values ``(n,)`` as numbers that lie near each other where values do: ``(n, columns)``.

        A phase is its cosine and sine, a level a column that is 1 for its own.
        """
        given = np.asarray(values, np.float64)
        if self.kind == "categorical":
            return np.asarray(np.rint(given)[:, None] == np.arange(self.low, self.high + 1), np.float64)
        if self.kind == "circular":
            turn = 2 * np.pi * (given - self.low) / (self.high - self.low)
            return np.stack([np.cos(turn), np.sin(turn)], axis=1)
        return given[:, None]

    def errors(self, guess: ArrayLike, truth: ArrayLike) -> Reals:
        """How far guesses ``(n,)`` are from the truth, in the factor's unit.

        Of a phase the shorter way round, of a level 0 or 1.
        """
        one, other = np.asarray(guess, np.float64), np.asarray(truth, np.float64)
        if self.kind == "categorical":
            return np.asarray(np.rint(one) != np.rint(other), np.float64)
        apart = np.abs(one - other)
        if self.kind == "circular":
            apart = apart % (self.high - self.low)
            apart = np.minimum(apart, (self.high - self.low) - apart)
        return np.asarray(apart, np.float64)

    def bins(self, values: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """Values ``(n,)`` as whole numbers: levels, or twenty bins of equal width over the range."""
        given = np.asarray(values, np.float64)
        if self.kind == "categorical":
            return np.rint(given - self.low).astype(np.int64)
        share = (given - self.low) / (self.high - self.low)
        return np.clip((share * _BINS).astype(np.int64), 0, _BINS - 1)


def table(values: ArrayLike, factors: Sequence[Factor]) -> Reals:
    """The values of factors, ``(n, d)``.

    Raises:
        CdmError: if it has another number of columns, or what is no number.
    """
    found = reals(values, 2, "values of factors")
    if found.shape[1] != len(factors):
        raise CdmError(f"{len(factors)} factors are described, found {found.shape[1]} columns of values")
    return found


def continuous(values: ArrayLike) -> tuple[Factor, ...]:
    """Factors of nothing but numbers, as wide as their values ``(n, d)`` are."""
    found = reals(values, 2, "values of factors")
    ends = zip(found.min(axis=0).tolist(), found.max(axis=0).tolist(), strict=True)
    return tuple(Factor(f"{k}", "continuous", low, high) for k, (low, high) in enumerate(ends))
