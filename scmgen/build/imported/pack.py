"""Importing: read the tables, look at every image, claim a folder, write the shards, commit with the manifest.

Nothing is written before all that can be told without decoding an image is known to be right. Sample i of
a split depends on the seed, the table and the images alone; a killed import is finished by the same command.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.build.claim import GOES_ON, claim, held, reported, withdraw
from scmgen.build.commit import commit
from scmgen.build.imported import naming, pictures
from scmgen.build.imported.attributes import attribute
from scmgen.build.imported.columns import is_key
from scmgen.build.imported.pictures import Picture
from scmgen.build.imported.request import Request
from scmgen.build.imported.splits import assign, lists
from scmgen.build.imported.survey import find
from scmgen.dataset import fingerprint
from scmgen.dataset.labels import key
from scmgen.dataset.members import IMAGE, drawing_slices
from scmgen.errors import ScmgenError
from scmgen.scm.graph_files import graph_file
from scmgen.scm.notation import node_link
from scmgen.storage import composition, png, tar
from scmgen.storage.entries import ShardEntry
from scmgen.storage.imported import Attribute, ImportedSpec
from scmgen.storage.loading import archive
from scmgen.storage.manifest import Manifest
from scmgen.storage.places.place import Folder, folder
from scmgen.storage.processes.pool import run
from scmgen.storage.shards import Record, Shard, Shown, find_tar, normalising, plan, write_tar
from scmgen.storage.summary import added, combinations, histogram, moments

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Import:
    """What an import would write: all is known of it but the pixels.

    Attributes:
        source: everything that its bytes depend on.
        take: gives pictures by their names.
        files: for each split the name of each sample's picture, for a file its path from the directory of images.
        values: for each split the factors, ``(n, factors)``.
        notes: what a user may not expect, a sentence each.
    """

    source: ImportedSpec
    take: Callable[[Sequence[str]], Sequence[Picture]]
    files: Mapping[str, Sequence[str]]
    values: Mapping[str, NDArray[np.float64]]
    notes: tuple[str, ...]


def prepare(request: Request, *, workers: int = 1, progress: Progress = lambda images: None) -> Import:
    """Read the tables and look at every image; nothing is written.

    Args:
        request: what is asked for.
        workers: processes that look at images.
        progress: called with a number of images that were looked at.

    Raises:
        ScmgenError: if a table, an image or the graph cannot be used; docs/how-to/import.md lists the reasons.
    """
    name = request.called
    stock = find(request, workers, progress)
    table, names = stock.table, naming.names(stock.table.columns, stock.table.where)
    factors = {name: attribute(request, table, header, name) for header, name in names.items()}
    graph = graph_file.read(request.graph, names) if request.graph else None
    rows = assign(request, table, stock.files)
    sums, size = stock.survey()
    matrix = np.stack([column.values for column in table.columns.values()], axis=1)
    values = {split: matrix[chosen] for split, chosen in rows.items()}
    picked = {split: [stock.files[row] for row in chosen] for split, chosen in rows.items()}
    seen = {split: [sums[row] for row in chosen] for split, chosen in rows.items()}
    source = ImportedSpec(
        name=name,
        size=size,
        shard_size=request.shard_size,
        seed=request.seed,
        white=request.white,
        fit=request.fit,
        splits={split: len(chosen) for split, chosen in rows.items()},
        factors=factors,
        graph=None if graph is None else node_link(graph),
        samples=_digest(list(factors), picked, seen, values),
        tables=table.sums | lists(request),
        license=request.license,
        description=request.description,
        citation=request.citation,
    )
    keys = [header for header, column in table.columns.items() if is_key(header, column)]
    notes = (*table.notes, *_notes(request, names, factors, stock.unused), *_numbered(request, keys))
    return Import(source, stock.take, picked, values, notes)


def _notes(
    request: Request, names: Mapping[str, str], attributes: Mapping[str, Attribute], unused: int
) -> Iterator[str]:
    renamed = [f"{column!r} is called {name}" for column, name in names.items() if column != name]
    if renamed:
        yield f"names of factors are letters, digits and _: {', '.join(renamed)}"
    if unused:
        yield f"{unused:,} images of {request.images} stand in no row of the table and were left out"
    for column, given in request.circular.items():
        if given is None and column in names:
            low, high = attributes[names[column]].range
            reported = f"{names[column]} is taken to come round from {low:g} to {high:g}"
            yield f"{reported}; --circular {column}=LOW:HIGH says otherwise"


def _numbered(request: Request, keys: Sequence[str]) -> Iterator[str]:
    """Columns that seem to number rows and are factors all the same, unless they were asked for."""
    for column in keys:
        if column not in request.columns:
            said = f"--omit {column} leaves it out, --columns says that it is one"
            yield f"{column!r} seems to say which image it is, and not what it shows; it is taken for a factor: {said}"


def _digest(
    names: Sequence[str],
    files: Mapping[str, Sequence[str]],
    sums: Mapping[str, Sequence[str]],
    values: Mapping[str, NDArray[np.float64]],
) -> str:
    """Sha256 over what each sample is made from, in order."""
    digest = hashlib.sha256(orjson.dumps(names))
    for split in files:
        for file, sha256, row in zip(files[split], sums[split], values[split].tolist(), strict=True):
            digest.update(orjson.dumps([split, file, sha256, row]))
    return digest.hexdigest()


def write(
    job: Import,
    out: str | Path,
    *,
    workers: int = 1,
    force: bool = False,
    progress: Progress = lambda samples: None,
) -> Manifest:
    """Write the data set, or finish one that was begun; give its manifest.

    Args:
        job: what :func:`prepare` found.
        out: the directory, or a URL as text.
        workers: processes; the bytes do not depend on it.
        force: replace another data set that stands there.
        progress: called with the number of samples of each finished shard.

    Raises:
        ScmgenError: if an image cannot be decoded (then nothing stays), or the place is another's or cannot be written.
    """
    place, source, planned = folder(out), job.source, plan(job.source)
    with held(place):
        known = claim(source, place, force)
        doing = functools.partial(_shard, place.where, tuple(source.factors), source)
        tasks = _Tasks(job, planned, known)
        records: list[Record] = []
        with reported(place, GOES_ON):
            place.sweep()
            with closing(run(doing, tasks, workers if place.shared else 1)) as written:
                for done in written:
                    if isinstance(done, str):
                        problem = done
                        break
                    progress(done.samples)
                    records.append(done)
                else:
                    return commit(composition.compose_imported(source, records), place)
            withdraw(source, place)
            raise ScmgenError(problem)


@dataclass(frozen=True)
class _Task:
    """One shard: what is known of it, and the names, pictures and factors of its samples."""

    shard: Shard
    sha256: str | None
    files: Sequence[str]
    pictures: Sequence[Picture]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class _Tasks(Sequence[_Task]):
    """The shards to write, each made up when its turn comes: pixels from an IDX file are copied for workers."""

    job: Import
    shards: Sequence[Shard]
    known: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.shards)

    @overload
    def __getitem__(self, place: int) -> _Task: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[_Task]: ...
    def __getitem__(self, place: int | slice) -> _Task | Sequence[_Task]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        shard = self.shards[place]
        rows = slice(shard.start, shard.stop)
        files, values = self.job.files[shard.split][rows], self.job.values[shard.split][rows]
        return _Task(shard, self.known.get(shard.name), files, self.job.take(files), values)


def _shard(where: str, names: tuple[str, ...], source: ImportedSpec, task: _Task) -> Record | str:
    """What a worker does with one shard: keep it, or write it, or say what is wrong with an image."""
    shard, values, place = task.shard, task.values, folder(where)
    kept = find_tar(place, shard, composition.IMPORTED_MEMBERS, task.sha256)
    try:
        size, digest = kept or write_tar(place, shard.name, _members(task, names, source))
    except ScmgenError as error:
        return str(error)
    columns = dict(zip(names, values.T, strict=True))
    levels = {name: factor.domain.levels for name, factor in source.factors.items()}
    summary = {name: moments(column) for name, column in columns.items()}
    counts = combinations(columns, levels)
    shown = _shown(source, shard, place, size, digest)
    return Record(shard.name, shard.split, len(values), size, digest, summary, (), (), counts, None, shown)


def _members(task: _Task, names: tuple[str, ...], source: ImportedSpec) -> Iterator[bytes]:
    """The samples of a shard as pieces of a tar, in order."""
    shard, files, values = task.shard, task.files, task.values
    for rows in drawing_slices(source.frame, len(files)):
        decoded = np.stack(
            [pictures.read(picture, source.size, source.white, source.fit) for picture in task.pictures[rows]]
        )
        numbers = range(shard.start + rows.start, shard.start + rows.stop)
        for index, file, image, row in zip(
            numbers, files[rows], png.encode(decoded), values[rows].tolist(), strict=True
        ):
            factors = dict(zip(names, row, strict=True))
            label = orjson.dumps({"index": index, "split": shard.split, "source": file, "factors": factors})
            name = key(shard.split, index)
            yield b"".join(
                tar.member(name + ending, data)
                for ending, data in zip(composition.IMPORTED_MEMBERS, (image, label), strict=True)
            )


def _shown(source: ImportedSpec, shard: Shard, place: Folder, size: int, sha256: str) -> Shown:
    """What a manifest tells of the pixels of a shard, read from what was written."""
    most = normalising(source, shard)
    if shard.start and not most:
        return Shown(None, None)
    entry = ShardEntry(shard.name, shard.split, shard.stop - shard.start, size, sha256)
    opened = archive.read(place.where, entry, composition.IMPORTED_MEMBERS, shard.start)
    counted = [
        histogram(opened.images(IMAGE.name, range(rows.start, rows.stop), source.frame))
        for rows in drawing_slices(source.frame, most)
    ]
    return Shown(added(counted) if counted else None, None if shard.start else _opening(source, shard.split, opened))


def _opening(source: ImportedSpec, split: str, opened: archive.Archive) -> fingerprint.Part:
    rows = range(min(fingerprint.SAMPLES, len(opened.keys)))
    return fingerprint.part(split, opened.labels(rows), {IMAGE.name: opened.images(IMAGE.name, rows, source.frame)})
