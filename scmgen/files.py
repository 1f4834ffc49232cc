"""Files that strangers hand us: opened only if they are regular, and read only as far as their reader means to.

A FIFO would wait for ever, a device has no end, and a sparse file of a few blocks claims to be larger than memory.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from scmgen.errors import ScmgenError

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_NOW = getattr(os, "O_NONBLOCK", 0)


@contextmanager
def open_file(path: Path, most: int | None = None) -> Iterator[BufferedReader]:
    """A regular file, open for reading.

    Args:
        path: the file.
        most: bytes that it may have; any number if None.

    Raises:
        ScmgenError: if it is no regular file, or larger.
        OSError: if it is not there or cannot be read; a directory is an IsADirectoryError.
    """
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _NOW)) as file:
        known = os.fstat(file.fileno())
        if not stat.S_ISREG(known.st_mode):
            kind = _KINDS.get(stat.S_IFMT(known.st_mode), "no file")
            raise ScmgenError(f"{path}: is {kind}; a regular file is needed")
        if most is not None and known.st_size > most:
            raise ScmgenError(f"{path}: has {known.st_size:,} bytes; at most {most:,} are read")
        yield file


def read_file(path: Path, most: int) -> bytes:
    """A whole file of at most ``most`` bytes.

    Raises:
        ScmgenError: if it is no regular file, or larger.
        OSError: if it is not there or cannot be read; a directory is an IsADirectoryError.
    """
    with open_file(path, most) as file:
        data = file.read(most + 1)
    if len(data) > most:  # it grew meanwhile
        raise ScmgenError(f"{path}: has more than {most:,} bytes")
    return data
