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

from scmgen.dataset.labels import key
from scmgen.dataset.members import LABEL, Member
from scmgen.errors import ScmgenError
from scmgen.render.frame import Frame
from scmgen.storage import tar
from scmgen.storage.entries import FileEntry, ShardEntry
from scmgen.storage.loading import pixels
from scmgen.storage.loading.form import Form
from scmgen.storage.places.place import Folder, folder

_OCTAL = re.compile(rb"[0-7]+")


@dataclass(frozen=True)
class Archive:
    """A shard in memory: the keys of its samples, and where each of their members lies.

    Attributes:
        name: the file, as messages name it.
        keys: the key of each sample.
        data: the whole tar.
        spans: for each member (``image``, ``image_cf``, ``label``, ...) the first and the last byte, ``(n, 2)``.
        form: what a label must look like; None if nobody knows yet.
    """

    name: str
    keys: tuple[str, ...]
    data: bytes
    spans: Mapping[str, NDArray[np.int64]]
    form: Form | None = None

    def content(self, member: str, row: int) -> bytes:
        """A member of a sample as it stands in the shard."""
        start, stop = self.spans[member][row]
        return self.data[start:stop]

    def labels(self, rows: Iterable[int] | None = None) -> list[dict[str, Any]]:
        """The labels of some samples, or of all.

        Raises:
            ScmgenError: if one is no JSON object, or does not say what the manifest says that labels say.
        """
        chosen = range(len(self.keys)) if rows is None else list(rows)
        names = [f"{self.name}: {self.keys[row]}" for row in chosen]
        labels = [label(self.content(LABEL.name, row), name) for row, name in zip(chosen, names, strict=True)]
        return labels if self.form is None else self.form.check(labels, names)

    def images(self, member: str, rows: Sequence[int] | NDArray[np.int64], frame: Frame) -> NDArray[np.uint8]:
        """The pixels of some samples, ``(len(rows), height, width, 3)``, or without the last axis, or of clips.

        Raises:
            ScmgenError: if a member is no PNG of that size.
        """
        files, known = [self.content(member, int(row)) for row in rows], Member.named(member)
        names = [f"{self.name}: {self.keys[int(row)]}{known.suffix}" for row in rows]
        return pixels.decode(files, names, known.shape(frame.strip)).reshape(-1, *known.shape(frame))


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


def read(where: str, shard: ShardEntry, members: tuple[str, ...], start: int = 0) -> Archive:
    """Read a shard.

    Args:
        where: path or URL of its folder, as :attr:`scmgen.storage.places.place.Folder.where` gives it.
        shard: what the manifest says of it.
        members: the endings of a sample's members in their order, as the manifest lists them.
        start: the position of its first sample in the split.

    Raises:
        ScmgenError: if it is missing, changed, or does not hold these samples.
    """
    place = folder(where)
    data = content(place, shard)
    name = f"{place}/{shard.name}"
    keys = tuple(key(shard.split, index) for index in range(start, start + shard.samples))
    return Archive(name, keys, data, _index(name, data, keys, members))


remembered = functools.lru_cache(maxsize=4)(read)
"""As :func:`read`, for random access: the last few shards stay in memory."""


def content(place: Folder, file: ShardEntry | FileEntry) -> bytes:
    """A file of a data set, once it is found to be the one that the manifest lists; no byte more is read.

    Raises:
        ScmgenError: if it is missing, cannot be read, or was changed.
    """
    try:
        data = place.read(file.name, file.bytes)
    except FileNotFoundError:
        raise ScmgenError(f"{place}: {file.name} is missing, though the manifest lists it") from None
    except ScmgenError as error:
        raise ScmgenError(f"{error}: the manifest lists another file") from None
    except OSError as error:
        raise ScmgenError(f"{place}/{file.name}: cannot be read: {error.strerror or error}") from None
    if len(data) != file.bytes or hashlib.sha256(data).hexdigest() != file.sha256:
        raise ScmgenError(f"{place}/{file.name}: changed or cut short since it was written ({len(data):,} bytes)")
    return data


def _index(name: str, data: bytes, keys: tuple[str, ...], members: tuple[str, ...]) -> dict[str, NDArray[np.int64]]:
    """Walk the headers of a tar that holds these samples, each with these members, and nothing else."""
    spans: list[tuple[int, int]] = []
    at = 0
    if data.startswith(b"\x1f\x8b"):
        raise ScmgenError(f"{name}: is gzipped; a shard is a plain tar, which is indexed without unpacking it")
    for due in (sample + ending for sample in keys for ending in members):
        header = data[at : at + tar.BLOCK]
        file, length = header[:100].rstrip(b"\0"), header[124:135]
        if file != due.encode() or not _OCTAL.fullmatch(length):
            found = repr(file.decode("utf-8", "replace")) if file else "its end"
            raise ScmgenError(f"{name}: found {found} where {due!r} is due")
        start, size = at + tar.BLOCK, int(length, 8)
        at = start + size + -size % tar.BLOCK
        if at > len(data):
            raise ScmgenError(f"{name}: ends within {due!r}, which has {size:,} bytes")
        spans.append((start, start + size))
    if data[at : at + tar.BLOCK].strip(b"\0"):
        raise ScmgenError(f"{name}: goes on after the {len(keys)} samples that the manifest lists")
    table = np.array(spans, np.int64).reshape(len(keys), len(members), 2)
    return {Member.of(member).name: table[:, i] for i, member in enumerate(members)}
