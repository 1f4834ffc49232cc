"""One shard, read: its samples by position, without unpacking it.

Nothing is unpickled or executed; what is read is PNG and JSON.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.dataset.members import LABEL, Member
from scmgen.errors import ScmgenError
from scmgen.storage import tar
from scmgen.storage.loading import pixels
from scmgen.storage.place import Folder, folder

_OCTAL = re.compile(rb"[0-7]+")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True)
class Archive:
    """A shard in memory: the keys of its samples, and where each of their members lies.

    Attributes:
        name: the file, as messages name it.
        keys: the key of each sample.
        data: the whole tar.
        spans: for each member (``image``, ``image_cf``, ``label``, ...) the first and the last byte, ``(n, 2)``.
    """

    name: str
    keys: tuple[str, ...]
    data: bytes
    spans: Mapping[str, NDArray[np.int64]]

    def content(self, member: str, row: int) -> bytes:
        """A member of a sample as it stands in the shard."""
        start, stop = self.spans[member][row]
        return self.data[start:stop]

    def labels(self, rows: Iterable[int] | None = None) -> list[dict[str, Any]]:
        """The labels of some samples, or of all.

        Raises:
            ScmgenError: if one is no JSON object.
        """
        return [self._label(row) for row in (range(len(self.keys)) if rows is None else rows)]

    def images(self, member: str, rows: Sequence[int] | NDArray[np.int64], size: int) -> NDArray[np.uint8]:
        """The pixels of some samples, ``(len(rows), size, size, 3)``, or without the last axis for a mask.

        Raises:
            ScmgenError: if a member is no PNG of that size.
        """
        files, known = [self.content(member, int(row)) for row in rows], Member.named(member)
        names = [f"{self.name}: {self.keys[int(row)]}{known.suffix}" for row in rows]
        return pixels.decode(files, names, size, known.channels)

    def _label(self, row: int) -> dict[str, Any]:
        return label(self.content(LABEL.name, row), f"{self.name}: {self.keys[row]}")


def label(content: bytes, sample: str) -> dict[str, Any]:
    """The label in a file; ``sample`` is named where it is none.

    Raises:
        ScmgenError: if it is no JSON object.
    """
    try:
        row = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ScmgenError(f"{sample}{LABEL.suffix}: not valid JSON ({error})") from None
    if not isinstance(row, dict):
        raise ScmgenError(f"{sample}{LABEL.suffix}: an object is needed, found {row!r:.40}")
    return row


def read(where: str, name: str, sha256: str, members: tuple[str, ...]) -> Archive:
    """Read a shard.

    Args:
        where: path or URL of its folder, as :attr:`scmgen.storage.place.Folder.where` gives it.
        name: the file.
        sha256: its sum in the manifest.
        members: the endings of a sample's members in their order, as the manifest lists them.

    Raises:
        ScmgenError: if it is missing, changed, or does not hold these members.
    """
    place = folder(where)
    data = content(place, name, sha256)
    return Archive(f"{place}/{name}", *_index(f"{place}/{name}", data, members))


remembered = functools.lru_cache(maxsize=4)(read)
"""As :func:`read`, for random access: the last few shards stay in memory."""


def content(place: Folder, name: str, sha256: str) -> bytes:
    """A file of a data set, once it is found to be the one that the manifest lists.

    Raises:
        ScmgenError: if it is missing, cannot be read, or was changed.
    """
    try:
        data = place.read(name)
    except FileNotFoundError:
        raise ScmgenError(f"{place}: {name} is missing, though the manifest lists it") from None
    except OSError as error:
        raise ScmgenError(f"{place}/{name}: cannot be read: {error.strerror or error}") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ScmgenError(f"{place}/{name}: changed or cut short since it was written ({len(data):,} bytes)")
    return data


def _index(
    name: str, data: bytes, members: tuple[str, ...]
) -> tuple[tuple[str, ...], bytes, dict[str, NDArray[np.int64]]]:
    """Walk the headers of a tar whose samples all have the same members in the same order."""
    keys: list[str] = []
    spans: list[tuple[int, int]] = []
    at = 0
    while data[at : at + 1] not in (b"\0", b""):
        file, length = data[at : at + 100].rstrip(b"\0").decode("utf-8", "replace"), data[at + 124 : at + 135]
        key, _, ending = file.partition(".")
        if f".{ending}" != members[len(spans) % len(members)] or not _OCTAL.fullmatch(length):
            raise ScmgenError(f"{name}: found {file!r} where {members[len(spans) % len(members)]} of a sample is due")
        if not _KEY.fullmatch(key):  # exports make names of files of it
            raise ScmgenError(f"{name}: found the key {key!r}; a key is letters, digits, _ and -")
        if len(spans) % len(members) == 0:
            keys.append(key)
        elif key != keys[-1]:
            raise ScmgenError(f"{name}: {file!r} does not belong to the sample {keys[-1]!r} before it")
        size = int(length, 8)
        spans.append((at + tar.BLOCK, at + tar.BLOCK + size))
        at += tar.BLOCK + size + -size % tar.BLOCK
    if len(spans) % len(members):
        raise ScmgenError(f"{name}: ends in the middle of the sample {keys[-1]!r}")
    table = np.array(spans, np.int64).reshape(len(keys), len(members), 2)
    return tuple(keys), data, {Member.of(member).name: table[:, i] for i, member in enumerate(members)}
