"""What a shard tells of its samples, so that a manifest needs none of them: moments, counts of levels and of bytes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError
from scmgen.scene.domain import Categorical
from scmgen.scm.vocabulary import Array

NORMALISED_BY = 1_000  # images that the channels' mean and deviation are taken over

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


def check_levels(values: Mapping[str, Array], levels: Mapping[str, Sequence[str]]) -> None:
    """See that categorical factors have the number of one of their levels.

    Raises:
        ScmgenError: if one has another value somewhere.
    """
    for name, words in levels.items():
        if not words:
            continue
        outside = values[name][~Categorical(tuple(words)).contains(values[name])]
        if outside.size:
            found, most = float(outside[0]), len(words) - 1
            raise ScmgenError(f"{name}: is {found:g} in a sample; its levels are 0 to {most} ({', '.join(words)})")


def combinations(values: Mapping[str, Array], levels: Mapping[str, Sequence[str]]) -> dict[tuple[int, ...], int]:
    """Samples of each combination of levels, or frames of clips."""
    names = counted(levels)
    rows = zip(*(values[name].ravel().astype(int).tolist() for name in names), strict=True) if names else ()
    return dict(Counter(rows))


def counted(levels: Mapping[str, Sequence[str]]) -> list[str]:
    """The categorical factors whose combinations are counted; none if there were too many."""
    sizes = {name: len(words) for name, words in levels.items() if words}
    return list(sizes) if math.prod(sizes.values()) <= _MOST_COMBINATIONS else []


def moments(values: Array) -> Moments:
    """Summarise a column."""
    mean = float(values.mean())
    return Moments(values.size, mean, float(((values - mean) ** 2).sum()), float(values.min()), float(values.max()))


@dataclass(frozen=True)
class Histogram:
    """How often each byte occurs in each channel of some images: ``counts`` is ``(channels, 256)``."""

    images: int
    counts: tuple[tuple[int, ...], ...]


def histogram(images: NDArray[np.uint8]) -> Histogram:
    """Count the bytes of images ``(n, height, width, 3)``, or grey ones ``(n, height, width)``."""
    channels = [images] if images.ndim == 3 else np.moveaxis(images, -1, 0)
    counts = (np.bincount(channel.ravel(), minlength=256) for channel in channels)
    return Histogram(len(images), tuple(tuple(count.tolist()) for count in counts))


def added(parts: Iterable[Histogram]) -> Histogram:
    """Count the bytes of all parts together."""
    known = list(parts)
    counts = np.array([part.counts for part in known], np.int64).sum(axis=0)
    return Histogram(sum(part.images for part in known), tuple(map(tuple, counts.tolist())))


def channel_moments(shown: Histogram) -> dict[str, Any]:
    """Mean and standard deviation of each channel, white being 1."""
    levels, counts = np.arange(256) / 255, np.array(shown.counts, np.int64)
    pixels = counts[0].sum()
    mean = counts @ levels / pixels
    std = np.sqrt((counts * (levels - mean[:, None]) ** 2).sum(axis=1) / pixels)
    return {"mean": mean.tolist(), "std": std.tolist(), "samples": shown.images}
