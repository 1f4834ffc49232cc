"""One pass over the shards of a split: in order or shuffled, whole or a share of it.

The order of an epoch is one sequence, the same for everybody who names the same seed and epoch; a share is
a run of it. So any number of ranks and workers, more than there are shards too, see each sample once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from scmgen.errors import ScmgenError
from scmgen.storage.loading.decoding import Arrays, Raw, Stored, decode, raws, singles

_SHARDS, _ROWS, _BUFFER = range(3)  # what a random number decides


def share(positions: range, part: tuple[int, int]) -> range:
    """Part i of k of some positions: runs whose lengths differ by one at most.

    >>> [share(range(10), (i, 3)) for i in range(3)]
    [range(0, 3), range(3, 6), range(6, 10)]

    Raises:
        ScmgenError: if there is no such part.
    """
    number, count = part
    if not 0 <= number < count:
        raise ScmgenError(f"part {number} of {count}: parts are numbered from 0 to the number of parts less one")
    return positions[number * len(positions) // count : (number + 1) * len(positions) // count]


@dataclass(frozen=True)
class Pass:
    """An epoch of a split, or the share of it at some positions.

    Attributes:
        source: the data set.
        split: which split.
        positions: which samples of the epoch's order.
        members: the image members to decode.
        truth: add what labels withhold.
        shuffle: samples that are held back to mix them; 0 keeps the order of the split.
        seed: seed of the order.
        epoch: number of the epoch: each has an order of its own.

    Raises:
        ScmgenError: if a number is negative.
    """

    source: Stored
    split: str
    positions: range
    members: tuple[str, ...]
    truth: bool = False
    shuffle: int = 0
    seed: int = 0
    epoch: int = 0

    def __post_init__(self) -> None:
        for name in ("shuffle", "seed", "epoch"):
            if getattr(self, name) < 0:
                raise ScmgenError(f"{name}: at least 0 is needed, found {getattr(self, name)}")

    def samples(self) -> Iterator[Arrays]:
        """The samples, one dict each; they are decoded some at a time."""
        return singles(self._ordered(), self.members, self.source.manifest.frame)

    def batches(self, size: int) -> Iterator[Arrays]:
        """The samples side by side, ``size`` at a time; the last may be fewer.

        Raises:
            ScmgenError: if batches of that size cannot be.
        """
        if size < 1:
            raise ScmgenError(f"batch_size: at least 1 is needed, found {size}")
        return self._batches(size)

    def _batches(self, size: int) -> Iterator[Arrays]:
        encoded = self._ordered()
        while batch := list(itertools.islice(encoded, size)):
            yield decode(batch, self.members, self.source.manifest.frame)

    def _ordered(self) -> Iterator[Raw]:
        """The samples at these positions in the order of the epoch."""
        encoded = self._raws()
        return _mixed(encoded, self.shuffle, self._rng(_BUFFER, self.positions.start)) if self.shuffle else encoded

    def _raws(self) -> Iterator[Raw]:
        """The samples at these positions; only the shards that they lie in are read."""
        shards, start = self.source.shards(self.split), 0
        for number in self._permutation(len(shards), _SHARDS):
            count = shards[number].samples
            here = range(max(self.positions.start - start, 0), min(self.positions.stop - start, count))
            if here:
                rows = self._permutation(count, _ROWS, number)[here.start : here.stop]
                yield from raws(self.source, shards[number], rows, self.members, self.truth)
            start += count

    def _permutation(self, count: int, *what: int) -> list[int]:
        """The numbers below ``count``, shuffled if this pass is."""
        return list(self._rng(*what).permutation(count).tolist()) if self.shuffle else list(range(count))

    def _rng(self, *what: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, self.epoch, *what))


def _mixed(encoded: Iterable[Raw], size: int, rng: np.random.Generator) -> Iterator[Raw]:
    """Hold ``size`` samples back and give one of them at random whenever another comes."""
    held: list[Raw] = []
    for sample in encoded:
        if len(held) < size:
            held.append(sample)
            continue
        place = int(rng.integers(size))
        sample, held[place] = held[place], sample
        yield sample
    yield from (held[place] for place in rng.permutation(len(held)))
