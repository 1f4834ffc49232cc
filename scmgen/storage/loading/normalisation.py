"""Factors and images as a network likes them, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Normalisation:
    """What a data set's manifest says of the scale of its factors and channels, and four functions.

    A continuous factor is one column, ``(x - mean) / std``. A circular one is two, the cosine and the sine of
    its phase in its range, for 0 and a full turn are the same. A categorical one is a column a level, 1
    for its own. ``columns`` names them, and ``owner`` says whose each is: ``do_mask[:, owner]`` has a
    mark for each column.

    Attributes:
        names: the factors, as they stand side by side in ``factors`` and ``do_value``.
        types: ``continuous``, ``circular`` or ``categorical``, for each.
        levels: how many levels each has; 0 if it is not categorical.
        mean, std: of each, over all factual samples of all splits.
        low, high: of each, the range that the scene declares.
        pixel_mean, pixel_std: of the channels, ``(3,)``, white being 1.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    levels: tuple[int, ...]
    mean: Reals
    std: Reals
    low: Reals
    high: Reals
    pixel_mean: Reals
    pixel_std: Reals

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of normalised factors: ``angle``, or ``hue:cos`` and ``hue:sin``, or ``shape:0``, ..."""
        return tuple(column for parts in self._parts() for column in parts)

    @property
    def owner(self) -> NDArray[np.int64]:
        """For each column of normalised factors the number of its factor."""
        return np.repeat(np.arange(len(self.names)), [len(parts) for parts in self._parts()])

    def normalise_factors(self, values: ArrayLike) -> NDArray[np.float32]:
        """Values ``(..., d)`` in their units as columns ``(..., len(columns))``."""
        given = np.asarray(values, np.float64)
        parts = [self._columns(number, given[..., number]) for number in range(len(self.names))]
        return np.concatenate(parts, axis=-1).astype(np.float32)

    def denormalise_factors(self, columns: ArrayLike) -> NDArray[np.float64]:
        """Columns ``(..., len(columns))`` as values ``(..., d)``: the inverse, also of what a network says.

        The phase of a circular factor is that of the nearest point of the circle, a level the largest column's.
        """
        given = np.asarray(columns, np.float64)
        owner = self.owner
        values = [self._values(number, given[..., owner == number]) for number in range(len(self.names))]
        return np.stack(values, axis=-1)

    def normalise_images(self, pixels: ArrayLike) -> NDArray[np.float32]:
        """Bytes ``(..., 3)`` as numbers whose channels have mean 0 and standard deviation 1."""
        scale, shift = 1 / (255 * self.pixel_std), self.pixel_mean / self.pixel_std
        return np.asarray(pixels) * scale.astype(np.float32) - shift.astype(np.float32)

    def denormalise_images(self, images: ArrayLike) -> NDArray[np.uint8]:
        """Numbers ``(..., 3)`` as bytes, rounded and clipped: the inverse."""
        found = (np.asarray(images) * self.pixel_std + self.pixel_mean) * 255
        return np.asarray(np.clip(np.rint(found), 0, 255), np.uint8)

    def _parts(self) -> list[list[str]]:
        """The columns of each factor."""
        return [self._named(number) for number in range(len(self.names))]

    def _named(self, number: int) -> list[str]:
        name = self.names[number]
        if self.types[number] == "categorical":
            return [f"{name}:{level}" for level in range(self.levels[number])]
        return [f"{name}:cos", f"{name}:sin"] if self.types[number] == "circular" else [name]

    def _columns(self, number: int, values: Reals) -> Reals:
        """Values of a factor ``(...)`` as its columns ``(..., c)``."""
        if self.types[number] == "categorical":
            return np.asarray(values[..., None] == np.arange(self.levels[number]), np.float64)
        if self.types[number] == "circular":
            phase = 2 * np.pi * (values - self.low[number]) / (self.high[number] - self.low[number])
            return np.stack((np.cos(phase), np.sin(phase)), axis=-1)
        return np.asarray((values[..., None] - self.mean[number]) / self.std[number])

    def _values(self, number: int, columns: Reals) -> Reals:
        """Columns of a factor ``(..., c)`` as its values ``(...)``."""
        if self.types[number] == "categorical":
            return np.asarray(columns.argmax(axis=-1), np.float64)
        if self.types[number] == "circular":
            turn = np.arctan2(columns[..., 1], columns[..., 0]) / (2 * np.pi) % 1
            return np.asarray(self.low[number] + turn * (self.high[number] - self.low[number]))
        return np.asarray(columns[..., 0] * self.std[number] + self.mean[number])


def of(manifest: Mapping[str, Any]) -> Normalisation:
    """What a manifest says; a factor or a channel that never varies counts as of deviation 1."""
    factors = manifest["factors"]
    told = list(factors.values())
    low, high = np.array([factor["range"] for factor in told], np.float64).T
    return Normalisation(
        tuple(factors),
        tuple(factor["type"] for factor in told),
        tuple(len(factor["levels"]) for factor in told),
        np.array([factor["mean"] for factor in told]),
        _deviation([factor["std"] for factor in told]),
        low,
        high,
        np.array(manifest["pixels"]["mean"]),
        _deviation(manifest["pixels"]["std"]),
    )


def _deviation(values: list[float]) -> Reals:
    found = np.array(values, np.float64)
    return np.where(found > 0, found, 1.0)
