"""Which rows make up each split, and in which order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scmgen.build.imported.request import Request
from scmgen.build.imported.tables import LabelTable
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
        ScmgenError: if splits are asked for in two ways, or what a row says of its split cannot be the name of one.
    """
    shares = request.shares
    order = np.array(sorted(range(len(files)), key=lambda row: _rank(request.seed, files[row])))
    if table.splits:
        return _by_column(request, table, order)
    sizes = apportion(len(files), shares)
    borders = np.cumsum(list(sizes.values()))[:-1]
    return {name: rows for name, rows in zip(sizes, np.split(order, borders), strict=True) if rows.size}


def _rank(seed: int, file: str) -> bytes:
    return hashlib.blake2b(f"{seed}\0{file}".encode(), digest_size=16).digest()


def _by_column(request: Request, table: LabelTable, order: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """What a column says; CelebA's 0, 1 and 2 are train, validation and test."""
    words = set(table.splits)
    called = _CODES if words <= set(_CODES) else {word: _name(word, request) for word in words}
    named = np.array([called[word] for word in table.splits])
    names = sorted(set(named.tolist()), key=lambda name: (_place(name), name))
    return {name: order[named[order] == name] for name in names}


def _place(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST) - 1


def _name(word: str, request: Request) -> str:
    name = re.sub(r"[^a-z0-9_]+", "_", word.lower())
    if not name.strip("_") or len(name) > 40:
        raise ScmgenError(
            f"--split-column {request.split_column}: {word!r} cannot name a split; write train, test, ..."
        )
    return name
