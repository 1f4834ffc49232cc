"""What a report tells of, read from a data set: the labels of the first samples of each split, and some images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.interventions.kinds import spelled as captioned
from scmgen.dataset.members import FACTUAL, Member
from scmgen.scm.vocabulary import Array
from scmgen.storage.loading.reader import Data

Regime: TypeAlias = tuple[str, tuple[str, ...]]  # kind of intervention, targets in the order of the factors

NONE = "none"
REGIMES = 24  # that a page shows


@dataclass(frozen=True)
class Step:
    """One intervention on every sample.

    Attributes:
        world: the world it leads to: ``cf``, ``cf2``, ...
        base: the world it starts from.
        regimes: kind and targets of each sample.
        set_to: scale and shift of each sample and factor, ``(n, 2, d)``: x := scale * f(parents, u) + shift.
    """

    world: str
    base: str
    regimes: tuple[Regime, ...]
    set_to: NDArray[np.float64]

    def rows(self, regime: Regime) -> NDArray[np.int64]:
        """The samples of a regime."""
        return np.flatnonzero([own == regime for own in self.regimes])


@dataclass(frozen=True)
class Part:
    """The first samples of a split.

    Attributes:
        data: the data set.
        split: which split.
        worlds: for ``factual``, ``cf``, ... the values of each factor, ``(n,)``.
        domain: the number of each sample's environment, or nothing.
        steps: the interventions.
        sources: the file that each sample came from, or nothing.
    """

    data: Data
    split: str
    worlds: Mapping[str, Mapping[str, Array]]
    domain: NDArray[np.int64]
    steps: tuple[Step, ...]
    sources: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many samples there are."""
        return len(next(iter(self.worlds[FACTUAL].values())))

    def images(self, world: str, rows: Sequence[int] | NDArray[np.int64]) -> NDArray[np.uint8]:
        """The images of some samples in a world, ``(len(rows), height, width, 3)``."""
        return self.data.images(self.split, Member(world, "image").name)[np.asarray(rows)]


def counted(steps: Iterable[Step], names: Sequence[str]) -> dict[Regime, int]:
    """Samples of each regime that has targets, in the order of the factors."""
    counts = Counter(regime for step in steps for regime in step.regimes if regime[0] != NONE)
    order = {name: k for k, name in enumerate(names)}
    ordered = sorted(counts, key=lambda regime: (len(regime[1]), [order[name] for name in regime[1]], regime[0]))
    return {regime: counts[regime] for regime in ordered}


def frequent(steps: Iterable[Step], names: Sequence[str]) -> list[Regime]:
    """The most frequent regimes, as many as a page shows, in the order of the factors."""
    counts = counted(steps, names)
    chosen = sorted(counts, key=lambda regime: -counts[regime])[:REGIMES]
    return [regime for regime in counts if regime in chosen]


def gather(data: Data, samples: int) -> list[Part]:
    """Read the labels of the first ``samples`` of each split.

    Raises:
        ScmgenError: if a shard that holds them is missing or was changed.
    """
    return [_part(data, split, list(_rows(data, split, samples))) for split in data.splits]


def _rows(data: Data, split: str, samples: int) -> Iterator[dict[str, Any]]:
    """Labels with what they withhold; no shard is read for nothing."""
    left = samples
    for shard in data.shards(split):
        if left <= 0:
            return
        labels, apart = data.archive(shard).labels(range(min(left, shard.samples))), data.truths(shard)
        yield from ({**label, **more} for label, more in zip(labels, apart or [{}] * len(labels), strict=False))
        left -= len(labels)


def _part(data: Data, split: str, rows: list[dict[str, Any]]) -> Part:
    worlds = {
        world: {
            name: np.array([row["factors" if world == FACTUAL else f"factors_{world}"][name] for row in rows], float)
            for name in data.factors
        }
        for world in data.worlds
    }
    domain = np.array([row["domain"] for row in rows if "domain" in row], np.int64)
    sources = tuple(row["source"] for row in rows if "source" in row)
    return Part(data, split, worlds, domain, tuple(_steps(data, split, rows)), sources)


def _steps(data: Data, split: str, rows: list[dict[str, Any]]) -> Iterator[Step]:
    names, bases = list(data.factors), data.manifest.recipe.bases(split)
    for number, world in enumerate(data.worlds[1:]):
        ending = world.removeprefix("cf")
        masks, kinds = ([row[f"{key}{ending}"] for row in rows] for key in ("do_mask", "do_kind"))
        targets = [tuple(name for name, hit in zip(names, mask, strict=True) if hit) for mask in masks]
        yield Step(
            world,
            FACTUAL if bases[number] == "factual" else data.worlds[number],
            tuple(zip(kinds, targets, strict=True)),
            np.array([[row[f"do_scale{ending}"], row[f"do_shift{ending}"]] for row in rows], float),
        )


def spelled(regime: Regime) -> str:
    """What a regime is called: ``do(angle)``, ``soft(angle, light)``."""
    kind, targets = regime
    return captioned(kind, ", ".join(targets))
