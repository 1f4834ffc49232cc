"""A file for HDF5 to write to, which never tells HDF5 of a failure.

HDF5 cannot close a file whose disk is full: it prints a page of messages for each open array and may end
the process. So what cannot be written is dropped, and the failure is raised once Python has control again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path


class Quiet:
    """What ``h5py.File`` asks of a file, and :meth:`check`."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._failure: OSError | None = None

    def check(self) -> None:
        """Raise what went wrong, if something did."""
        if self._failure is not None:
            raise self._failure

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Say where it is."""
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        """Read from where it is."""
        return self._file.read(size) or b""

    def readinto(self, buffer: memoryview) -> int:
        """Fill a buffer, with zeros where a write was dropped."""
        buffer[:] = self.read(len(buffer)).ljust(len(buffer), b"\0")
        return len(buffer)

    def write(self, data: memoryview) -> int:
        """Write all of it, or drop it."""
        with self._keeping():
            done = 0
            while done < len(data):
                done += self._file.write(data[done:])
        return len(data)

    def truncate(self, size: int) -> int:
        """Set the length."""
        with self._keeping():
            self._file.truncate(size)
        return size

    def flush(self) -> None:
        """Nothing: every write is passed on at once."""

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._failure = self._failure or error


@contextmanager
def quiet(path: Path) -> Iterator[Quiet]:
    """Open a new file; its failure, if there is one, is raised at the end in place of what followed from it."""
    with FileIO(path, "w+") as raw:
        file = Quiet(raw)
        try:
            yield file
        finally:
            file.check()
