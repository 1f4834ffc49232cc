"""A split decoded once into arrays on disk, and read from there at random through a memory map.

The cache is a directory a split, named after the digest of the manifest: another build has another cache. It
holds one ``.npy`` file an image member and one for the labels, each of which appears whole or not at all and is proven
when it is opened (:mod:`scmgen.storage.loading.proof`).
"""

from __future__ import annotations

import functools
import itertools
import math
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.members import Member
from scmgen.errors import ScmgenError
from scmgen.storage.entries import ShardEntry
from scmgen.storage.loading import proof
from scmgen.storage.loading.decoding import Arrays, Raw, Stored, decode, raws
from scmgen.storage.loading.proof import Entry, Form, Standing, Writer
from scmgen.storage.places.place import Local
from scmgen.terminal import amount, note
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
    forms = _forms(source, sum(shard.samples for shard in shards), decoded)
    try:
        found = proof.standing(place, source.manifest.digest, forms)
        if _lacking(found, forms):
            proof.make(place)
            with proof.alone(place) as alone:
                _complete(source, shards, decoded, forms, found.faults, alone, progress)
    except OSError as error:
        reason = error.strerror or error
        raise ScmgenError(f"{place}: cannot be used: {reason}; name another directory with cache=") from None
    return decoded


def _forms(source: Stored, count: int, wanted: Samples) -> dict[str, Form]:
    """What each array of a cache is; of the labels only their number is known."""
    frame = source.manifest.frame
    shapes = {member: (count, *Member.named(member).shape(frame)) for member in wanted.members}
    return {wanted.labels: Form((count,))} | {name: Form(shape, np.dtype(np.uint8)) for name, shape in shapes.items()}


def _lacking(found: Standing, forms: Mapping[str, Form]) -> dict[str, Form]:
    """The arrays that are not there, or not proven."""
    return {name: form for name, form in forms.items() if name not in found.arrays}


def _mapped(path: Path) -> NDArray[Any]:
    """An array of a file, without reading it; as a plain array it is indexed faster than as a memmap."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _file(place: Path, name: str) -> Path:
    return place / f"{name}.npy"


def _complete(
    source: Stored,
    shards: Sequence[ShardEntry],
    wanted: Samples,
    forms: Mapping[str, Form],
    faults: Sequence[str],
    alone: bool,
    progress: Callable[[int], None] | None,
) -> None:
    """Decode what is lacking, unless another process has done so meanwhile; ``faults`` were found before."""
    place, digest = wanted.place, source.manifest.digest
    found = proof.standing(place, digest, forms)
    missing = _lacking(found, forms)
    if not missing:
        return
    for fault in (*found.faults, *faults)[:1]:
        note(f"{place}: {fault}; made anew")
    if alone:
        Local(place).sweep()
    count = sum(shard.samples for shard in shards)
    with nullcontext(progress) if progress else bar("decoding", count) as advance:
        entries = _write(source, shards, wanted, missing, advance)
    proof.clear(place, proof.FILE)
    Local(place).write(proof.FILE, proof.text(digest, {**found.entries, **entries}))
    made = proof.standing(place, digest, forms)
    if _lacking(made, forms):
        raise ScmgenError(f"{place}: does not keep what is written to it: {'; '.join(made.faults)}")


def _write(
    source: Stored,
    shards: Sequence[ShardEntry],
    wanted: Samples,
    missing: Mapping[str, Form],
    progress: Callable[[int], None],
) -> dict[str, Entry]:
    """Decode a split into the arrays that are missing; each gets its name when all are whole."""
    _check_room(wanted.place, missing)
    members = [member for member in wanted.members if member in missing]
    writers: dict[str, Writer] = {}
    with ExitStack() as files:
        for batch in _decoded(source, shards, members, wanted.labels == _TRUTH):
            count = len(batch["index"])
            arrays = {name: batch.pop(name) for name in members}
            arrays |= {wanted.labels: _packed(batch)} if wanted.labels in missing else {}
            for name, array in arrays.items():
                if name not in writers:
                    proof.clear(wanted.place, f"{name}.npy")
                    file = files.enter_context(Local(wanted.place).writing(f"{name}.npy"))
                    writers[name] = Writer(file, array.dtype, missing[name].shape)
                writers[name].append(array)
            progress(count)
    return {name: writer.entry for name, writer in writers.items()}


def _check_room(place: Path, missing: Mapping[str, Form]) -> None:
    needed = sum(math.prod(form.shape) for form in missing.values() if len(form.shape) > 1)
    free = shutil.disk_usage(place).free
    if free < needed:
        shortage = f"the decoded images need {amount(needed)}, and {amount(free)} are free"
        raise ScmgenError(f"{place}: {shortage}; name another directory with cache=, or fewer members")


def _decoded(source: Stored, shards: Sequence[ShardEntry], members: Sequence[str], truth: bool) -> Iterator[Arrays]:
    """The samples of some shards in order, decoded by a thread a core; one shard is in memory at a time."""
    frame, cores = source.manifest.frame, os.cpu_count() or 1
    step = max(1, _AT_ONCE // (frame.pixels * 3 * max(1, len(members))))
    job = functools.partial(decode, wanted=members, frame=frame)
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
