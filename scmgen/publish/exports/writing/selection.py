"""What is exported: the chosen splits of a data set, a few samples in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.render.frame import Frame
from scmgen.storage.entries import ShardEntry
from scmgen.storage.loading.archive import Archive
from scmgen.storage.loading.reader import Data

STEP = 64  # images of a chunk in the formats that have chunks
_LARGEST = 4 << 20  # bytes of a chunk, all of which a reader of one image must decompress
_AT_ONCE = 8 << 20  # bytes of images that are decoded at once
_STEPS = 16  # chunks that are written at once, at most


@dataclass(frozen=True)
class Block:
    """Consecutive samples of a split.

    Attributes:
        start: position of the first in the split.
        labels: the label of each, as docs/reference/format.md has it.
        archive: the shard that they lie in.
        rows: which of the shard's samples they are.
        frame: of each image.
    """

    start: int
    labels: list[dict[str, Any]]
    archive: Archive
    rows: range
    frame: Frame

    @property
    def stop(self) -> int:
        """Position after the last in the split."""
        return self.start + len(self.rows)

    @property
    def keys(self) -> list[str]:
        """The key of each sample."""
        return [self.archive.keys[row] for row in self.rows]

    def images(self, member: str) -> NDArray[np.uint8]:
        """The pixels of a member, ``(n, height, width, 3)``, or without the last axis."""
        return self.archive.images(member, self.rows, self.frame)

    def encoded(self, member: str) -> list[bytes]:
        """The PNG files of a member as they stand in the shard."""
        return [self.archive.content(member, row) for row in self.rows]


@dataclass(frozen=True)
class Selection:
    """The chosen splits of a data set.

    Attributes:
        data: the data set.
        splits: which of its splits.
        truth: whether labels are completed by what they withhold.
        units: whether a layout that scales labels leaves them in their units.
        advance: is told how many samples were written.
        options: those of the format alone, as it reads them.
    """

    data: Data
    splits: tuple[str, ...]
    truth: bool = False
    units: bool = False
    advance: Callable[[int], None] = lambda samples: None
    options: Any = None

    def describe(self, folder: Path, name: str = "source.json") -> None:
        """Write ``source.json``: the manifest of the data set, which says all that a layout has no place for."""
        (folder / name).write_bytes(orjson.dumps(self.data.manifest.data(), option=orjson.OPT_INDENT_2))

    def size(self, split: str) -> int:
        """Samples of a split."""
        return self.data.splits[split]

    def first(self) -> dict[str, Any]:
        """The label of the first sample; all others have its keys."""
        return next(self.data.rows(self.splits[0], self.truth))

    def blocks(self, split: str, first: int = 0, last: int | None = None, step: int = 0) -> Iterator[Block]:
        """Samples ``first`` to ``last`` of a split in order.

        A block ends at a multiple of ``step`` or with its shard. By default that is a multiple of 64, so that chunks
        are written whole, as many as a few megabytes of images allow.
        """
        step = step or self._step()
        at, last = 0, self.size(split) if last is None else last
        for shard in self.data.shards(split):
            begin, at = at, at + shard.samples
            if first < at and begin < last:
                yield from self._shard(shard, begin, max(first, begin), min(last, at), step)

    def slices(self, split: str) -> Iterator[tuple[int, int]]:
        """First and last positions of the samples of a split, as many at a time as :meth:`blocks` gives at most."""
        return _pieces(0, self.size(split), self._step())

    def _step(self) -> int:
        sample = 3 * self.data.frame.pixels * len(self.data.members)
        return STEP * min(_STEPS, max(1, _AT_ONCE // (STEP * sample)))

    def _shard(self, shard: ShardEntry, begin: int, first: int, last: int, step: int) -> Iterator[Block]:
        archive, apart = self.data.archive(shard), self.data.truths(shard) if self.truth else []
        for start, stop in _pieces(first, last, step):
            rows = range(start - begin, stop - begin)
            labels = archive.labels(rows)
            if apart:
                labels = [{**label, **apart[row]} for label, row in zip(labels, rows, strict=True)]
            yield Block(start, labels, archive, rows, self.data.frame)
            self.advance(stop - start)


def chunk(size: int) -> int:
    """Images of ``size`` bytes in a chunk: 64, or fewer of large ones."""
    count = STEP
    while count > 1 and count * size > _LARGEST:
        count //= 2
    return count


def _pieces(start: int, stop: int, step: int) -> Iterator[tuple[int, int]]:
    """Cut a range at the multiples of ``step``."""
    while start < stop:
        end = min(stop, (start // step + 1) * step)
        yield start, end
        start = end
