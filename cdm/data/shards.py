"""A directory of shards, or its URL, read as docs/reference/format.md describes it: manifest, labels, PNG images.

Nothing is unpickled or executed, and nothing is read before its size was looked at: one sample is in memory at a time.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cdm.data import files, manifest, windows
from cdm.errors import CdmError, suggestion

_BLOCK, _AT_ONCE = 512, 1 << 18
_IN_MEMORY = 1 << 26  # bytes of a shard from a server that are kept in memory; the rest goes to a temporary file
_SMALL = 1 << 24  # bytes that any member may have; an image also eight a pixel
_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")
_OCTAL = re.compile(rb" *[0-7]+[ \0]*")


@dataclass(frozen=True)
class ShardFolder:
    """A data set: where it lies, what its manifest says, and how many frames before each are read (:mod:`windows`)."""

    where: str
    manifest: dict[str, Any]
    lags: int = 0

    @property
    def frames(self) -> int:
        """Frames of an image."""
        return int(self.manifest.get("frames") or 1)

    def count(self, split: str) -> int:
        """How many samples are read of a split.

        Raises:
            CdmError: if there is no such split.
        """
        clips: int = sum(shard["samples"] for shard in self.shards(split))
        return clips * (windows.WINDOWS if self.lags else 1)

    @property
    def digest(self) -> str:
        """Sha256 of all that the manifest says, the sums of the shards included."""
        return str(self.manifest["digest"])

    def shards(self, split: str) -> list[dict[str, Any]]:
        """The shards of a split, as the manifest lists them.

        Raises:
            CdmError: if there is no such split.
        """
        if split not in self.manifest["splits"]:
            raise CdmError(f"{self.where}: no split {split!r}; {suggestion(split, self.manifest['splits'])}")
        return [shard for shard in self.manifest["shards"] if shard["split"] == split]

    def check(self, split: str) -> None:
        """Look at the sizes of a split's shards before any is read, where that costs nothing.

        Raises:
            CdmError: if there is no such split, or a shard is missing or has another size.
        """
        for shard in self.shards(split) if "://" not in self.where else ():
            with _opened(self.where, shard["name"], shard["bytes"]) as file:
                _sized(f"{self.where}/{shard['name']}", file.seek(0, 2), shard["bytes"])

    def samples(self, shard: dict[str, Any]) -> Iterator[dict[str, bytes]]:
        """The samples of a shard, in order: member (``image.png``, ``label.json``, ...) -> content.

        Raises:
            CdmError: if the shard is missing, was changed, or holds another number of samples.
        """
        name, count = f"{self.where}/{shard['name']}", 0
        with _opened(self.where, shard["name"], shard["bytes"]) as file:
            if _sum(file, name, shard["bytes"]) != shard["sha256"]:
                raise CdmError(f"{name}: changed or cut short since it was written: its sha256 does not match")
            file.seek(0)
            for sample in _samples(file, name, max(_SMALL, 8 * self.frames * self.manifest["size"] ** 2)):
                count += 1
                if count > shard["samples"]:
                    break
                yield sample
        if count != shard["samples"]:
            found = f"more than {shard['samples']}" if count > shard["samples"] else count
            raise CdmError(f"{name}: {found} samples, not {shard['samples']} as the manifest says")


def read(where: str, lags: int = 0) -> ShardFolder:
    """Read the manifest of a data set.

    Args:
        where: its directory or URL.
        lags: how many frames before each are read, too; 0 of still images, 1 of clips.

    Raises:
        CdmError: if there is none, it is damaged, was changed, is of another format, or does not say what one says, or
            its images cannot be read so.
    """
    where = where.rstrip("/") or where
    with _opened(where, "manifest.json", manifest.MOST) as file:
        if file.seek(0, 2) > manifest.MOST:
            raise CdmError(f"{where}/manifest.json: has more than {manifest.MOST:,} bytes, which is all that are read")
        file.seek(0)
        text = file.read()
    told = manifest.parse(text, f"{where}/manifest.json")
    return ShardFolder(where, windows.view(told, lags, where), lags)


def keyed(where: str, name: str, size: int, sha256: str, side: int) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The samples of any tar of plain files, once its sum fits: key, and member -> content.

    Args:
        where, name: its folder, and its name there.
        size, sha256: what is told of it.
        side: pixels a side of the images in it, which bound how large a member may be.

    Raises:
        CdmError: if it is missing, was changed, or is no such tar.
    """
    with _opened(where, name, size) as file:
        if _sum(file, f"{where}/{name}", size) != sha256:
            raise CdmError(f"{where}/{name}: changed or cut short since it was written: its sha256 does not match")
        file.seek(0)
        yield from _keyed(file, f"{where}/{name}", max(_SMALL, 8 * side**2))


