"""What a shard tells of its samples, so that a manifest needs none of them: moments, counts of levels."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scmgen.scm.vocabulary import Array

_MOST_COMBINATIONS = 1_000  # of levels that the manifest counts


@dataclass(frozen=True)
class Moments:
    """What can be said of one factor without its samples; merged over shards in their order."""

    count: int
    mean: float
    squares: float  # sum of squared deviations from the mean
    least: float
    most: float

    def merge(self, other: Moments) -> Moments:
        """Combine two parts (Chan, Golub and LeVeque 1979)."""
        count, gap = self.count + other.count, other.mean - self.mean
        mean = self.mean + gap * other.count / count
        squares = self.squares + other.squares + gap * gap * self.count * other.count / count
        return Moments(count, mean, squares, min(self.least, other.least), max(self.most, other.most))


def combinations(values: Mapping[str, Array], levels: Mapping[str, Sequence[str]]) -> dict[tuple[int, ...], int]:
    """Samples of each combination of levels."""
    names = counted(levels)
    rows = zip(*(values[name].astype(int).tolist() for name in names), strict=True) if names else ()
    return dict(Counter(rows))


def counted(levels: Mapping[str, Sequence[str]]) -> list[str]:
    """The categorical factors whose combinations are counted; none if there were too many."""
    found = {name: len(words) for name, words in levels.items() if words}
    return list(found) if math.prod(found.values()) <= _MOST_COMBINATIONS else []


def moments(values: Array) -> Moments:
    """Summarise a column."""
    mean = float(values.mean())
    return Moments(len(values), mean, float(((values - mean) ** 2).sum()), float(values.min()), float(values.max()))
