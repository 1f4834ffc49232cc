"""Where files go: a directory here, or a folder on a server by its URL; they appear whole or not at all.

Whoever builds or reads a data set talks to a :class:`Folder` and does not know which of the two it is.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.request import url2pathname

from scmgen.errors import ScmgenError
from scmgen.files import open_file, read_file
from scmgen.storage.places import ownership, remote

_UNFINISHED = re.compile(r"\..+\.[0-9a-f]{16}\.tmp")


class Folder(Protocol):
    """A place for files, each of which appears whole or not at all.

    Every method raises OSError if the place cannot be read or written, with the reason in
    ``strerror``, and FileNotFoundError if a file that it reads is not there. As text it is what the
    user wrote.
    """

    @property
    def where(self) -> str:
        """What :func:`folder` finds the place by from any process."""

    @property
    def shared(self) -> bool:
        """Whether other processes see the same place."""

    def create(self) -> None:
        """Make it a place to write to, where that has a meaning."""

    def held(self, alone: bool) -> AbstractContextManager[bool]:
        """Hold it while something is built there; false if somebody else does, alone or if ``alone`` is wanted.

        Whoever dies lets go. What no lock reaches (a URL, a file system without any) everybody may hold.
        """

    def names(self) -> set[str]:
        """What is there; nothing if the place itself is not. Half-written files are not there."""

    def read(self, name: str, most: int) -> bytes:
        """A whole file of at most ``most`` bytes.

        Raises:
            ScmgenError: if it is larger, or no file that can be read to its end: a device, a FIFO.
        """

    def open(self, name: str) -> AbstractContextManager[BufferedReader]:
        """A file to read and seek in."""

    def writing(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file to write; it gets its name at the end, and never if an exception leaves the block."""

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""

    def sweep(self) -> None:
        """Remove what killed processes left half-written."""


def folder(where: str | Path | Folder) -> Folder:
    """Find a place: a path, or a URL as text (``s3://bucket/folder``, ``memory://x``, ``file:///path``).

    Raises:
        ScmgenError: if the URL names no folder, or what reads its kind is not there.
    """
    if not isinstance(where, str | Path):
        return where
    protocol, separator, rest = str(where).partition("://")
    if not separator:
        return Local(_plain(Path(where)))
    if not rest.strip("/"):
        raise ScmgenError(f"{where}: names no folder; write {protocol}://PLACE/FOLDER")
    if protocol != "file":
        return remote.connect(str(where).rstrip("/"))
    if not rest.startswith("/"):
        raise ScmgenError(f"{where}: is not absolute; write file:///PATH")
    return Local(Path(url2pathname(rest)))


def write(path: Path, data: bytes) -> None:
    """Write a whole file of this machine."""
    Local(path.parent).write(path.name, data)


def _plain(path: Path) -> Path:
    """Refuse what a URL becomes when somebody makes a path of it."""
    first = path.parts[0] if path.parts else ""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.:-]+:", first):
        raise ScmgenError(f"{path}: a URL has two slashes, and stays text: {first}//PLACE/FOLDER")
    return path


@dataclass(frozen=True)
class Local:
    """A directory of this machine, or of a file system that it mounts."""

    path: Path

    shared = True

    def __str__(self) -> str:
        return str(self.path)

    @property
    def where(self) -> str:
        """The absolute path."""
        return str(self.path.resolve())

    def create(self) -> None:
        """Make the directory and those above it."""
        self.path.mkdir(parents=True, exist_ok=True)

    def held(self, alone: bool) -> AbstractContextManager[bool]:
        """Hold the directory, which is there."""
        return ownership.held(self.path, alone)

    def names(self) -> set[str]:
        """Files and directories in it."""
        try:
            return {name for name in os.listdir(self.path) if not _UNFINISHED.fullmatch(name)} - {ownership.FILE}
        except FileNotFoundError:
            return set()

    def read(self, name: str, most: int) -> bytes:
        """A whole file of at most ``most`` bytes."""
        return read_file(self.path / name, most)

    def open(self, name: str) -> AbstractContextManager[BufferedReader]:
        """A file to read and seek in."""
        return open_file(self.path / name)

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """A file that gets its name only when it is complete and on disk."""
        temporary = self.path / f".{name}.{secrets.token_hex(8)}.tmp"  # two machines may have one process number
        try:
            with ownership.owned(temporary):
                with temporary.open("r+b") as file:  # which is there, unless this process is ending
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(self.path / name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file."""
        with self.writing(name) as file:
            file.write(data)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what killed processes left half-written, and nothing whose writer lives."""
        for path in self.path.iterdir():
            if _UNFINISHED.fullmatch(path.name) and ownership.abandoned(path):
                with suppress(PermissionError):  # how Windows says that its writer lives
                    path.unlink(missing_ok=True)
