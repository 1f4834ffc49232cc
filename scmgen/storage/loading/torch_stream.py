"""Shards as an iterable data set of torch; the one module here that knows torch, and that nobody here imports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch.utils.data import IterableDataset, get_worker_info

from scmgen.storage.loading import decoding, epochs
from scmgen.storage.loading.decoding import Arrays
from scmgen.storage.loading.reader import Data, load


class ShardStream(IterableDataset[Arrays]):
    """A split read from its shards for a torch ``DataLoader``, each sample once an epoch.

    The ranks of ``torch.distributed`` and the workers of the loader share the samples, whatever the number of
    shards; call :meth:`set_epoch` before each epoch, or all have one order.
    ``DataLoader(stream, batch_size=64, num_workers=2)`` collates samples; with ``batch_size=64`` here and
    ``DataLoader(stream, batch_size=None)`` batches come as they were decoded, which is faster.

    Args:
        data: a data set, its directory, or its URL as text.
        split: which split.
        shuffle: samples that each worker holds back to mix them; 0 keeps the order of the split.
        seed: seed of the order.
        batch_size: samples a batch; None for single samples.
        members: the image members to decode; all if None.
        truth: add what the labels of a weakly supervised set withhold.
        rank: number of this process, and of all; those of ``torch.distributed`` if None.
        even: leave the last few of each epoch out, so that all ranks have equally many.

    Raises:
        ScmgenError: if there is no such data set, split, member or rank.
    """

    def __init__(
        self,
        data: Data | str | Path,
        split: str = "train",
        *,
        shuffle: int = 0,
        seed: int = 0,
        batch_size: int | None = None,
        members: Sequence[str] | None = None,
        truth: bool = False,
        rank: tuple[int, int] | None = None,
        even: bool = False,
    ) -> None:
        self.data = data if isinstance(data, Data) else load(data)
        count = sum(shard.samples for shard in self.data.shards(split))
        number, ranks = rank or _distributed()
        positions = epochs.share(range(count - count % ranks if even else count), (number, ranks))
        wanted = decoding.members(self.data, members)
        self.batch_size = batch_size
        self._pass = epochs.Pass(self.data, split, positions, wanted, truth, shuffle, seed)
        self._pass.batches(1 if batch_size is None else batch_size)  # tells at once what does not fit
        self._epoch = torch.zeros((), dtype=torch.int64)
        torch.Tensor.share_memory_(self._epoch)  # type: ignore[no-untyped-call]  # workers that stay alive see it change

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next: another one has another order."""
        self._epoch.fill_(epoch)

    def __len__(self) -> int:
        """Samples that this rank reads in an epoch."""
        if self.batch_size is not None:
            raise TypeError("the number of batches depends on the number of workers")
        return len(self._pass.positions)

    def __iter__(self) -> Iterator[Arrays]:
        """Read this worker's share of this rank's share."""
        worker, positions = get_worker_info(), self._pass.positions
        if worker is not None:
            positions = epochs.share(positions, (worker.id, worker.num_workers))
        mine = replace(self._pass, positions=positions, epoch=int(self._epoch))
        return mine.samples() if self.batch_size is None else mine.batches(self.batch_size)


def _distributed() -> tuple[int, int]:
    """The number of this process and of all; alone, it is the first of one."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1
