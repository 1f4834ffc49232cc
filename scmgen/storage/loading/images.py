"""The images of a split as a sequence that decodes only what is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.members import Member
from scmgen.storage.entries import ShardEntry
from scmgen.storage.loading.decoding import Stored


@dataclass(frozen=True)
class Images:
    """The images of a split: ``images[7]``, ``images[:64]`` and ``images[[3, 1, 4]]`` decode what they name."""

    data: Stored
    split: str
    member: str
    shards: list[ShardEntry] = field(repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """``(n, height, width, 3)``, or without the last axis for masks and grey images."""
        return (len(self), *Member.named(self.member).shape(self.data.manifest.frame))

    @property
    def dtype(self) -> np.dtype[np.uint8]:
        """Bytes."""
        return np.dtype(np.uint8)

    def __len__(self) -> int:
        """How many samples there are."""
        return sum(shard.samples for shard in self.shards)

    def __getitem__(self, key: int | slice | Sequence[int] | NDArray[Any]) -> NDArray[np.uint8]:
        """Decode one image, or some; each shard that they lie in is read once, and the last few are kept in memory.

        Raises:
            IndexError: if there is no such image.
        """
        if isinstance(key, int | np.integer):
            return np.asarray(self[[int(key)]][0])
        wanted = _positions(key, len(self))
        pixels, start = np.empty((len(wanted), *self.shape[1:]), np.uint8), 0
        for shard in self.shards:
            stop = start + shard.samples
            here = np.flatnonzero((wanted >= start) & (wanted < stop))
            if here.size:
                archive = self.data.archive(shard, keep=True)
                pixels[here] = archive.images(self.member, wanted[here] - start, self.data.manifest.frame)
            start = stop
        return pixels

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All of them."""
        return np.asarray(self[:], dtype)


def _positions(key: slice | Sequence[int] | NDArray[Any], count: int) -> NDArray[np.int64]:
    """Which of ``count`` samples are meant, counted from the front.

    Raises:
        IndexError: if one is not there.
    """
    if isinstance(key, slice):
        return np.arange(*key.indices(count), dtype=np.int64)
    given = np.asarray(key, np.int64 if len(key) == 0 else None)
    if given.dtype == bool:
        if given.shape != (count,):
            raise IndexError(f"a mask of {count} samples is needed, found one of shape {given.shape}")
        return np.flatnonzero(given)
    if given.dtype.kind not in "iu" or given.ndim != 1:
        raise IndexError(f"positions are whole numbers in a row, found {given.dtype} of shape {given.shape}")
    outside = (given < -count) | (given >= count)
    if outside.any():
        raise IndexError(f"index {given[outside][0]} is out of bounds for {count} samples")
    return np.asarray(np.where(given < 0, given + count, given), np.int64)
