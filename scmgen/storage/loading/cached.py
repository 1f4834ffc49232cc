"""A split decoded once into arrays on disk, and read from there at random through a memory map.

The cache is a directory a split, named after the digest of the manifest: another build has another cache. It
holds one ``.npy`` file an image member and one for the labels, each of which appears whole or not at all.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.members import Member
from scmgen.errors import ScmgenError
from scmgen.storage.entries import ShardEntry
from scmgen.storage.loading.decoding import Arrays, Raw, Stored, decode, raws
from scmgen.storage.place import Local
from scmgen.terminal import amount
from scmgen.terminal import progress as bar

Rows = Sequence[int] | NDArray[Any] | slice

_LABELS, _TRUTH = "labels", "truth"  # the file of what labels tell, and of that and what they withhold
_AT_ONCE = 4_000_000  # bytes of decoded images that a thread works on


@dataclass(frozen=True)
class Samples:
    """A split in memory-mapped arrays: ``samples[7]``, ``samples[:64]``, ``samples[[3, 1, 4]]``.

    One sample is a dict of arrays, several are a dict of arrays with one more axis in front: ``index``,
    the images as uint8, ``factors``, ``noise``, ``do_mask``, ... as :class:`scmgen.dataset.stream.Batches` has them.
    It pickles as its paths, and holds nothing in memory but the map.

    With torch: ``DataLoader(samples, batch_size=64, shuffle=True, num_workers=2)``; faster, with whole batches
    gathered at once:
    ``DataLoader(samples, batch_size=None, sampler=BatchSampler(RandomSampler(samples), 64, drop_last=False))``.

    Attributes:
        place: the directory of the cache.
        labels: the file in it that holds the labels.
        members: the image members, each a file in it.
    """

    place: Path
    labels: str
    members: tuple[str, ...]

    def __reduce__(self) -> tuple[type[Samples], tuple[Path, str, tuple[str, ...]]]:
        """Travel between processes as paths."""
        return Samples, (self.place, self.labels, self.members)

    def __len__(self) -> int:
        """How many samples there are."""
        return len(self._labels)

    def __getitem__(self, key: int | Rows) -> Arrays:
        """One sample, or some side by side; what comes is a copy, which may be changed.

        Raises:
            IndexError: if there is no such sample.
        """
        if isinstance(key, int | np.integer):
            return {name: array[0] for name, array in self[[int(key)]].items()}
        rows = key if isinstance(key, slice) else np.asarray(key, np.int64 if len(key) == 0 else None)
        labels = self._labels[rows]
        columns = {name: np.ascontiguousarray(labels[name]) for name in labels.dtype.names or ()}
        images = {member: np.array(array[rows], copy=isinstance(rows, slice)) for member, array in self._images.items()}
        return {"index": columns.pop("index"), **images, **columns}

    def __getitems__(self, rows: Sequence[int]) -> list[Arrays]:
        """Some samples, one dict each, gathered at once: what a torch ``DataLoader`` asks for and collates."""
        batch = self[rows]
        return [dict(zip(batch, sample, strict=True)) for sample in zip(*batch.values(), strict=True)]

    @property
    def bytes(self) -> int:
        """What the cache takes on disk."""
        return sum(_file(self.place, name).stat().st_size for name in (self.labels, *self.members))

    @functools.cached_property
    def _labels(self) -> NDArray[np.void]:
        return _mapped(_file(self.place, self.labels))

    @functools.cached_property
    def _images(self) -> dict[str, NDArray[np.uint8]]:
        return {member: _mapped(_file(self.place, member)) for member in self.members}


def home() -> Path:
    """Where caches lie if nobody says otherwise: ``$XDG_CACHE_HOME/scmgen``, or ``~/.cache/scmgen``."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "scmgen"


def samples(
    source: Stored,
    split: str,
    *,
    cache: str | Path | None,
    members: Sequence[str],
    truth: bool,
    progress: Callable[[int], None] | None,
) -> Samples:
    """Open the cache of a split and decode what it lacks; :meth:`scmgen.Data.samples` tells the rest."""
    shards = source.shards(split)
    place = (home() if cache is None else Path(cache).absolute()) / source.manifest.digest / split
    labels = _TRUTH if truth and any(shard.truth for shard in shards) else _LABELS
    decoded = Samples(place, labels, tuple(members))
    shapes = _shapes(source, sum(shard.samples for shard in shards), decoded)
    try:
        if _missing(place, shapes):
            place.mkdir(parents=True, exist_ok=True)
            with _alone(place):
                _complete(source, shards, decoded, _missing(place, shapes), progress)  # another may have, meanwhile
    except OSError as error:
        reason = error.strerror or error
        raise ScmgenError(f"{place}: cannot be used: {reason}; name another directory with cache=") from None
    return decoded


