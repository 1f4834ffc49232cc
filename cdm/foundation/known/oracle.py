"""The oracle: extractor and manipulator that know the truth of a data set, as far as its files tell it.

The graph is the manifest's, values are those of the labels, and what follows from a do is what the recorded twin of a
picture became under it.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cdm.data import shards
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.foundation.known import worded
from cdm.foundation.protocols import Manipulation, Picture
from cdm.foundation.semantic import SemanticSCM
from cdm.runs import progress

_TWIN = ("image_cf", "do_mask", "do_value", "factors_cf")  # what tells of a twin


@dataclass(frozen=True)
class Oracle:
    """What is true of the pictures of a split.

    Attributes:
        where: the data set, for errors.
        split: which split.
        pairs: its images and labels.
        manifest: what it tells of itself.
    """

    where: str
    split: str
    pairs: Pairs
    manifest: Mapping[str, Any]

    @classmethod
    def of(cls, where: str, split: str = "test", cache: Path | None = None) -> Oracle:
        """The oracle of a data set.

        Args:
            where: its directory or URL.
            split: which split.
            cache: where decoded shards are kept.

        Raises:
            CdmError: if it cannot be read, has no graph or no labels, or holds clips.
        """
        source = shards.read(where)
        if source.frames > 1:
            raise CdmError(f"{where}: clips; the oracle knows still pictures")
        if source.manifest["graph"] is None:
            raise CdmError(f"{where}: its manifest has no graph, which the oracle tells")
        pairs = progress.opened(source, split, cache)
        if "factors" not in pairs.arrays:
            raise CdmError(f"{where}: its labels do not tell factors, which the oracle reads")
        return cls(where, split, pairs, source.manifest)

    def extract(self, image: Picture) -> SemanticSCM:
        """The true semantic SCM of a picture of the split.

        Raises:
            CdmError: if it is none.
        """
        return self.scm(self.row(image))

    def manipulate(self, scm: SemanticSCM, do: Mapping[str, str], image: Picture) -> Manipulation:
        """What the recorded do made of a picture.

        Raises:
            CdmError: if the picture is none of the split, or the do is not the recorded one.
        """
        row = self.row(image)
        target, value = scm.single(do)
        recorded = self.done(row)
        if recorded != {target: value}:
            known = ", ".join(f"{name} = {word}" for name, word in recorded.items()) or "no do"
            raise CdmError(f"{self._place(row)}: do({target} = {value}): the oracle knows what is recorded: {known}")
        return worded.manipulation(scm, target, value, worded.values(self.pairs.code, self.after(row)))

    def row(self, image: Picture) -> int:
        """Which sample of the split has this picture, byte for byte.

        Raises:
            CdmError: if none has.
        """
        found = self._rows.get(_sum(image))
        if found is None:
            raise CdmError(f"{self.where}: no picture of split {self.split} is this one; the oracle knows only these")
        return found

    def scm(self, row: int) -> SemanticSCM:
        """The true semantic SCM of a sample."""
        directed = self.manifest["graph"]["adjacency"]["directed"]
        return worded.scm(self.pairs.code, self.pairs.arrays["factors"][row], directed)

    def done(self, row: int) -> dict[str, str]:
        """What was set in the twin of a sample, by factor; empty if nothing was.

        Raises:
            CdmError: if the labels do not tell it.
        """
        for name in _TWIN:
            if name not in self.pairs.arrays:
                raise CdmError(f"{self.where}: it does not tell {name}, which the oracle reads")
        words = worded.values(self.pairs.code, self.pairs.arrays["do_value"][row])
        targets = np.flatnonzero(self.pairs.arrays["do_mask"][row])
        return {self.pairs.code.names[k]: words[self.pairs.code.names[k]] for k in targets}

    def after(self, row: int) -> Any:
        """The values ``(d,)`` of the factors in the twin of a sample."""
        return self.pairs.arrays["factors_cf"][row]

    @property
    def paired(self) -> bool:
        """Whether the data set tells of twins."""
        return all(name in self.pairs.arrays for name in _TWIN)

    def recorded(self, image: Picture) -> dict[str, str]:
        """What was set in the twin of a picture."""
        return self.done(self.row(image))

    def twin(self, image: Picture) -> Picture:
        """The true counterfactual of a picture under its recorded do."""
        return np.asarray(self.pairs.arrays["image_cf"][self.row(image)])

    @functools.cached_property
    def _rows(self) -> dict[str, int]:
        """The first sample that has each picture."""
        rows: dict[str, int] = {}
        for row, image in enumerate(self.pairs.arrays["image"]):
            rows.setdefault(_sum(image), row)
        return rows

    def _place(self, row: int) -> str:
        return f"{self.where}: {self.split}-{row:09d}"


def _sum(image: Picture) -> str:
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()
