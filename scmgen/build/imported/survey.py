"""What there is to import: the picture of each row, and a first look at every one; nothing is decoded."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scmgen.build.imported import idx_folder, matches, pictures, tables
from scmgen.build.imported.pictures import Picture, check_size
from scmgen.build.imported.request import Request
from scmgen.errors import ScmgenError
from scmgen.pictures import idx
from scmgen.storage.processes.pool import run

_AT_ONCE = 256  # files that a worker looks at for one answer


def amount(request: Request) -> int:
    """How many images there are to look at.

    Raises:
        ScmgenError: if there are none, or a folder or IDX file cannot be read.
    """
    found = _parts(request)
    return sum(idx.shape(part.images)[0] for part in found) if found else len(matches.images(request.images))


@dataclass(frozen=True)
class Stock:
    """Pictures with labels, as they are found.

    Attributes:
        table: the labels.
        files: the name of the picture of each row.
        take: gives pictures by their names.
        survey: looks at all; gives the sum of each, and the size that they will have.
        unused: pictures without a row.
    """

    table: tables.LabelTable
    files: Sequence[str]
    take: Callable[[Sequence[str]], Sequence[Picture]]
    survey: Callable[[], tuple[list[str], int]]
    unused: int


def find(request: Request, workers: int, progress: Callable[[int], None]) -> Stock:
    """Read the labels and find the picture of each row, in a folder of images or in IDX files.

    Args:
        request: what is asked for.
        workers: processes that look at images.
        progress: called with a number of images that were looked at.

    Raises:
        ScmgenError: if a table cannot be used, or a row has no picture.
    """
    found = _parts(request)
    if found:
        bank = idx_folder.read(request, found)
        return Stock(bank.table, bank.table.keys, bank.take, lambda: bank.survey(request.size, progress), 0)
    root, there = request.images, matches.images(request.images)
    if not request.tables:
        raise ScmgenError(f"{root}: its labels are needed: --labels FILE, a CSV or TSV file with a line an image")
    table = tables.read(request, there)
    files, notes = matches.find(table, root, there)
    return Stock(
        dataclasses.replace(table, notes=(*table.notes, *notes)),
        files,
        lambda chosen: [root / file for file in chosen],
        lambda: survey(root, files, request.size, workers, progress),
        len(there) - len(files),
    )


def _parts(request: Request) -> list[idx_folder.Part]:
    """The IDX files that are asked for; none where images lie there, too."""
    found = idx_folder.parts(request.images)
    return [] if request.images.is_dir() and found and matches.has_images(request.images) else found


def survey(
    root: Path, files: Sequence[str], size: int | None, workers: int, progress: Callable[[int], None]
) -> tuple[list[str], int]:
    """The sum of each image file, and the size of the images that will be written.

    Args:
        root: the directory.
        files: paths from there.
        size: what images will be brought to, or None if they must all be squares of one size.
        workers: processes.
        progress: called with a number of images that were looked at.

    Raises:
        ScmgenError: if one cannot be read, or their sizes do not fit.
    """
    chunks = [files[start : start + _AT_ONCE] for start in range(0, len(files), _AT_ONCE)]
    sums: list[str] = []
    first: tuple[int, int] | None = None
    for chunk, seen in zip(chunks, run(functools.partial(_look, root), chunks, workers), strict=True):
        progress(len(chunk))
        for file, (digest, extent) in zip(chunk, seen, strict=True):
            first = first or extent
            if size is None:
                check_size(root, file, extent, files[0], first)
            sums.append(digest)
    return sums, size or (first or (0, 0))[0]


def _look(root: Path, files: Sequence[str]) -> list[tuple[str, tuple[int, int]]]:
    return [pictures.survey(root / file) for file in files]
