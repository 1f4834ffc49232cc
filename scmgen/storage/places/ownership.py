"""What belongs to a process for as long as it lives: a directory in which it builds, and what it is writing.

Locks end with whoever holds them, however it ends.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None  # type: ignore[assignment, unused-ignore]

FILE = ".lock"
_UNFINISHED: set[Path] = set()
_BEGINNING = threading.RLock()  # held while a file is made; a signal's handler may come in between
_PATIENCE, _PAUSE = 0.5, 0.01  # seconds: of one that is just going, nobody should hear


@contextmanager
def held(folder: Path, alone: bool) -> Iterator[bool]:
    """Hold a directory, which is there; tell whether it could be had.

    Args:
        folder: the directory; it holds a file ``.lock`` meanwhile.
        alone: whether nobody else may hold it too. Where the system or the file system knows no locks everybody may.
    """
    if fcntl is None:
        yield True
        return
    path = folder / FILE
    file = _acquired(path, alone)
    if file is None:
        yield False
        return
    try:
        yield True
    finally:
        with file:
            if _taken(file, alone=True):  # the last one goes; who opened the file meanwhile will see that it is gone
                path.unlink(missing_ok=True)


@contextmanager
def unfinished(path: Path) -> Iterator[None]:
    """Note a temporary file or directory, so that a process that must end at once takes it along."""
    _UNFINISHED.add(path)
    try:
        yield
    finally:
        _UNFINISHED.discard(path)


def end() -> None:
    """Remove all that is unfinished, and let no thread begin anything: whoever calls this ends the process next."""
    _BEGINNING.acquire()
    for path in tuple(_UNFINISHED):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def owned(path: Path) -> Iterator[None]:
    """Make an unfinished file and hold it, so that nobody takes it for one whose writer was killed."""
    with unfinished(path):
        file = _made(path)
        if fcntl is None:
            file.close()
            yield
            return
        while not (_taken(file, alone=True, waiting=True) and os.fstat(file.fileno()).st_nlink):  # swept before that
            file.close()
            file = _made(path)
        with file:
            yield


def _made(path: Path) -> BinaryIO:
    with _BEGINNING:
        return path.open("ab")


def abandoned(path: Path) -> bool:
    """Whether a file is there that :func:`owned` made and nobody holds, as far as the system can tell."""
    if fcntl is None:
        return path.is_file()  # Windows removes no file that is open
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held, no file, gone, or on a file system that knows no locks
        return False
    return True


def _acquired(path: Path, alone: bool) -> BinaryIO | None:
    """The lock file, locked; None if somebody else has it."""
    until = time.monotonic() + _PATIENCE
    while True:
        file = path.open("ab")
        if _taken(file, alone):
            if _stands(file, path):
                return file
        elif time.monotonic() > until:
            file.close()
            return None
        else:
            time.sleep(_PAUSE)
        file.close()


def _taken(file: BinaryIO, alone: bool, waiting: bool = False) -> bool:
    """Take the system's lock, unless somebody else has it."""
    how = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    try:
        fcntl.flock(file, how if waiting else how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system that knows no locks
        return True
    return True


def _stands(file: BinaryIO, path: Path) -> bool:
    """Whether a file still has its name: its last holder may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
