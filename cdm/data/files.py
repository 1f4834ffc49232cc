"""Files that appear whole or not at all, and files of strangers: regular ones."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path

from cdm.errors import CdmError

_NOW = getattr(os, "O_NONBLOCK", 0)  # a FIFO would wait for somebody who writes


def caches(chosen: Path | None) -> Path:
    """Where what can be made again is kept: the directory that was chosen, or ``cdm`` in the user's cache directory."""
    return chosen or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cdm"


@contextmanager
def replacing(path: Path, hint: str = "") -> Iterator[Path]:
    """A file to write in the place of another, whose name it takes when the block ends well and it is on disk.

    Args:
        path: the name; folders above it are made.
        hint: what else to say where it cannot be written.

    Raises:
        CdmError: if it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise CdmError(f"{path}: cannot be written: {error.strerror or error}{hint}") from None
    finally:
        with suppress(OSError):  # it may never have been there, nor its folder
            temporary.unlink()


def sweep(path: Path) -> None:
    """Remove what processes that were killed while they wrote a file left beside it."""
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        left.unlink(missing_ok=True)


@contextmanager
def open_file(path: Path) -> Iterator[BufferedReader]:
    """A regular file, open for reading.

    Raises:
        CdmError: if it is a FIFO, a device or a socket.
        OSError: if it is not there or cannot be read; a directory is an IsADirectoryError.
    """
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _NOW)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise CdmError(f"{path}: is no regular file")
        yield file
