"""IDX files, in which MNIST and its kin come: a header that tells the shape, and the bytes, perhaps as gzip.

Big-endian: two zeros, the kind of the elements (8 for bytes, which alone is read), the number of axes, the length of
each, the elements. What a header claims is compared with the size of the file before anything is taken from memory.
"""

from __future__ import annotations

import gzip
import math
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError
from scmgen.files import open_file

MOST_BYTES = 1_073_741_824
"""Bytes that a file may have, and that may come out of a compressed one."""
IMAGES = re.compile(r"(?P<prefix>.+)[-_.]images[-_.]idx[34]-ubyte(\.gz)?")
"""What a file of pictures is called; labels beside it begin likewise."""
_MOST_AXES = 4
_BYTES = 8  # the kind of elements
_KINDS = {9: "signed bytes", 11: "16-bit integers", 12: "32-bit integers", 13: "32-bit floats", 14: "64-bit floats"}
_GZIP = b"\x1f\x8b"
_Stream: TypeAlias = IO[bytes] | gzip.GzipFile
_DEFLATE = 1_032  # bytes that come out of one, at most


def shape(path: Path) -> tuple[int, ...]:
    """What the header says, checked against the size of the file.

    Raises:
        ScmgenError: if it cannot be read or is no IDX file of bytes, or the header claims other than the file holds.
    """
    with _opened(path) as (file, size, packed):
        return _header(path, file, size, packed)


def read(path: Path) -> NDArray[np.uint8]:
    """The elements of a file, plain or compressed, in their shape.

    Raises:
        ScmgenError: if it cannot be read or is no IDX file of bytes, or the header claims other than the file holds.
    """
    with _opened(path) as (file, size, packed):
        lengths = _header(path, file, size, packed)
        count = math.prod(lengths)
        data = file.read(count)
        if len(data) < count or file.read(1):
            found = f"{len(data):,}" if len(data) < count else "more"
            raise ScmgenError(f"{path}: its header claims {_spelt(lengths)} bytes, it holds {found}")
    return np.frombuffer(data, np.uint8).reshape(lengths)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[_Stream, int, bool]]:
    """A file, inflated as far as it is read, with its size on disk and whether it is compressed."""
    try:
        with open_file(path, MOST_BYTES) as raw:
            size, packed = _end(raw), raw.peek(2)[:2] == _GZIP
            if not packed:
                yield raw, size, False
                return
            with gzip.GzipFile(fileobj=raw) as file:
                yield file, size, True
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ScmgenError(f"{path}: is damaged: {error}") from None
    except OSError as error:
        raise ScmgenError(f"{path}: cannot be read: {error.strerror or error}") from None


def _end(file: BufferedReader) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    return size


def _header(path: Path, file: _Stream, size: int, packed: bool) -> tuple[int, ...]:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or not 1 <= start[3] <= _MOST_AXES:
        raise ScmgenError(f"{path}: is no IDX file of 1 to {_MOST_AXES} axes")
    if start[2] != _BYTES:
        raise ScmgenError(f"{path}: has {_KINDS.get(start[2], f'elements of kind {start[2]}')}; bytes are needed")
    axes = file.read(4 * start[3])
    if len(axes) < 4 * start[3]:
        raise ScmgenError(f"{path}: ends in its header")
    lengths = struct.unpack(f">{start[3]}I", axes)
    claimed, there = math.prod(lengths), size - len(start) - len(axes)
    if claimed > MOST_BYTES:
        raise ScmgenError(f"{path}: its header claims {_spelt(lengths)} bytes; at most {MOST_BYTES:,} are read")
    if claimed > _DEFLATE * size if packed else claimed != there:
        raise ScmgenError(f"{path}: its header claims {_spelt(lengths)} bytes, it holds {size if packed else there:,}")
    return lengths


def _spelt(lengths: tuple[int, ...]) -> str:
    return " x ".join(f"{length:,}" for length in lengths)
