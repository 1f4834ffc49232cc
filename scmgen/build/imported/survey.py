"""A first look at every image: its sum, and what it says of its size; nothing is decoded."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

from scmgen.build.imported import pictures
from scmgen.errors import ScmgenError
from scmgen.storage.imported import LARGEST
from scmgen.storage.pool import run

_AT_ONCE = 256  # files that a worker looks at for one answer


def survey(
    root: Path, files: Sequence[str], size: int | None, workers: int, progress: Callable[[int], None]
) -> tuple[list[str], int]:
    """The sum of each image file, and the size of the images that will be written.

    Args:
        root: the directory.
        files: paths from there.
        size: what images will be resized to, or None if they must all be squares of one size.
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
                _check_size(root, file, extent, files[0], first)
            sums.append(digest)
    return sums, size or (first or (0, 0))[0]


def _look(root: Path, files: Sequence[str]) -> list[tuple[str, tuple[int, int]]]:
    return [pictures.survey(root / file) for file in files]


def _check_size(root: Path, file: str, extent: tuple[int, int], other: str, first: tuple[int, int]) -> None:
    hint = "--size N crops each image to its middle square and resizes it to N x N"
    if extent != first:
        sizes = " x ".join(map(str, first)), " x ".join(map(str, extent))
        raise ScmgenError(f"{root}: images differ in size: {other} is {sizes[0]}, {file} is {sizes[1]}; {hint}")
    if extent[0] != extent[1]:
        raise ScmgenError(f"{root / file}: {extent[0]} x {extent[1]} is no square; {hint}")
    if extent[0] > LARGEST:
        raise ScmgenError(f"{root / file}: {extent[0]} pixels a side, more than {LARGEST}; {hint}")
