"""Damaged files: shards with and without fresh sums, what stands beside them, caches, checkpoints."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import documents
import numpy as np
import watch
from PIL import Image

Use = Callable[[], None]
BESIDE = ("graph.json", "graph.svg", "croissant.json", "README.md", "sheet.png")


def harmed(chance: random.Random, data: bytes) -> tuple[bytes, str]:
    """Bytes that are others than before; and how."""
    other, what = _harmed(chance, data)
    return (other, what) if other != data else harmed(chance, data)


def _harmed(chance: random.Random, data: bytes) -> tuple[bytes, str]:
    at = chance.randrange(len(data))
    form = chance.choice(["flip", "flip", "cut", "empty", "zeros", "noise", "gz", "more", "twice", "swap"])
    match form:
        case "flip":
            return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :], f"bit at {at}"
        case "cut":
            return data[:at], f"cut at {at}"
        case "empty":
            return b"", "emptied"
        case "zeros":
            return bytes(len(data)), "zeros"
        case "noise":
            return chance.randbytes(len(data)), "noise"
        case "gz":
            return gzip.compress(data, 1), "gzipped"
        case "more":
            return data + b"x" * 700, "longer"
        case "twice":
            return data + data, "twice"
        case _:
            step = min(512, max(1, len(data) - at))
            return data[:at] + data[at : at + step][::-1] + data[at + step :], f"turned round at {at}"


def copied(source: Path, place: Path) -> Path:
    """A data set whose files may be replaced, each by a new one."""
    shutil.rmtree(place, ignore_errors=True)
    return Path(shutil.copytree(source, place, copy_function=os.link))


def put(path: Path, data: bytes) -> None:
    """Replace a file that may be linked."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def shards(chance: random.Random, place: Path, source: Path) -> tuple[str, Use]:
    """A damaged shard: nobody takes it, and ``verify`` finds it also under a fresh sum."""
    where = copied(source, place / "set")
    path = chance.choice(sorted(where.glob("*.tar")))
    data, what = harmed(chance, path.read_bytes())
    same = _alike(data, path.read_bytes())
    put(path, data)
    fresh = chance.random() < 0.5
    if fresh:
        manifest = json.loads((where / "manifest.json").read_bytes())
        for shard in manifest["shards"]:
            if shard["name"] == path.name:
                shard.update(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
        manifest.pop("digest")
        (where / "manifest.json").unlink()
        documents.resign(where, manifest)
    other = chance.choice(["load", "cdm", "npz", "labels", "samples", "report"])
    return f"{path.name}: {what}{', signed' if fresh else ''} ({other})", lambda: _taken(place, other, same, fresh)


def _alike(one: bytes, other: bytes) -> bool:
    """Whether two archives hold the same: a bit of a header's time or of the padding says nothing."""
    try:
        return _told(one) == _told(other)
    except Exception:
        return False


def _told(data: bytes) -> dict[str, tuple[Any, ...]]:
    told: dict[str, tuple[Any, ...]] = {}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in archive:
            content = archive.extractfile(member).read()  # type: ignore[union-attr]
            if member.name.endswith(".png"):
                with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
                    told[member.name] = image.mode, image.size, image.tobytes()
            else:
                told[member.name] = (json.loads(content),)
    return told


def _taken(place: Path, other: str, same: bool, fresh: bool) -> None:
    from cdm.errors import CdmError
    from scmgen.cli.main import main
    from scmgen.errors import ScmgenError

    shutil.rmtree(place / "cache", ignore_errors=True)
    try:
        documents._reader(other, place)
        if not fresh and other in ("load", "labels"):
            raise watch.Silent(f"{other} took it")
    except (ScmgenError, CdmError, watch.Refused):
        pass
    watch.command(main, "verify", str(place / "set"), "-j", "1")
    if not same:
        raise watch.Silent("verify found nothing")


def beside(chance: random.Random, place: Path, source: Path) -> tuple[str, Use]:
    """Something that stands beside the shards: ``verify`` finds it."""
    from scmgen.cli.main import main

    where = copied(source, place / "set")
    there = sorted(path for path in where.iterdir() if path.suffix != ".tar" and path.name != "manifest.json")
    path = chance.choice(there)
    before = path.read_bytes()
    data, what = harmed(chance, before)
    put(path, data)

    def use() -> None:
        watch.command(main, "verify", str(where), "-j", "1", "--all")  # the card's audit too
        if data != before:
            raise watch.Silent("verify found nothing")

    return f"{path.name}: {what}", use


def _pairs_equal(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def caches(chance: random.Random, place: Path, source: Path) -> tuple[str, Use]:
    """A file of a cache: the cache is made anew, and what is read is what the shards hold."""
    whose = chance.choice(["scmgen", "cdm"])
    read = _scmgen if whose == "scmgen" else _cdm
    kept = place / f"cache-{whose}"
    shutil.rmtree(kept, ignore_errors=True)
    expected = {name: np.array(array) for name, array in read(source, kept).items()}
    path = chance.choice(sorted(path for path in kept.rglob("*") if path.is_file() and path.name != ".lock"))
    data, what = harmed(chance, path.read_bytes() or b"\0")
    if chance.random() < 0.15:
        path.unlink()
        what = "removed"
    else:
        put(path, data)

    def use() -> None:
        if not _pairs_equal(expected, read(source, kept)):
            raise watch.Silent("other arrays came out of it")

    return f"{whose}: {path.name}: {what}", use


def _scmgen(source: Path, kept: Path) -> dict[str, np.ndarray]:
    import scmgen

    return scmgen.load(source).samples("train", cache=kept)[:]


def _cdm(source: Path, kept: Path) -> dict[str, np.ndarray]:
    from cdm.data import pairs, shards

    return dict(pairs.load(shards.read(str(source)), "train", kept).arrays)


def checkpoints(chance: random.Random, place: Path, run: Path) -> tuple[str, Use]:
    """A damaged checkpoint, or one whose header claims something else: it is refused."""
    before = (run / "model.safetensors").read_bytes()
    data, what = harmed(chance, before) if chance.random() < 0.6 else _claimed(chance, before)
    out = place / "run"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    (out / "model.safetensors").write_bytes(data)

    def use() -> None:
        from cdm.runs import models

        models.load(out)
        if data != before:
            raise watch.Silent("it was loaded")

    return what, use


def _claimed(chance: random.Random, data: bytes) -> tuple[bytes, str]:
    """A checkpoint whose header of JSON says something else, in a file that is sound."""
    size = int.from_bytes(data[:8], "little")
    table = json.loads(data[8 : 8 + size])
    known = json.loads(table["__metadata__"]["cdm"])
    header, what = documents.spoilt(chance, known)
    if chance.random() < 0.2:
        header["size"] = 4096
        what = "size = 4096"
    if header == known:
        return data, "none"
    table["__metadata__"]["cdm"] = json.dumps(header)
    text = json.dumps(table).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[8 + size :], f"header: {what}"
