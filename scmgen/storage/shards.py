"""A shard: a tar of samples that is a pure function of (spec, shard).

That is what makes resuming, parallel and distributed building simple. docs/reference/format.md describes the
result.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset import fingerprint
from scmgen.dataset.batch import Batch, between, part
from scmgen.dataset.content import Content
from scmgen.dataset.labels import key, lines, truth, truth_name, withheld
from scmgen.dataset.members import drawing_slices, images, members_of, suffixes
from scmgen.dataset.sampling import Dataset, compiled
from scmgen.errors import ScmgenError
from scmgen.storage import kept, png, tar
from scmgen.storage.kept import Draw
from scmgen.storage.places.place import Folder, folder
from scmgen.storage.summary import (
    NORMALISED_BY,
    Histogram,
    Moments,
    added,
    check_levels,
    combinations,
    histogram,
    moments,
)

Look = Callable[[slice, NDArray[np.uint8]], None]
"""What is shown the factual images of some rows when they are drawn, on their way to a shard."""

MOST_SHARDS = 100_000  # of a data set: each takes some kilobytes of memory in a build, and a line of the manifest
_OCTAL = re.compile(rb"[0-7]+")


@dataclass(frozen=True)
class Shard:
    """Samples ``start`` to ``stop`` of a split, and the file that they go to."""

    name: str
    split: str
    start: int
    stop: int


@dataclass(frozen=True)
class Shown:
    """What one shard knows of what a manifest tells of pixels.

    Attributes:
        bytes: of those of its images that the channels' mean and deviation are taken over; None if there are none.
        opening: its part of the fingerprint, if it holds the first sample of a split.
    """

    bytes: Histogram | None
    opening: fingerprint.Part | None


@dataclass(frozen=True)
class Record:
    """A written shard, as the manifest lists it, and the summary of its samples."""

    name: str
    split: str
    samples: int
    bytes: int
    sha256: str
    factors: Mapping[str, Moments]
    targets: tuple[Mapping[str, int], ...]  # of each step: samples a target, and without any
    kinds: tuple[Mapping[str, int], ...]  # of each step: samples a kind
    levels: Mapping[tuple[int, ...], int]  # samples of each combination of levels
    truth: Mapping[str, Any] | None  # name, bytes and sha256 of the file that holds what labels withhold
    shown: Shown

    def entry(self) -> dict[str, Any]:
        """The part of the record that stands in the manifest."""
        plain = {key: getattr(self, key) for key in ("name", "split", "samples", "bytes", "sha256")}
        return plain if self.truth is None else {**plain, "truth": dict(self.truth)}


def plan(content: Content) -> list[Shard]:
    """Every shard of a data set, split by split.

    Raises:
        ScmgenError: if there are more than :data:`MOST_SHARDS`.
    """
    count = sum(-(-size // content.shard_size) for size in content.sizes().values())
    if count > MOST_SHARDS:
        needed = -(-content.n // max(1, MOST_SHARDS - len(content.sizes())))
        found = f"{content.n:,} samples, {content.shard_size:,} a shard, are {count:,} shards"
        raise ScmgenError(f"{content.name}: {found}; at most {MOST_SHARDS:,} are made: --shard-size {needed} or more")
    shards = []
    for split, size in content.sizes().items():
        for number, start in enumerate(range(0, size, content.shard_size)):
            name = f"{content.name}-{split}-{number:06d}.tar"
            shards.append(Shard(name, split, start, min(size, start + content.shard_size)))
    return shards


def normalising(content: Content, shard: Shard) -> int:
    """How many images of a shard the channels' mean and deviation are taken over: the first of the first split."""
    first = next(split for split, size in content.sizes().items() if size)
    return max(0, min(shard.stop, NORMALISED_BY) - shard.start) if shard.split == first else 0


def members(
    dataset: Dataset, batch: Batch, look: Look = lambda rows, images: None, draw: Draw = images
) -> Iterator[bytes]:
    """The samples of a batch as pieces of a tar, in order; ``look`` is shown the factual images on their way."""
    endings, written = suffixes(dataset.spec), lines(dataset, batch, withheld(dataset.spec))
    for rows in kept.slices(dataset, len(written)):
        drawn = draw(dataset, batch, rows)
        look(rows, drawn[0])
        files = [png.encode(strips) for strips in _strips(dataset, drawn)]
        files.append(written[rows])
        for offset, sample in enumerate(zip(*files, strict=True)):
            name = key(batch.split, batch.start + rows.start + offset)
            yield b"".join(tar.member(name + ending, data) for ending, data in zip(endings, sample, strict=True))


