"""What a report tells of, read from a data set: the labels of the first samples of each split, and some images."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.interventions.kinds import spelled as captioned
from scmgen.dataset.members import FACTUAL, Member
from scmgen.publish.report import colours
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
        regimes: kind and targets of each sample; of a clip what is a target in any frame.
        mask: 1 where a factor is a target, ``(n, d)``, or ``(n, frames, d)``.
        set_to: scale and shift in that shape, ``(2, n, d)``: x := scale * f(parents, u) + shift.
    """

    world: str
    base: str
    regimes: tuple[Regime, ...]
    mask: NDArray[np.bool_]
    set_to: NDArray[np.float64]

    def rows(self, regime: Regime) -> NDArray[np.int64]:
        """The samples of a regime."""
        return np.flatnonzero([own == regime for own in self.regimes])

    def settings(self, regime: Regime, column: int) -> NDArray[np.float64]:
        """Scale and shift wherever a regime sets the factor of a column: ``(2, m)``."""
        rows = self.rows(regime)
        return np.asarray(self.set_to[..., column][:, rows][:, self.mask[..., column][rows]])


@dataclass(frozen=True)
class Part:
    """The first samples of a split.

    Attributes:
        data: the data set.
        split: which split.
        worlds: for ``factual``, ``cf``, ... the values of each factor, ``(n,)``, or ``(n, frames)``.
        domain: the number of each sample's environment, or of each of its frames; or nothing.
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

    @property
    def frames(self) -> int:
        """The images of a sample: those of a clip, or one."""
        return self.data.frame.frames or 1

    @functools.cached_property
    def filmed(self) -> Part:
        """The same with each frame of a clip as a sample of its own: what is told of values is told of frames."""
        if self.data.frame.frames is None:
            return self
        worlds = {world: {name: v.ravel() for name, v in values.items()} for world, values in self.worlds.items()}
        domain = self.domain.ravel() if self.domain.ndim > 1 else np.repeat(self.domain, self.frames)
        return replace(self, worlds=worlds, domain=domain, steps=tuple(_filmed(self.data, one) for one in self.steps))

    def images(self, world: str, rows: Sequence[int] | NDArray[np.int64], most: int) -> NDArray[np.uint8]:
        """The images of some samples in a world, ``(len(rows), height, width, 3)``, no larger than ``most`` a side.

        Of a clip all frames, one below the other.
        """
        drawn = self.data.images(self.split, Member(world, "image").name)[np.asarray(rows)]
        small = colours.fitted(drawn.reshape(-1, *self.data.frame.still.shape), most)
        return small.reshape(len(drawn), -1, *small.shape[2:])


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
        mask = np.array([row[f"do_mask{ending}"] for row in rows], bool)
        kinds = [row[f"do_kind{ending}"] for row in rows]
        hits: list[list[bool]] = np.asarray(mask.any(axis=1) if mask.ndim > 2 else mask).tolist()
        targets = [tuple(name for name, hit in zip(names, own, strict=True) if hit) for own in hits]
        yield Step(
            world,
            FACTUAL if bases[number] == "factual" else data.worlds[number],
            tuple(zip(kinds, targets, strict=True)),
            mask,
            np.array([[row[f"do_{part}{ending}"] for row in rows] for part in ("scale", "shift")], float),
        )


def _filmed(data: Data, step: Step) -> Step:
    """A step with each frame as a sample: its targets are those of the frame."""
    names = list(data.factors)
    regimes: list[Regime] = []
    masks: list[list[list[bool]]] = step.mask.tolist()
    for (kind, _), marks in zip(step.regimes, masks, strict=True):
        targets = (tuple(name for name, hit in zip(names, frame, strict=True) if hit) for frame in marks)
        regimes += [(kind, acted) if acted else (NONE, ()) for acted in targets]
    shape = (-1, len(names))
    return replace(step, regimes=tuple(regimes), mask=step.mask.reshape(shape), set_to=step.set_to.reshape(2, *shape))


def spelled(regime: Regime) -> str:
    """What a regime is called: ``do(angle)``, ``soft(angle, light)``."""
    kind, targets = regime
    return captioned(kind, ", ".join(targets))
