"""What values a factor can have: a number in a range, a phase that comes round, or one of some levels.

All that depends on which of the three a factor is stands here, as a method of each; who asks for a domain's
distance, its columns or its words need not know. Where a category is another algorithm altogether, a caller
writes ``match factor.domain: case Categorical(): ...``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scmgen.scm.vocabulary import Array

Kind = Literal["continuous", "circular", "categorical"]


@dataclass(frozen=True)
class _Range:
    """What a number and a phase have in common: both lie between ``low`` and ``high``."""

    low: float
    high: float

    levels: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return self.low, self.high

    @property
    def span(self) -> float:
        """The length of the range."""
        return self.high - self.low

    def at(self, u: Array) -> Array:
        """Spread uniforms over the range: the values that a do draws."""
        return self.low + self.span * u

    def equation(self) -> str:
        """An equation that draws from the whole range, whatever its causes."""
        return f"uniform({self.low!r}, {self.high!r})"

    def spell(self, value: float, form: str = ".4g") -> str:
        """A value in words: a number as ``form`` has it."""
        return f"{value:{form}}"

    def bars(self, most: int) -> int:
        """How many bars a histogram has."""
        return most

    def classes(self, values: Array, most: int) -> NDArray[np.int64]:
        """Number the values by classes of equal share, ``most`` of them."""
        edges = np.quantile(values, np.linspace(0, 1, most + 1)[1:-1])
        return np.searchsorted(edges, values, side="right").astype(np.int64)


@dataclass(frozen=True)
class Continuous(_Range):
    """A number between two bounds."""

    kind: ClassVar[Kind] = "continuous"

    def contains(self, values: Array) -> NDArray[np.bool_]:
        """Where values lie in the range."""
        return np.asarray((self.low <= values) & (values <= self.high))

    def flip(self, values: Array, u: Array) -> Array:
        """Mirror values in the range; ``u`` decides nothing."""
        return np.asarray(self.low + (self.high - values))

    def distance(self, a: Array, b: Array) -> Array:
        """Absolute difference."""
        return np.asarray(np.abs(a - b))

    def spread(self, values: Array) -> float:
        """Standard deviation."""
        return float(values.std())

    def dispersion(self, values: Array) -> float:
        """Mean squared distance of two values that are drawn apart: twice the variance."""
        return 2.0 * self.spread(values) ** 2

    def moved(self, values: Array, share: Array | float) -> Array:
        """Move values by a share of the range, towards its further end."""
        step = share * self.span
        return np.asarray(np.where(values < (self.low + self.high) / 2, values + step, values - step))

    def embed(self, values: Array) -> NDArray[np.float64]:
        """Columns ``(n, k)`` that stand for the values in a regression: themselves."""
        return values[:, None]

    def columns(self, name: str) -> list[str]:
        """What the normalised columns of a factor are called."""
        return [name]

    def normalise(self, values: Array, mean: float, std: float) -> Array:
        """Values ``(...)`` as normalised columns ``(..., 1)``."""
        return np.asarray((values[..., None] - mean) / std)

    def denormalise(self, columns: Array, mean: float, std: float) -> Array:
        """Normalised columns ``(..., 1)`` as values ``(...)``."""
        return np.asarray(columns[..., 0] * std + mean)

    def attributes(self) -> dict[str, Any]:
        """The domain in the conventions of netCDF and CF."""
        return {"circular": 0, "valid_range": [self.low, self.high]}


@dataclass(frozen=True)
class Circular(_Range):
    """A phase: what lies beyond one bound comes round at the other."""

    kind: ClassVar[Kind] = "circular"

    def contains(self, values: Array) -> NDArray[np.bool_]:
        """Everywhere: every number is the phase of some turn."""
        return np.ones(np.shape(values), bool)

    def flip(self, values: Array, u: Array) -> Array:
        """Turn values by half a period; ``u`` decides nothing."""
        period = self.span
        return np.asarray(self.low + np.mod(values - self.low + period / 2, period))

    def distance(self, a: Array, b: Array) -> Array:
        """The shorter way round."""
        period = self.span
        gap = np.mod(np.abs(a - b), period)
        return np.asarray(np.minimum(gap, period - gap))

    def spread(self, values: Array) -> float:
        """The standard deviation, from the shorter ways between pairs."""
        gaps = self.distance(values, np.roll(values, len(values) // 2))
        return float(np.sqrt(0.5 * (gaps**2).mean()))

    def dispersion(self, values: Array) -> float:
        """Mean squared distance of two values that are drawn apart."""
        return 2.0 * self.spread(values) ** 2

    def moved(self, values: Array, share: Array | float) -> Array:
        """Turn values onwards by a share of the period."""
        step = share * self.span
        return np.asarray(self.low + np.mod(values - self.low + step, self.span))

    def phase(self, values: Array) -> Array:
        """Values as angles, a turn being 2 pi."""
        return np.asarray(2 * np.pi * (values - self.low) / self.span)

    def embed(self, values: Array) -> NDArray[np.float64]:
        """Columns ``(n, 2)`` that stand for the values in a regression: sine and cosine."""
        return np.stack([np.sin(self.phase(values)), np.cos(self.phase(values))], axis=1)

    def columns(self, name: str) -> list[str]:
        """What the normalised columns of a factor are called."""
        return [f"{name}:cos", f"{name}:sin"]

    def normalise(self, values: Array, mean: float, std: float) -> Array:
        """Values ``(...)`` as cosine and sine ``(..., 2)``, for 0 and a full turn are the same."""
        return np.stack((np.cos(self.phase(values)), np.sin(self.phase(values))), axis=-1)

    def denormalise(self, columns: Array, mean: float, std: float) -> Array:
        """The phase ``(...)`` of the nearest point of the circle."""
        turn = np.arctan2(columns[..., 1], columns[..., 0]) / (2 * np.pi) % 1
        return np.asarray(self.low + turn * self.span)

    def attributes(self) -> dict[str, Any]:
        """The domain in the conventions of netCDF and CF."""
        return {"circular": 1, "valid_range": [self.low, self.high]}


@dataclass(frozen=True)
class Categorical:
    """One of some levels; a value is the number of one, from 0."""

    levels: tuple[str, ...]

    kind: ClassVar[Kind] = "categorical"

    def __str__(self) -> str:
        return ", ".join(self.levels)

    @property
    def bounds(self) -> tuple[float, float]:
        """The numbers of the first and the last level."""
        return 0.0, len(self.levels) - 1.0

    def at(self, u: Array) -> Array:
        """Spread uniforms over the levels, each of which gets the same share."""
        return np.asarray(np.floor(u * len(self.levels)))

    def equation(self) -> str:
        """An equation that draws every level equally often, whatever its causes."""
        return f"category({', '.join('1' for _ in self.levels)})"

    def spell(self, value: float, form: str = ".4g") -> str:
        """A value in words: the name of its level, whatever ``form`` numbers have."""
        return self.levels[int(value)]

    def bars(self, most: int) -> int:
        """How many bars a histogram has: one a level, however many there are."""
        return len(self.levels)

    def classes(self, values: Array, most: int) -> NDArray[np.int64]:
        """Number the values by their levels; one that is none counts as the nearest."""
        return np.asarray(np.clip(values, 0, len(self.levels) - 1), np.int64)

    def contains(self, values: Array) -> NDArray[np.bool_]:
        """Where values are the number of a level."""
        return np.asarray((values >= 0) & (values <= len(self.levels) - 1) & (values == np.floor(values)))

    def flip(self, values: Array, u: Array) -> Array:
        """Another level, each of the others equally often by the uniforms ``u``."""
        others = len(self.levels) - 1
        return np.asarray(np.mod(values + 1.0 + np.floor(u * others), others + 1.0))

    def distance(self, a: Array, b: Array) -> Array:
        """1 where the levels differ, else 0."""
        return np.asarray(a != b, np.float64)

    def spread(self, values: Array) -> float:
        """The share of unequal pairs."""
        return float(self.distance(values, np.roll(values, len(values) // 2)).mean())

    def dispersion(self, values: Array) -> float:
        """Mean squared distance of two values that are drawn apart: the share of unequal pairs again."""
        return self.spread(values)

    def moved(self, values: Array, share: Array | float) -> Array:
        """Move values on by one level after another in turn, whatever the share: no level is near another."""
        count = len(self.levels)
        steps = 1 + np.arange(len(values)) % (count - 1)
        return np.asarray(np.mod(np.clip(values, 0, count - 1) + steps, count))

    def embed(self, values: Array) -> NDArray[np.float64]:
        """Columns ``(n, k)`` that stand for the values in a regression: a mark for every level but the last."""
        return np.asarray(values[:, None] == np.arange(len(self.levels) - 1), np.float64)

    def columns(self, name: str) -> list[str]:
        """What the normalised columns of a factor are called."""
        return [f"{name}:{number}" for number in range(len(self.levels))]

    def normalise(self, values: Array, mean: float, std: float) -> Array:
        """Values ``(...)`` as a column a level ``(..., k)``, 1 for their own."""
        return np.asarray(values[..., None] == np.arange(len(self.levels)), np.float64)

    def denormalise(self, columns: Array, mean: float, std: float) -> Array:
        """The level ``(...)`` whose column is the largest."""
        return np.asarray(columns.argmax(axis=-1), np.float64)

    def attributes(self) -> dict[str, Any]:
        """The domain in the conventions of netCDF and CF."""
        return {"circular": 0, **flags(self.levels)}


Domain: TypeAlias = Continuous | Circular | Categorical


class Valued(Protocol):
    """Whatever has a domain: a factor of a scene, a column of a table, an entry of a manifest."""

    @property
    def domain(self) -> Domain:
        """The values it can have."""


def domain(bounds: Sequence[float] | None, levels: Sequence[str] | None, circular: bool) -> Domain:
    """The domain that a document describes: levels, or a range that may come round."""
    if levels or bounds is None:
        return Categorical(tuple(levels or ()))
    low, high = bounds
    return Circular(low, high) if circular else Continuous(low, high)


def plain(known: Domain) -> dict[str, Any]:
    """A domain as a manifest writes it: what :func:`domain` reads."""
    return {"range": list(known.bounds), "levels": list(known.levels), "circular": isinstance(known, Circular)}


def flags(meanings: Sequence[str]) -> dict[str, Any]:
    """What the numbers 0, 1, ... stand for; CF separates meanings by blanks, so one may hold none."""
    words = ["_".join(meaning.split()) for meaning in meanings]
    return {"flag_values": list(range(len(words))), "flag_meanings": " ".join(words)}
