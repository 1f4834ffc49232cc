"""Arrays of a cache that are proven before they are used (docs/reference/format.md, "Caches").

Beside the ``.npy`` files stands ``cache.json``, written last: the source, shape, dtype, size and CRC-32 of each
file, and the sum of all that. A file that does not agree with it is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

FILE, LOCK, FORMAT = "cache.json", ".lock", 1
_MOST = 1 << 20  # bytes of cache.json
_AT_ONCE = 1 << 18  # bytes that are read at a time
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # no link out of the cache, no waiting for a FIFO

Entry = Mapping[str, Any]
"""What ``cache.json`` says of a file: ``shape``, ``dtype``, ``bytes``, ``crc32``."""


class Unproven(Exception):
    """A cache, or a file of it, is not what it must be; the message says what is wrong, nothing if it is not there."""


@dataclass(frozen=True)
class Form:
    """What an array must be; a dtype of None is the one that was kept."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any] | None = None


@dataclass(frozen=True)
class Standing:
    """What of a cache is proven.

    Attributes:
        entries: of all files, but those that were looked at and are not what they must be.
        arrays: those that were asked for and are proven, as maps of their files.
        faults: what else was found.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


def standing(place: Path, source: str, forms: Mapping[str, Form]) -> Standing:
    """Look at the arrays of a cache, which must be of some forms; those that it does not list are no fault."""
    try:
        entries = entries_of(place, source)
    except Unproven as error:
        return Standing(faults=(str(error),) if str(error) else ())
    arrays, faults = {}, []
    for name in [name for name in forms if name in entries]:
        try:
            arrays[name] = _proven(place / f"{name}.npy", entries[name], forms[name])
        except Unproven as error:
            faults.append(f"{name}.npy {error}")
            del entries[name]
    return Standing(entries, arrays, tuple(faults))


def entries_of(place: Path, source: str) -> dict[str, Entry]:
    """What the ``cache.json`` of a cache says of its files.

    Raises:
        Unproven: if there is none, or it is damaged, or of another source.
    """
    if place.is_symlink() or place.parent.is_symlink():
        raise Unproven("is a link to elsewhere")
    try:
        with _opened(place / FILE) as file:
            text = file.read(_MOST)
    except Unproven as error:
        there = any(place.glob("*.npy")) or str(error) != "is missing"
        raise Unproven(f"{FILE} {error}" if there else "") from None
    try:
        said = json.loads(text)
        whole = said.pop("sum") == _sum(said)
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        whole = False
    if not whole:
        raise Unproven(f"{FILE} is damaged")
    if said.get("format") != FORMAT or said.get("source") != source or not _listed(said.get("arrays")):
        raise Unproven(f"{FILE} is of another cache")
    return dict(said["arrays"])


def _listed(said: Any) -> bool:
    """Whether this is what ``cache.json`` says of files."""
    keys = {"shape", "dtype", "bytes", "crc32"}
    return isinstance(said, dict) and all(
        isinstance(one, dict) and one.keys() == keys and isinstance(one["bytes"], int) for one in said.values()
    )


def text(source: str, entries: Mapping[str, Entry]) -> bytes:
    """The ``cache.json`` of a cache, to be written once all that it lists has its name."""
    said = {"format": FORMAT, "source": source, "arrays": dict(entries)}
    return json.dumps({**said, "sum": _sum(said)}, indent=1).encode()


def _sum(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _proven(path: Path, entry: Entry, form: Form) -> NDArray[Any]:
    """The array of a file, mapped, once its shape, dtype, size and sum are found to be those that are said."""
    if entry["shape"] != list(form.shape) or (form.dtype is not None and entry["dtype"] != _spelt(form.dtype)):
        raise Unproven(f"holds {entry['dtype']} {entry['shape']}, not {form.dtype or ''} {list(form.shape)}")
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size != entry["bytes"]:
            raise Unproven(f"has {size:,} bytes, not {entry['bytes']:,}")
        if _crc(file) != entry["crc32"]:
            raise Unproven("is damaged: its content does not have the sum that was kept")
        file.seek(0)
        try:
            shape, columns, dtype = _head(file)
        except (ValueError, EOFError):
            raise Unproven("is no array") from None
        start = file.tell()
        fits = (list(shape), _spelt(dtype), columns, dtype.hasobject) == (entry["shape"], entry["dtype"], False, False)
        if not fits or size != start + dtype.itemsize * math.prod(shape):
            raise Unproven("has another head than was kept")
        return np.asarray(np.memmap(file, dtype, "r", start, shape))


def _head(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether columns come first, and dtype of an ``.npy`` file as :class:`Writer` writes it."""
    if np.lib.format.read_magic(file) != (2, 0):
        raise ValueError("of another version")
    return np.lib.format.read_array_header_2_0(file)


def _crc(file: BinaryIO) -> int:
    file.seek(0)
    crc, part = 0, bytearray(_AT_ONCE)
    while count := file.readinto(part):  # type: ignore[attr-defined]
        crc = zlib.crc32(memoryview(part)[:count], crc)
    return crc


def _spelt(dtype: np.dtype[Any]) -> Any:
    """A dtype as JSON says it."""
    return json.loads(json.dumps(np.lib.format.dtype_to_descr(dtype)))


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file of a cache."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _SAFE)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unproven("is no regular file")
            yield file
    except FileNotFoundError:
        raise Unproven("is missing") from None
    except NotADirectoryError:
        raise Unproven("cannot be read: a file stands in the place of the directory") from None
    except OSError as error:
        reason = "a link to elsewhere" if path.is_symlink() else error.strerror or str(error)
        raise Unproven(f"cannot be read: {reason}") from None


class Writer:
    """An array that is written to a file a few rows at a time; what is told of it is known at the end."""

    def __init__(self, file: BinaryIO, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        self._file, self._shape, self._dtype = file, shape, dtype
        self._crc = self._bytes = 0
        header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_2_0(self, header)  # type: ignore[arg-type, unused-ignore]

    def write(self, part: Any) -> None:
        """Write bytes."""
        self._file.write(part)
        self._crc, self._bytes = zlib.crc32(part, self._crc), self._bytes + memoryview(part).nbytes

    def append(self, rows: NDArray[Any]) -> None:
        """Write rows."""
        self.write(np.ascontiguousarray(rows, self._dtype).data)

    @property
    def entry(self) -> Entry:
        """What ``cache.json`` says of the file."""
        return {
            "shape": list(self._shape),
            "dtype": _spelt(self._dtype),
            "bytes": self._bytes,
            "crc32": self._crc,
        }


def make(place: Path) -> None:
    """Make the directory of a cache; a link or a file in its place, or in that of the one above it, gives way."""
    for part in (place.parent, place):
        if part.is_symlink() or part.is_file():
            part.unlink()
    place.mkdir(parents=True, exist_ok=True)


def clear(place: Path, name: str) -> None:
    """Let a directory give way that has the name of a file."""
    path = place / name
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)


@contextmanager
def alone(place: Path) -> Iterator[bool]:
    """Let other processes wait, where the system can; tells whether it can. A killed one leaves no lock."""
    path = place / LOCK
    if path.is_symlink():
        path.unlink()
    with open(path, "ab", opener=lambda name, flags: os.open(name, flags | _SAFE, 0o666)) as file:
        yield _locked(file)


def _locked(file: BinaryIO) -> bool:
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
    except (ImportError, OSError):  # not every system and file system has locks
        return False
    return True
