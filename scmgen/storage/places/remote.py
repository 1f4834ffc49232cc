"""A folder on a server or in an object store, through fsspec."""

from __future__ import annotations

import errno
import posixpath
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from scmgen.errors import ScmgenError, suggestion
from scmgen.storage.places.ownership import unfinished


def connect(url: str) -> Remote:
    """Open the folder of a URL.

    Raises:
        ScmgenError: if fsspec or what it needs is not installed, or the URL is of no known kind.
    """
    try:
        import fsspec  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        raise ScmgenError(f"{url}: needs fsspec: pip install 'scmgen[remote]'") from None
    protocol = url.partition("://")[0].rpartition("::")[2]
    known = fsspec.available_protocols()
    if protocol not in known:
        raise ScmgenError(f"{url}: no kind of place is called {protocol!r}; {suggestion(protocol, known)}")
    try:
        return Remote(url, *fsspec.url_to_fs(url))
    except Exception as error:  # each kind of place has errors of its own
        raise ScmgenError(f"{url}: cannot be opened: {_reason(error)}") from None


@dataclass(frozen=True)
class Remote:
    """A folder that fsspec reaches. A store that puts objects puts a file whole or not at all."""

    url: str
    system: Any
    root: str

    def __str__(self) -> str:
        return self.url

    @property
    def where(self) -> str:
        """The URL; each process opens a connection of its own."""
        return self.url

    @property
    def shared(self) -> bool:
        """All but the memory of this process."""
        return "memory" not in self.system.protocol

    def create(self) -> None:
        """Nothing: a put makes the folders that it needs, and a bucket is not made by mistake."""

    def held(self, alone: bool) -> AbstractContextManager[bool]:
        """Everybody may: a store has no locks that end with their holder."""
        return nullcontext(True)

    def names(self) -> set[str]:
        """Objects and folders in it."""
        with self._asking():
            try:
                self.system.invalidate_cache()  # others write here too
                paths = self.system.ls(self.root, detail=False)
            except FileNotFoundError:
                return set()
        return {posixpath.basename(name) for name in paths} - {""}

    def read(self, name: str, most: int) -> bytes:
        """A whole file of at most ``most`` bytes: no more are asked for than one beyond them."""
        with self._asking(name):
            data = bytes(self.system.cat_file(self._path(name), start=0, end=most + 1))
        if len(data) > most:
            raise ScmgenError(f"{self.url}/{name}: has more than {most:,} bytes")
        return data

    @contextmanager
    def open(self, name: str) -> Iterator[BufferedReader]:
        """A file to read and seek in: a copy of it, fetched once."""
        with tempfile.TemporaryDirectory() as here, unfinished(Path(here)):
            copy = Path(here) / name
            with self._asking(name):
                self.system.get_file(self._path(name), str(copy))
            with copy.open("rb") as file:
                yield file

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """A file that is put when it is complete; until then it is a temporary one on this machine."""
        with tempfile.TemporaryDirectory() as here, unfinished(Path(here)):
            copy = Path(here) / name
            with copy.open("wb") as file:
                yield file
            with self._asking(name):
                self.system.put_file(str(copy), self._path(name))

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file."""
        with self.writing(name) as file:
            file.write(data)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with self._asking(name):
            try:
                self.system.rm_file(self._path(name))
            except FileNotFoundError:
                pass

    def sweep(self) -> None:
        """Nothing: what is not complete was never put."""

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}"

    @contextmanager
    def _asking(self, name: str = "") -> Iterator[None]:
        """Raise what goes wrong as the OSError that it is, whatever library it comes from."""
        try:
            yield
        except Exception as error:  # each kind of place has errors of its own
            raise OSError(_number(error), _reason(error), f"{self.url}/{name}".rstrip("/")) from error


def _reason(error: Exception) -> str:
    """What an error says, in one line."""
    words = error.strerror if isinstance(error, OSError) else None
    return " ".join((words or str(error) or type(error).__name__).split())


def _number(error: Exception) -> int:
    """The errno of an error, which makes the class of an OSError."""
    if isinstance(error, FileNotFoundError):
        return errno.ENOENT
    if isinstance(error, PermissionError):
        return errno.EACCES
    return error.errno or errno.EIO if isinstance(error, OSError) else errno.EIO