def _stills(dataset: Dataset, drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images one by one, those of clips too."""
    return drawn.reshape(-1, *dataset.spec.frame.still.shape)


def _strips(dataset: Dataset, drawn: Sequence[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    """Images as their files hold them: those of a clip one below the other."""
    strip = dataset.spec.frame.strip
    for member, array in zip(members_of(dataset.spec), drawn, strict=False):  # the label is the last member
        yield array.reshape(-1, *member.shape(strip))


def write_shard(dataset: Dataset, shard: Shard, place: Folder) -> Record:
    """Write one shard, which appears there when it is whole.

    Raises:
        ScmgenError: if the scene gives values that are not finite, or no levels.
        OSError: if the disk is full or the place cannot be written.
    """
    batch, opening = _sampled(dataset, shard)
    levels = {name: factor.domain.levels for name, factor in dataset.scene.factors.items()}
    for world in batch.worlds():
        check_levels(world, levels)
    apart, most = truth(dataset, batch), normalising(dataset.spec, shard)
    counted: list[Histogram] = []

    def look(rows: slice, drawn: NDArray[np.uint8]) -> None:
        if rows.start < most:
            counted.append(histogram(_stills(dataset, drawn[: most - rows.start])))

    if apart is not None:
        place.write(truth_name(shard.name), apart)
    draw = kept.drawer(place, shard.name, dataset, shard.stop - shard.start)
    file = write_tar(place, shard.name, members(dataset, batch, look, draw))
    if draw is not images:
        kept.clear(place, shard.name)
    shown = Shown(added(counted) if counted else None, opening)
    return _record(dataset, shard, batch, *file, apart, shown)


def write_tar(place: Folder, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
    """Write an archive from its members; give its bytes and its sum.

    Raises:
        OSError: if the disk is full or the place cannot be written.
    """
    digest, size = hashlib.sha256(), 0
    with place.writing(name) as file:
        for piece in itertools.chain(pieces, [tar.END]):
            digest.update(piece)
            size += file.write(piece)
    return size, digest.hexdigest()


def keep_or_write(spec_json: bytes, where: str, writing: bool, task: tuple[Shard, str | None]) -> Record | None:
    """What a worker does with one shard: a function of data alone, which travels between processes."""
    dataset, place, (shard, sha256) = compiled(spec_json), folder(where), task
    there = keep_shard(dataset, shard, place, sha256)
    return write_shard(dataset, shard, place) if there is None and writing else there


def keep_shard(dataset: Dataset, shard: Shard, place: Folder, sha256: str | None) -> Record | None:
    """Recognise a shard that an earlier build wrote, or None if it must be written (again)."""
    file = find_tar(place, shard, suffixes(dataset.spec), sha256)
    if file is None:
        return None
    batch, opening = _sampled(dataset, shard)
    apart = truth(dataset, batch)
    try:
        if apart is not None and place.read(truth_name(shard.name), len(apart)) != apart:
            return None
    except (FileNotFoundError, ScmgenError):  # not there, or larger than it should be
        return None
    return _record(dataset, shard, batch, *file, apart, Shown(_redrawn(dataset, shard, batch), opening))


def _sampled(dataset: Dataset, shard: Shard) -> tuple[Batch, fingerprint.Part | None]:
    """The samples of a shard, and if they are the first of their split what these add to the fingerprint."""
    if shard.start:
        return dataset.samples(shard.split, shard.start, shard.stop), None
    whole = dataset.samples(shard.split, 0, max(shard.stop, fingerprint.SAMPLES))
    return between(whole, 0, shard.stop), fingerprint.of_batch(dataset, whole)


def _redrawn(dataset: Dataset, shard: Shard, batch: Batch) -> Histogram | None:
    """What a manifest tells of the images of a shard that was kept, whose pixels nobody has."""
    counted = [
        histogram(_stills(dataset, dataset.draw(shard.split, batch.domain[rows], part(batch.values, rows))))
        for rows in drawing_slices(dataset.spec.frame, normalising(dataset.spec, shard))
    ]
    return added(counted) if counted else None


def find_tar(place: Folder, shard: Shard, endings: Sequence[str], sha256: str | None) -> tuple[int, str] | None:
    """Bytes and sum of a shard that is there, or None if it must be written (again).

    A file under its final name is whole; it is kept if its members are those of the plan, and its
    sum is that of ``sha256`` where a manifest knew it.
    """
    try:
        with place.open(shard.name) as file:
            if not _holds(file, shard, endings):
                return None
            size = file.tell()
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
    return None if sha256 is not None and digest != sha256 else (size, digest)


def _holds(file: BufferedReader, shard: Shard, endings: Sequence[str]) -> bool:
    """Whether a tar holds exactly the members of the plan, read by its headers to the end."""
    names = (key(shard.split, index) + ending for index in range(shard.start, shard.stop) for ending in endings)
    for name in names:
        header = file.read(tar.BLOCK)
        if header[:100].rstrip(b"\0") != name.encode() or not _OCTAL.fullmatch(header[124:135]):
            return False
        length = int(header[124:135], 8)
        file.seek(length + -length % tar.BLOCK, os.SEEK_CUR)
    return file.read(len(tar.END) + 1) == tar.END


def record(dataset: Dataset, shard: Shard, batch: Batch, data: bytes, apart: bytes | None, shown: Shown) -> Record:
    """What a shard that holds these samples tells the manifest; ``data`` is its file, ``apart`` its truth file."""
    return _record(dataset, shard, batch, len(data), hashlib.sha256(data).hexdigest(), apart, shown)


def _record(
    dataset: Dataset, shard: Shard, batch: Batch, size: int, sha256: str, apart: bytes | None, shown: Shown
) -> Record:
    factors = dataset.scene.factors
    targets = [
        {**dict(zip(factors, mask.sum(axis=0).tolist(), strict=True)), "none": int((mask.sum(axis=1) == 0).sum())}
        for mask in (twin.table.targets for twin in batch.twins)
    ]
    return Record(
        shard.name,
        shard.split,
        shard.stop - shard.start,
        size,
        sha256,
        {name: moments(batch.values[name]) for name in factors},
        tuple(targets),
        tuple(Counter(twin.table.kinds.tolist()) for twin in batch.twins),
        combinations(batch.values, {name: factor.domain.levels for name, factor in factors.items()}),
        None if apart is None else _beside(shard, apart),
        shown,
    )


def _beside(shard: Shard, data: bytes) -> dict[str, Any]:
    return {"name": truth_name(shard.name), "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
