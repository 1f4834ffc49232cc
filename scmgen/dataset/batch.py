"""Samples in memory: the worlds of some rows of a split, and what was done between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.interventions.table import DoTable
from scmgen.scm.vocabulary import Array


@dataclass(frozen=True)
class Twin:
    """A counterfactual world: what the step did, and every variable's value under the same noise."""

    table: DoTable
    values: dict[str, Array]


@dataclass(frozen=True)
class Batch:
    """Samples ``start`` to ``stop`` of a split, everything but the pixels.

    Attributes:
        domain: ``(n,)`` the number of each row's environment (0 where the data set has none); ``(n, frames)`` where
            there are some that clips come into.
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

    @property
    def began(self) -> NDArray[np.int64]:
        """The number of the environment that each row begins in: ``(n,)``."""
        return self.domain if self.domain.ndim == 1 else self.domain[:, 0]

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


def between(batch: Batch, start: int, stop: int) -> Batch:
    """Samples ``start`` to ``stop`` of the split, which a batch holds, copied."""
    return replace(take(batch, np.arange(start - batch.start, stop - batch.start)), start=start, stop=stop)


def joined(first: Batch, second: Batch) -> Batch:
    """A batch, and the one that goes on where it stops."""
    twins = tuple(Twin(_joined_tables(a.table, b.table), _joined(a.values, b.values)) for a, b in _pairs(first, second))
    domain = np.concatenate([first.domain, second.domain])
    noise, values = _joined(first.noise, second.noise), _joined(first.values, second.values)
    return Batch(first.split, first.start, second.stop, domain, noise, values, twins)


def put(batch: Batch, rows: NDArray[np.int64], other: Batch) -> None:
    """Overwrite some rows of a batch with those of another one."""
    for into, new in zip(_arrays(batch), _arrays(other), strict=True):
        into[rows] = new


def _pairs(first: Batch, second: Batch) -> Iterator[tuple[Twin, Twin]]:
    return zip(first.twins, second.twins, strict=True)


def _joined(first: Mapping[str, Array], second: Mapping[str, Array]) -> dict[str, Array]:
    return {name: np.concatenate([array, second[name]]) for name, array in first.items()}


def _joined_tables(first: DoTable, second: DoTable) -> DoTable:
    parts = {field.name: [getattr(first, field.name), getattr(second, field.name)] for field in fields(DoTable)}
    return DoTable(**{name: np.concatenate(pair) for name, pair in parts.items()})


def _arrays(batch: Batch) -> list[NDArray[Any]]:
    arrays: list[NDArray[Any]] = [*batch.noise.values(), *batch.values.values()]
    for twin in batch.twins:
        arrays += [getattr(twin.table, field.name) for field in fields(DoTable)] + [*twin.values.values()]
    return arrays
