"""A directory of shards, or its URL, read as docs/format.md describes it: manifest, labels, PNG images.

Nothing is unpickled or executed.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdm.data.schema import DIGEST, NAME, misfit, parse
from cdm.errors import CdmError, suggestion
from cdm.scm.codes import from_manifest
from cdm.scm.domains import DOMAINS

FORMAT = 1
_LARGEST = 4096  # pixels a side
_FACTOR = {"type": frozenset(DOMAINS), "unit": str, "range": [float], "levels": [str]}
_SHARD = {"name": NAME, "split": NAME, "samples": int, "sha256": str}
_MANIFEST = {
    "digest": DIGEST,
    "factors": {str: _FACTOR},
    "graph": ({"adjacency": {"directed": [[float]]}}, None),
    "members": [str],
    "name": NAME,
    "shards": [_SHARD],
    "size": int,
    "spec_hash": (str, None),
    "splits": {str: int},
}


@dataclass(frozen=True)
class ShardFolder:
    """A data set: where it lies and what its manifest says."""

    where: str
    manifest: dict[str, Any]

    def shards(self, split: str) -> list[dict[str, Any]]:
        """The shards of a split, as the manifest lists them.

        Raises:
            CdmError: if there is no such split.
        """
        if split not in self.manifest["splits"]:
            raise CdmError(f"{self.where}: no split {split!r}; {suggestion(split, self.manifest['splits'])}")
        return [shard for shard in self.manifest["shards"] if shard["split"] == split]

    def samples(self, shard: dict[str, Any]) -> Iterator[dict[str, bytes]]:
        """The samples of a shard, in order: member (``image.png``, ``label.json``, ...) -> content.

        Raises:
            CdmError: if the shard is missing, was changed, or holds another number of samples.
        """
        content, name = _content(self.where, shard["name"]), f"{self.where}/{shard['name']}"
        if hashlib.sha256(content).hexdigest() != shard["sha256"]:
            raise CdmError(f"{name}: changed or cut short since it was written ({len(content):,} bytes)")
        count, key, sample = 0, "", dict[str, bytes]()
        try:
            with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
                for member in archive:
                    before, (key, _, ending) = key, member.name.partition(".")
                    if sample and key != before:
                        count += 1
                        yield sample
                        sample = {}
                    file = archive.extractfile(member)
                    sample[ending] = file.read() if file else b""
        except (tarfile.TarError, ValueError, EOFError) as error:
            raise CdmError(f"{name}: no readable tar: {error}") from None
        if sample:
            count += 1
            yield sample
        if count != shard["samples"]:
            raise CdmError(f"{name}: {count} samples, not {shard['samples']} as the manifest says")


def read(where: str) -> ShardFolder:
    """Read the manifest of a data set.

    Raises:
        CdmError: if there is none, it is damaged, or it is of another format.
    """
    where = where.rstrip("/")
    name = f"{where}/manifest.json"
    manifest = parse(_content(where, "manifest.json"), name)
    version = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
    if version != FORMAT:
        raise CdmError(f"{name}: format {version!r}; this cdm reads format {FORMAT}")
    wrong = misfit(manifest, _MANIFEST) or _odd(manifest)
    if wrong:
        raise CdmError(f"{name}: {wrong}; docs/format.md says what a manifest holds")
    return ShardFolder(where, manifest)


def _odd(manifest: dict[str, Any]) -> str | None:
    """What in a manifest of the right form contradicts itself."""
    d, graph = len(manifest["factors"]), manifest["graph"]
    ranges = [name for name, factor in manifest["factors"].items() if len(factor["range"]) != 2]
    if ranges:
        return f"factors.{ranges[0]}.range: two numbers are needed"
    try:
        from_manifest(manifest["factors"])
    except CdmError as error:
        return str(error)
    if graph and [len(row) for row in graph["adjacency"]["directed"]] != [d] * d:
        return f"graph.adjacency.directed: a row and a column for each of the {d} factors is needed"
    if ".image.png" not in manifest["members"] or not 0 < manifest["size"] <= _LARGEST:
        return f"size, members: images of 1 to {_LARGEST} pixels a side are needed"
    names = [shard["name"] for shard in manifest["shards"]]
    if len({*names}) < len(names):
        return f"shards: {next(name for name in names if names.count(name) > 1)} is listed twice"
    if not all(map(NAME.fullmatch, manifest["splits"])):
        return "splits: names without a separator or a leading dot are needed"
    return None


def _content(where: str, name: str) -> bytes:
    """A whole file of a directory or of a place that fsspec reaches."""
    try:
        if "://" not in where:
            return (Path(where) / name).read_bytes()
        return _fetch(f"{where}/{name}")
    except FileNotFoundError:
        hint = ": not a data set" if name == "manifest.json" else ", though the manifest lists it"
        raise CdmError(f"{where}: has no {name}{hint}") from None
    except OSError as error:
        raise CdmError(f"{where}/{name}: cannot be read: {error.strerror or error}") from None


def _fetch(url: str) -> bytes:
    try:
        import fsspec  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        raise CdmError(f"{url}: needs fsspec: pip install 'scmgen[remote]'") from None
    try:
        with fsspec.open(url, "rb") as file:
            return bytes(file.read())
    except OSError:
        raise
    except Exception as error:  # each kind of place has errors of its own
        raise OSError(f"{type(error).__name__}: {error}") from error
