"""Samples in memory: the worlds of some rows of a split, and what was done between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.scm import Affine
from scmgen.vocabulary import Array

KIND = "<U9"  # the dtype of a kind's name


@dataclass(frozen=True)
class Table:
    """What is done to each sample: arrays of shape ``(n, factors)``, affine as in the SCM.

    Attributes:
        kinds: ``(n,)`` the kind of each row; ``"none"`` where nothing is intervened on.
        mask: 1 where the factor is a target.
        scale, shift: x := scale * f + shift; (1, 0) off the mask.
    """

    kinds: NDArray[np.str_]
    mask: NDArray[np.int64]
    scale: Array
    shift: Array

    def do(self, factors: Collection[str]) -> dict[str, Affine]:
        """The table as the argument of :meth:`scmgen.scm.SCM.solve`."""
        return {
            name: Affine(self.scale[:, k], self.shift[:, k]) for k, name in enumerate(factors) if self.mask[:, k].any()
        }

    def over(self, earlier: Table) -> Table:
        """This table, and where it has no target the earlier one: what holds after both steps."""
        mine = self.mask == 1
        scale, shift = np.where(mine, self.scale, earlier.scale), np.where(mine, self.shift, earlier.shift)
        return Table(self.kinds, self.mask | earlier.mask, scale, shift)

    def without(self, mask: NDArray[np.int64]) -> Table:
        """This table with nothing done where ``mask`` is 1."""
        free = mask == 1
        scale, shift = np.where(free, 1.0, self.scale), np.where(free, 0.0, self.shift)
        return Table(self.kinds, self.mask & ~mask, scale, shift)

    def rows(self, rows: NDArray[np.int64]) -> Table:
        """Some rows of the table."""
        return Table(self.kinds[rows], self.mask[rows], self.scale[rows], self.shift[rows])


def nothing(n: int, factors: int) -> Table:
    """The table of no intervention."""
    mask = np.zeros((n, factors), np.int64)
    return Table(np.full(n, "none", KIND), mask, np.ones(mask.shape), np.zeros(mask.shape))


@dataclass(frozen=True)
class Twin:
    """A counterfactual world: what the step did, and every variable's value under the same noise."""

    table: Table
    values: dict[str, Array]


@dataclass(frozen=True)
class Batch:
    """Samples ``start`` to ``stop`` of a split, everything but the pixels.

    Attributes:
        domain: ``(n,)`` the number of each row's environment (0 where the data set has none).
        noise, values: the exogenous uniforms, and every variable of the factual world.
        twins: one counterfactual world a step.
    """

    split: str
    start: int
    stop: int
    domain: NDArray[np.int64]
    noise: dict[str, Array]
    values: dict[str, Array]
    twins: tuple[Twin, ...]

    def worlds(self) -> list[dict[str, Array]]:
        """The values of every world, the factual one first."""
        return [self.values, *(twin.values for twin in self.twins)]


def part(values: Mapping[str, Array], rows: Any) -> dict[str, Array]:
    """Some rows of every array."""
    return {name: array[rows] for name, array in values.items()}


def take(batch: Batch, rows: NDArray[np.int64]) -> Batch:
    """Some rows of a batch, copied."""
    twins = tuple(Twin(twin.table.rows(rows), part(twin.values, rows)) for twin in batch.twins)
    noise, values = part(batch.noise, rows), part(batch.values, rows)
    return Batch(batch.split, batch.start, batch.stop, batch.domain[rows], noise, values, twins)


def put(batch: Batch, rows: NDArray[np.int64], other: Batch) -> None:
    """Overwrite some rows of a batch with those of another one."""
    for into, new in zip(_arrays(batch), _arrays(other), strict=True):
        into[rows] = new


def _arrays(batch: Batch) -> list[NDArray[Any]]:
    arrays: list[NDArray[Any]] = [*batch.noise.values(), *batch.values.values()]
    for twin in batch.twins:
        arrays += [getattr(twin.table, field.name) for field in fields(Table)] + [*twin.values.values()]
    return arrays