def _sum(file: IO[bytes], name: str, size: int) -> str:
    """Sha256 of a file that must have a size."""
    digest, read = hashlib.sha256(), 0
    while read <= size and (part := file.read(_AT_ONCE)):
        digest.update(part)
        read += len(part)
    _sized(name, read, size)
    return digest.hexdigest()


def _sized(name: str, found: int, size: int) -> None:
    if found != size:
        raise CdmError(f"{name}: changed or cut short since it was written: {found:,} bytes, not {size:,}")


def _samples(file: IO[bytes], name: str, most: int) -> Iterator[dict[str, bytes]]:
    """The samples of a tar of plain files."""
    return (sample for _, sample in _keyed(file, name, most))


def _keyed(file: IO[bytes], name: str, most: int) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The samples of a tar of plain files, those of one sample side by side, and their keys."""
    before, sample = "", dict[str, bytes]()
    for member, content in _members(file, name, most):
        key, _, ending = member.partition(".")
        if not _KEY.fullmatch(key) or (key == before and ending in sample):
            raise CdmError(f"{name}: no readable tar: a member that is called {member[:100]!r}, or its second")
        if sample and key != before:
            yield before, sample
            sample = {}
        before, sample[ending] = key, content
    if sample:
        yield before, sample


def _members(file: IO[bytes], name: str, most: int) -> Iterator[tuple[str, bytes]]:
    """The members of a POSIX tar (ustar) of plain files, as docs/reference/format.md has it."""
    while (head := file.read(_BLOCK)) and head.strip(b"\0"):
        if head[:2] == b"\x1f\x8b":
            raise CdmError(f"{name}: no readable tar: it is compressed; a shard is a plain tar")
        if len(head) < _BLOCK or not _whole(head):
            raise CdmError(f"{name}: no readable tar: a header is damaged or cut short")
        member, size = head[:100].rstrip(b"\0").decode("utf-8", "replace"), _octal(head[124:136])
        if head[156:157] not in (b"0", b"\0"):
            raise CdmError(f"{name}: no readable tar: {member!r} is no plain file")
        if size > most:
            raise CdmError(f"{name}: {member}: has {size:,} bytes; at most {most:,} are read")
        content = file.read(size)
        if len(content) < size:
            raise CdmError(f"{name}: no readable tar: it ends within {member}")
        file.seek(-size % _BLOCK, 1)
        yield member, content


def _whole(head: bytes) -> bool:
    """Whether the header of a member has the sum that it says, and a size."""
    fields = (head[124:136], head[148:156])
    return all(map(_OCTAL.fullmatch, fields)) and _octal(fields[1]) == sum(head) - sum(fields[1]) + 8 * ord(" ")


def _octal(field: bytes) -> int:
    return int(field.strip(b" \0"), 8)


@contextmanager
def _opened(where: str, name: str, most: int) -> Iterator[IO[bytes]]:
    """A file of a directory, or of a place that fsspec reaches: no more of that than some bytes."""
    try:
        with _fetched(f"{where}/{name}", most) if "://" in where else files.open_file(Path(where) / name) as file:
            yield file
    except FileNotFoundError:
        hint = ": not a data set" if name == "manifest.json" else ", though the manifest lists it"
        raise CdmError(f"{where}: has no {name}{hint}") from None
    except OSError as error:
        raise CdmError(f"{where}/{name}: cannot be read: {error.strerror or error}") from None


@contextmanager
def _fetched(url: str, most: int) -> Iterator[IO[bytes]]:
    """A copy of a file behind a URL, or of its beginning if it has more than some bytes."""
    try:
        import fsspec  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        raise CdmError(f"{url}: needs fsspec: pip install 'scmgen[remote]'") from None
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
        try:
            with fsspec.open(url, "rb") as file:
                while copy.tell() <= most and (part := file.read(_AT_ONCE)):
                    copy.write(part)
        except OSError:
            raise
        except Exception as error:  # each kind of place has errors of its own
            raise OSError(f"{type(error).__name__}: {error}") from error
        copy.seek(0)
        yield copy