def _shapes(source: Stored, count: int, wanted: Samples) -> dict[str, tuple[int, ...]]:
    """The shape of each array of a cache; that of the labels is their number alone."""
    size = source.manifest.size
    image = {1: (count, size, size), 3: (count, size, size, 3)}
    return {wanted.labels: (count,), **{member: image[Member.named(member).channels] for member in wanted.members}}


def _missing(place: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """The arrays that are not there whole."""
    return {name: shape for name, shape in shapes.items() if not _holds(_file(place, name), shape)}


def _holds(path: Path, shape: tuple[int, ...]) -> bool:
    try:
        array = _mapped(path)
    except (FileNotFoundError, ValueError, EOFError):
        return False
    return array.shape == shape and (array.dtype == np.uint8 if len(shape) > 1 else array.dtype.names is not None)


def _mapped(path: Path) -> NDArray[Any]:
    """An array of a file, without reading it; as a plain array it is indexed faster than as a memmap."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _file(place: Path, name: str) -> Path:
    return place / f"{name}.npy"


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Let other processes wait, where the system can: they find the cache made. A killed one leaves no lock."""
    with (place / ".lock").open("ab") as file:
        if _lock(file):
            Local(place).sweep()
        yield


def _lock(file: BinaryIO) -> bool:
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
    except (ImportError, OSError):  # not every system and file system has locks
        return False
    return True


def _complete(
    source: Stored,
    shards: Sequence[ShardEntry],
    wanted: Samples,
    missing: dict[str, tuple[int, ...]],
    progress: Callable[[int], None] | None,
) -> None:
    """Decode what is missing, if anything is, and show how far it is."""
    if missing:
        count = sum(shard.samples for shard in shards)
        with nullcontext(progress) if progress else bar("decoding", count) as advance:
            _write(source, shards, wanted, missing, advance)


def _write(
    source: Stored,
    shards: Sequence[ShardEntry],
    wanted: Samples,
    missing: dict[str, tuple[int, ...]],
    progress: Callable[[int], None],
) -> None:
    """Decode a split into the arrays that are missing; each gets its name when all are whole."""
    _check_room(wanted.place, missing)
    members = [member for member in wanted.members if member in missing]
    opened: dict[str, BinaryIO] = {}
    with ExitStack() as files:
        for batch in _decoded(source, shards, members, wanted.labels == _TRUTH):
            count = len(batch["index"])
            arrays = {name: batch.pop(name) for name in members}
            arrays |= {wanted.labels: _packed(batch)} if wanted.labels in missing else {}
            for name, array in arrays.items():
                if name not in opened:
                    opened[name] = files.enter_context(Local(wanted.place).writing(f"{name}.npy"))
                    _begin(opened[name], array.dtype, missing[name])
                opened[name].write(np.ascontiguousarray(array).data)
            progress(count)


def _check_room(place: Path, missing: dict[str, tuple[int, ...]]) -> None:
    needed = sum(math.prod(shape) for shape in missing.values() if len(shape) > 1)
    free = shutil.disk_usage(place).free
    if free < needed:
        shortage = f"the decoded images need {amount(needed)}, and {amount(free)} are free"
        raise ScmgenError(f"{place}: {shortage}; name another directory with cache=, or fewer members")


def _decoded(source: Stored, shards: Sequence[ShardEntry], members: Sequence[str], truth: bool) -> Iterator[Arrays]:
    """The samples of some shards in order, decoded by a thread a core; one shard is in memory at a time."""
    size, cores = source.manifest.size, os.cpu_count() or 1
    step = max(1, _AT_ONCE // (size * size * 3 * max(1, len(members))))
    job = functools.partial(decode, wanted=members, size=size)
    with ThreadPoolExecutor(cores) as pool:
        for shard in shards:
            encoded = raws(source, shard, range(shard.samples), members, truth)
            while tasks := _some(encoded, step, 2 * cores):
                yield from pool.map(job, tasks)


def _some(encoded: Iterator[Raw], step: int, count: int) -> list[list[Raw]]:
    """The next lists of ``step`` samples, at most ``count`` of them."""
    lists = (list(itertools.islice(encoded, step)) for _ in range(count))
    return [samples for samples in lists if samples]


def _packed(columns: Arrays) -> NDArray[np.void]:
    """The columns of labels as one structured array, a field each."""
    fields = [(name, array.dtype, array.shape[1:]) for name, array in columns.items()]
    table = np.empty(len(columns["index"]), fields)
    for name, array in columns.items():
        table[name] = array
    return table


def _begin(file: BinaryIO, kind: np.dtype[Any], shape: tuple[int, ...]) -> None:
    """Write the head of an ``.npy`` file."""
    header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_2_0(file, header)
