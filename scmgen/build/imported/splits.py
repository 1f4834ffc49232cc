"""Which rows make up each split, and in which order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from scmgen.build.imported import rows
from scmgen.build.imported.request import Request
from scmgen.build.imported.tables import LabelTable, sum_of
from scmgen.dataset.spec import apportion
from scmgen.errors import ScmgenError

_CODES = {"0": "train", "1": "validation", "2": "test"}  # of CelebA's list_eval_partition
_FIRST = ("train", "training", "validation", "valid", "val", "dev", "test")


def assign(request: Request, table: LabelTable, files: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """The rows of each split, shuffled.

    The order is that of a hash of seed and file name: it depends on no order of rows, and one image more or less
    leaves the others where they are, but for one at each border of two splits. A split that no image is left for
    is none, as in a build.

    Raises:
        ScmgenError: if splits are asked for in two ways, what a row says of its split cannot be the name of one, or
            a list of splits cannot be read or leaves out a row.
    """
    shares, said = request.shares, table.splits or _listed(request, table, files)
    order = np.array(sorted(range(len(files)), key=lambda row: _rank(request.seed, files[row])))
    if said:
        return _by_name(request, said, order)
    sizes = apportion(len(files), shares)
    borders = np.cumsum(list(sizes.values()))[:-1]
    return {name: rows for name, rows in zip(sizes, np.split(order, borders), strict=True) if rows.size}


def lists(request: Request) -> dict[str, str]:
    """Sha256 of each list of splits, by its name.

    Raises:
        ScmgenError: if one cannot be read.
    """
    return {name: digest for _, path in request.split_files for name, digest in sum_of(path).items()}


def _rank(seed: int, file: str) -> bytes:
    return hashlib.blake2b(f"{seed}\0{file}".encode(), digest_size=16).digest()


def _listed(request: Request, table: LabelTable, files: Sequence[str]) -> list[str]:
    """What lists say of each row; nothing if there are none."""
    places = {name: row for row, file in enumerate(files) for name in (file, PurePosixPath(file).name)}
    places |= {key: row for row, key in enumerate(table.keys)}
    said: dict[int, tuple[str, str]] = {}
    for split, path in request.split_files:
        for line, cells in rows.bare(path, request.encoding):
            where, words = f"{path}, line {line}", [cell.strip() for cell in cells]
            if len(words) != (1 if split else 2):
                form = (
                    f"the name of an image alone, since {split}= names its split" if split else "an image and its split"
                )
                hint = "" if split or len(words) != 1 else f" (or write --split-file SPLIT={path})"
                raise ScmgenError(f"{where}: {len(words)} cells; a line holds {form}{hint}")
            row, word = places.get(words[0]), split or words[1]
            if row is not None and said.setdefault(row, (word, where))[0] != word:
                raise ScmgenError(f"{where}: {words[0]!r} is {word}, and {said[row][0]} in {said[row][1]}")
    lost = [row for row in range(len(files)) if row not in said] if request.split_files else []
    if lost:
        first, others = lost[0], f" ({len(lost):,} of {len(files):,} rows do not)" if len(lost) > 1 else ""
        raise ScmgenError(
            f"{table.where}, line {table.lines[first]}: {table.keys[first]!r} stands in no --split-file{others}"
        )
    return [said[row][0] for row in range(len(files))] if request.split_files else []


def _by_name(request: Request, said: Sequence[str], order: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """What a column or a list says; CelebA's 0, 1 and 2 are train, validation and test."""
    words = set(said)
    called = _CODES if words <= set(_CODES) else {word: _name(word, request) for word in words}
    named = np.array([called[word] for word in said])
    names = sorted(set(named.tolist()), key=lambda name: (_place(name), name))
    return {name: order[named[order] == name] for name in names}


def _place(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST) - 1


def _name(word: str, request: Request) -> str:
    name = re.sub(r"[^a-z0-9_]+", "_", word.lower())
    if not name.strip("_") or len(name) > 40:
        option = f"--split-column {request.split_column}" if request.split_column else "--split-file"
        raise ScmgenError(f"{option}: {word!r} cannot name a split; write train, test, ...")
    return name
