"""A run's directory belongs to one training at a time, that of a benchmark to those that share it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cdm.errors import CdmError

_FILE = ".lock"


@contextmanager
def held(out: Path, other: str = "another training", shared: bool = False) -> Iterator[None]:
    """Hold a directory; the system lets go of it when this process ends, however it ends.

    Args:
        out: the directory, which is made.
        other: what holds it if this cannot, for the error.
        shared: with others that share it.

    Raises:
        CdmError: if another process holds it, or it cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = (out / _FILE).open("a")
    except OSError as error:
        raise CdmError(f"{out}: cannot be written: {error.strerror}; choose another --out") from None
    with file:
        if not _taken(file, shared):
            raise CdmError(f"{out}: {other} is under way in it; wait for it, or choose another --out")
        yield


def _taken(file: IO[str], shared: bool) -> bool:
    """Take the system's lock on a file, unless another process has it."""
    try:
        import fcntl
    except ImportError:  # Windows: there is none
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system that knows no locks
        return True
    return True
