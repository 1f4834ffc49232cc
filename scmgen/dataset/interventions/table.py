"""The do-table: what is done to each row of a batch, in one form for every kind."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scmgen.scm.model import Affine
from scmgen.scm.vocabulary import Array

NONE = "none"  # the kind of a row in which nothing is intervened on
KIND = np.dtype(object)  # of the names of kinds, which are of any length


@dataclass(frozen=True)
class DoTable:
    """What is done to each sample: arrays of shape ``(n, factors)``, affine as in the SCM.

    Of clips they have the shape ``(n, frames, factors)``.

    Attributes:
        kinds: ``(n,)`` the kind of each row; :data:`NONE` where nothing is intervened on.
        mask: 1 where the factor is a target.
        scale, shift: x := scale * f + shift; (1, 0) off the mask.
    """

    kinds: NDArray[np.object_]
    mask: NDArray[np.int64]
    scale: Array
    shift: Array

    def do(self, factors: Collection[str]) -> dict[str, Affine]:
        """The table as the argument of :meth:`scmgen.scm.model.SCM.solve`."""
        return {
            name: Affine(self.scale[..., k], self.shift[..., k])
            for k, name in enumerate(factors)
            if self.mask[..., k].any()
        }

    @property
    def targets(self) -> NDArray[np.int64]:
        """The targets of each sample in any of its frames, ``(n, factors)``."""
        return self.mask.max(axis=1) if self.mask.ndim == 3 else self.mask

    def over(self, earlier: DoTable) -> DoTable:
        """This table, and where it has no target the earlier one: what holds after both steps."""
        mine = self.mask == 1
        scale, shift = np.where(mine, self.scale, earlier.scale), np.where(mine, self.shift, earlier.shift)
        return DoTable(self.kinds, self.mask | earlier.mask, scale, shift)

    def without(self, mask: NDArray[np.int64]) -> DoTable:
        """This table with nothing done where ``mask`` is 1."""
        free = mask == 1
        scale, shift = np.where(free, 1.0, self.scale), np.where(free, 0.0, self.shift)
        return DoTable(self.kinds, self.mask & ~mask, scale, shift)

    def rows(self, rows: NDArray[np.int64]) -> DoTable:
        """Some rows of the table."""
        return DoTable(self.kinds[rows], self.mask[rows], self.scale[rows], self.shift[rows])


def table(kind: str, mask: NDArray[np.int64], scale: Array, shift: Array) -> DoTable:
    """The table of one kind; what ``scale`` and ``shift`` say off the mask does not count."""
    kinds = np.where(mask.any(axis=tuple(range(1, mask.ndim))), np.array(kind, KIND), np.array(NONE, KIND))
    return DoTable(kinds, mask, np.where(mask == 1, scale, 1.0), np.where(mask == 1, shift, 0.0))


def nothing(n: int, factors: int, frames: int | None = None) -> DoTable:
    """The table of no intervention."""
    mask = np.zeros((n, factors) if frames is None else (n, frames, factors), np.int64)
    return DoTable(np.full(n, NONE, KIND), mask, np.ones(mask.shape), np.zeros(mask.shape))
