"""Factors and images as a network likes them, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scmgen.scene.domain import Domain
from scmgen.storage.manifest import Manifest

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
        domains: the values that each can have.
        mean, std: of each, over all factual samples of all splits.
        pixel_mean, pixel_std: of the channels, ``(3,)``, white being 1.
    """

    names: tuple[str, ...]
    domains: tuple[Domain, ...]
    mean: Reals
    std: Reals
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
        brightness = (np.asarray(images) * self.pixel_std + self.pixel_mean) * 255
        return np.asarray(np.clip(np.rint(brightness), 0, 255), np.uint8)

    def _parts(self) -> list[list[str]]:
        """The columns of each factor."""
        return [domain.columns(name) for name, domain in zip(self.names, self.domains, strict=True)]

    def _columns(self, number: int, values: Reals) -> Reals:
        """Values of a factor ``(...)`` as its columns ``(..., c)``."""
        return self.domains[number].normalise(values, self.mean[number], self.std[number])

    def _values(self, number: int, columns: Reals) -> Reals:
        """Columns of a factor ``(..., c)`` as its values ``(...)``."""
        return self.domains[number].denormalise(columns, self.mean[number], self.std[number])


def of(manifest: Manifest) -> Normalisation:
    """What a manifest says; a factor or a channel that never varies counts as of deviation 1."""
    entries = manifest.factors.values()
    return Normalisation(
        tuple(manifest.factors),
        tuple(entry.domain for entry in entries),
        np.array([entry.mean for entry in entries]),
        _deviation([entry.std for entry in entries]),
        np.array(manifest.pixels.mean),
        _deviation(manifest.pixels.std),
    )


def _deviation(values: Sequence[float]) -> Reals:
    given = np.array(values, np.float64)
    return np.where(given > 0, given, 1.0)
