"""What every kind of question needs: names, graph, samples, choices by lot, and an album for the images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from scmgen.publish.exports.vlm import wording
from scmgen.publish.exports.vlm.graphs import Graph
from scmgen.publish.exports.vlm.lots import Lots
from scmgen.publish.exports.vlm.names import Names
from scmgen.publish.exports.vlm.options import Options
from scmgen.publish.exports.vlm.question import Album, Draft
from scmgen.publish.exports.vlm.worlds import Pairs, Worlds

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Asking:
    """One split, about which questions are asked.

    No choice depends on the names or on the number of examples: the same question is asked in every mode, and with
    more examples the first ones stay.
    """

    split: str
    options: Options
    names: Names
    graph: Graph
    worlds: Worlds
    lots: Lots
    album: Album

    @property
    def pairs(self) -> Pairs:
        """The pairs of a generated set."""
        assert self.worlds.pairs is not None  # noqa: S101  # the families that need them refuse an imported set
        return self.worlds.pairs

    def head(self, family: str, kind: str, shots: int, number: int) -> dict[str, Any]:
        """What tells a question from all others."""
        name = f"{self.split}-{family}-{kind}-{shots}-{number:04d}"
        return {"id": name, "split": self.split, "family": family, "kind": kind, "shots": shots}

    def draft(self, *more: str) -> Draft:
        """A question that tells of the scene."""
        listed = [self.names.quoted(name) for name in self.lots.shuffled(self.graph.factors, "listed")]
        return Draft(self.album, [wording.scene(listed), *more])

    def rows(self, good: NDArray[np.bool_], *purpose: object) -> list[int]:
        """Samples about which questions can be asked, each target as often as every other while it has some."""
        order = self.lots.shuffled(self.pairs.names, *purpose, "targets")
        return _dealt([self._of(name, good, *purpose) for name in order])

    def examples(
        self, row: int, targets: Sequence[str], good: NDArray[np.bool_], shots: int, *purpose: object
    ) -> list[int] | None:
        """Other samples with these targets, each in turn; None if there are not as many."""
        if not shots:
            return []
        groups = [[one for one in self._of(name, good, *purpose, row) if one != row] for name in targets]
        taken = _dealt(groups)[:shots]
        return taken if len(taken) == shots else None

    def keys(self, rows: Sequence[int]) -> list[str]:
        """The keys of samples."""
        return [self.worlds.keys[row] for row in rows]

    def _of(self, name: str, good: NDArray[np.bool_], *purpose: object) -> list[int]:
        fit = np.flatnonzero(good & (self.pairs.targets == self.pairs.names.index(name)))
        return self.lots.shuffled(fit.tolist(), *purpose, name)


def placed(right: Choice, wrong: Sequence[Choice], place: int) -> list[Choice]:
    """Choices, the right one in its place."""
    return [*wrong[:place], right, *wrong[place:]]


def _dealt(groups: Sequence[Sequence[int]]) -> list[int]:
    """The first of each group, then the second of each, ..."""
    return [one for turn in zip_longest(*groups) for one in turn if one is not None]
