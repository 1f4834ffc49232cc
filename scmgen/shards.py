"""A shard: a tar of samples that is a pure function of (spec, shard).

That is what makes resuming, parallel and distributed building simple. docs/format.md describes the
result.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from scmgen import png, tar
from scmgen.dataset import Batch, Dataset, Spec, compile_spec
from scmgen.files import atomic
from scmgen.vocabulary import Array

_DRAWN_AT_ONCE = 8_000_000  # pixels that one batch of images holds
_OCTAL = re.compile(rb"[0-7]+")


@dataclass(frozen=True)
class Shard:
    """Samples ``start`` to ``stop`` of a split, and the file that they go to."""

    name: str
    split: str
    start: int
    stop: int


@dataclass(frozen=True)
class Moments:
    """What can be said of one factor without its samples; merged over shards in their order."""

    count: int
    mean: float
    squares: float  # sum of squared deviations from the mean
    least: float
    most: float

    def merge(self, other: Moments) -> Moments:
        """Combine two parts (Chan, Golub and LeVeque 1979)."""
        count, gap = self.count + other.count, other.mean - self.mean
        mean = self.mean + gap * other.count / count
        squares = self.squares + other.squares + gap * gap * self.count * other.count / count
        return Moments(count, mean, squares, min(self.least, other.least), max(self.most, other.most))


@dataclass(frozen=True)
class Record:
    """A written shard, as the manifest lists it, and the summary of its samples."""

    name: str
    split: str
    samples: int
    bytes: int
    sha256: str
    factors: Mapping[str, Moments]
    targets: Mapping[str, int]

    def entry(self) -> dict[str, Any]:
        """The part of the record that stands in the manifest."""
        data = asdict(self)
        return {key: data[key] for key in ("name", "split", "samples", "bytes", "sha256")}


def plan(spec: Spec) -> list[Shard]:
    """Every shard of a data set, split by split."""
    shards = []
    for split, size in spec.sizes().items():
        for number, start in enumerate(range(0, size, spec.shard_size)):
            name = f"{spec.name}-{split}-{number:06d}.tar"
            shards.append(Shard(name, split, start, min(size, start + spec.shard_size)))
    return shards


def key(split: str, index: int) -> str:
    """The key of a sample: unique in the whole data set, without a dot."""
    return f"{split}-{index:09d}"


def suffixes(spec: Spec) -> list[str]:
    """The members of one sample, in their order."""
    pairs = [".image_cf.png"] if spec.interventions else []
    masks = [".mask.png", *([".mask_cf.png"] if pairs else [])] if spec.masks else []
    return [".image.png", *pairs, *masks, ".label.json"]


def labels(dataset: Dataset, batch: Batch) -> list[dict[str, Any]]:
    """The label of each sample: a fixed schema, no null, no empty list, floats always floats."""
    scene, n = dataset.scene, batch.stop - batch.start
    groups: list[tuple[str, list[Any]]] = [
        ("index", list(range(batch.start, batch.stop))),
        ("split", [batch.split] * n),
        ("factors", _rows(batch.values, scene.factors)),
    ]
    if batch.values_cf is not None:
        groups.append(("factors_cf", _rows(batch.values_cf, scene.factors)))
    if scene.hidden:
        groups.append(("hidden", _rows(batch.values, scene.hidden)))
        if batch.values_cf is not None:
            groups.append(("hidden_cf", _rows(batch.values_cf, scene.hidden)))
    groups.append(("noise", _rows(batch.noise, batch.noise)))
    if batch.table is not None and batch.values_cf is not None:
        table = batch.table
        seen, after = (np.stack([v[name] for name in scene.factors], axis=1) for v in (batch.values, batch.values_cf))
        groups += [
            ("do_kind", table.kinds),
            ("do_mask", table.mask.tolist()),
            ("do_value", np.where(table.mask == 1, after, seen).tolist()),
            ("do_scale", table.scale.tolist()),
            ("do_shift", table.shift.tolist()),
        ]
    names = [name for name, _ in groups]
    return [dict(zip(names, row, strict=True)) for row in zip(*(rows for _, rows in groups), strict=True)]


def _rows(values: Mapping[str, Array], names: Any) -> list[dict[str, float]]:
    columns = [values[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _part(values: Mapping[str, Array], rows: slice) -> dict[str, Array]:
    return {name: array[rows] for name, array in values.items()}


def images(dataset: Dataset, batch: Batch, rows: slice) -> list[Any]:
    """The pixels of some rows of a batch, one array for each image member of :func:`suffixes`."""
    scene, size = dataset.scene, dataset.spec.size
    worlds = [_part(values, rows) for values in (batch.values, batch.values_cf) if values is not None]
    drawn = [scene.render(world, size) for world in worlds]
    return drawn + ([scene.masks(world, size) for world in worlds] if dataset.spec.masks else [])


def drawing_slices(dataset: Dataset, count: int) -> Iterator[slice]:
    """Rows to draw at a time, so that memory does not grow with the size of images or shards."""
    step = max(1, _DRAWN_AT_ONCE // dataset.spec.size**2)
    return (slice(start, min(count, start + step)) for start in range(0, count, step))


def members(dataset: Dataset, batch: Batch) -> Iterator[bytes]:
    """The samples of a batch as pieces of a tar, in order."""
    endings = suffixes(dataset.spec)
    written = labels(dataset, batch)
    for rows in drawing_slices(dataset, len(written)):
        files = [png.encode(array) for array in images(dataset, batch, rows)]
        files.append([orjson.dumps(label) for label in written[rows]])
        for offset, sample in enumerate(zip(*files, strict=True)):
            name = key(batch.split, batch.start + rows.start + offset)
            yield b"".join(tar.member(name + ending, data) for ending, data in zip(endings, sample, strict=True))


def write_shard(dataset: Dataset, shard: Shard, out: Path) -> Record:
    """Write one shard under a temporary name, flush it to disk, and rename it.

    Raises:
        ScmgenError: if the scene gives values that are not finite.
        OSError: if the disk is full or the directory cannot be written.
    """
    batch = dataset.evaluate(shard.split, shard.start, shard.stop)
    digest, size = hashlib.sha256(), 0
    with atomic(out / shard.name) as file:
        for piece in (*members(dataset, batch), tar.END):
            digest.update(piece)
            size += file.write(piece)
    return _record(dataset, shard, batch, size, digest.hexdigest())


def keep_shard(dataset: Dataset, shard: Shard, out: Path, sha256: str | None) -> Record | None:
    """Recognise a shard that an earlier build wrote, or None if it must be written (again).

    A file under its final name was renamed there whole; it is kept if its members are those of the
    plan, and its sum is that of ``sha256`` where a manifest knew it.
    """
    path = out / shard.name
    if not path.exists() or not _holds(path, shard, suffixes(dataset.spec)):
        return None
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 is not None and digest != sha256:
        return None
    batch = dataset.evaluate(shard.split, shard.start, shard.stop)
    return _record(dataset, shard, batch, path.stat().st_size, digest)


def _holds(path: Path, shard: Shard, endings: list[str]) -> bool:
    """Whether a tar holds exactly the members of the plan, read by its headers."""
    names = (key(shard.split, index) + ending for index in range(shard.start, shard.stop) for ending in endings)
    with path.open("rb") as file:
        for name in names:
            header = file.read(tar.BLOCK)
            if header[:100].rstrip(b"\0") != name.encode() or not _OCTAL.fullmatch(header[124:135]):
                return False
            length = int(header[124:135], 8)
            file.seek(length + -length % tar.BLOCK, os.SEEK_CUR)
        return file.read() == tar.END


def _record(dataset: Dataset, shard: Shard, batch: Batch, size: int, sha256: str) -> Record:
    factors = {name: _moments(batch.values[name]) for name in dataset.scene.factors}
    return Record(shard.name, shard.split, shard.stop - shard.start, size, sha256, factors, _targets(dataset, batch))


def _moments(values: Array) -> Moments:
    mean = float(values.mean())
    return Moments(len(values), mean, float(((values - mean) ** 2).sum()), float(values.min()), float(values.max()))


def _targets(dataset: Dataset, batch: Batch) -> dict[str, int]:
    if batch.table is None:
        return {}
    counts = dict(zip(dataset.scene.factors, batch.table.mask.sum(axis=0).tolist(), strict=True))
    return {**counts, "none": int((batch.table.mask.sum(axis=1) == 0).sum())}


@functools.lru_cache(maxsize=4)
def load(spec_json: bytes) -> Dataset:
    """Compile a spec once a process: what travels to a worker is JSON."""
    return compile_spec(Spec.model_validate_json(spec_json))
