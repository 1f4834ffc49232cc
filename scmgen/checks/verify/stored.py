"""What stands in a shard, read with :mod:`tarfile` and Pillow and not with the code that wrote it.

A shard may be anybody's: it is read only as far as the manifest says that it reaches, it is never inflated, and an
image is decoded only if its header says the right size.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scmgen.checks.verify.findings import Verification
from scmgen.dataset.labels import key
from scmgen.errors import ScmgenError
from scmgen.storage.entries import FileEntry, ShardEntry
from scmgen.storage.places.place import Folder
from scmgen.storage.shards import Shard

Samples = dict[str, dict[str, bytes]]
"""Key -> ending -> bytes."""


def content(place: Folder, file: ShardEntry | FileEntry, report: Verification) -> bytes:
    """A file's bytes, once they are found to be those of the manifest."""
    report.counts["checksums"] += 1
    try:
        data = place.read(file.name, file.bytes)
    except FileNotFoundError:
        report.fault("checksums", f"{file.name}: missing")
        return b""
    except ScmgenError as error:
        report.fault("checksums", f"{file.name}: not the file that the manifest lists: {error}")
        return b""
    if hashlib.sha256(data).hexdigest() != file.sha256:
        report.fault("checksums", f"{file.name}: changed or cut short since it was written ({len(data)} bytes)")
    elif len(data) != file.bytes:
        report.fault("checksums", f"{file.name}: {len(data)} bytes, not {file.bytes} as the manifest says")
    return data


def read(data: bytes) -> Samples:
    """The members of each sample of a tar.

    Raises:
        tarfile.TarError, ValueError: if it cannot be read, or holds something else than files.
    """
    samples: Samples = {}
    if data.startswith(b"\x1f\x8b"):
        raise ValueError("is gzipped; a shard is a plain tar, which readers index without unpacking it")
    taken = 0
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in archive:
            name, _, suffix = member.name.partition(".")
            if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.sparse is not None:
                raise ValueError(f"{member.name} is no plain file")
            taken += member.size
            file = archive.extractfile(member)
            if file is None or taken > len(data):
                raise tarfile.ReadError("unexpected end of data")
            samples.setdefault(name, {})["." + suffix] = file.read()
        rest = data[archive.offset :].lstrip(b"\0")
    if rest:
        raise ValueError(f"{len(rest):,} bytes stand after its end")
    return samples


def check_keys(endings: Sequence[str], shard: Shard, samples: Samples, report: Verification) -> bool:
    """Check that a shard holds its samples and each sample its members, in order."""
    expected = [key(shard.split, index) for index in range(shard.start, shard.stop)]
    report.counts["samples"] = len(expected)
    if list(samples) != expected:
        report.fault("samples", f"{shard.name}: {len(samples)} samples, not the {len(expected)} from {expected[0]} on")
        return False
    odd = [name for name, sample in samples.items() if list(sample) != list(endings)]
    if odd:
        found = list(samples[odd[0]])
        report.fault("samples", f"{shard.name}: {odd[0]} has members {found}, not {list(endings)}")
    return not odd


def decoded(name: str, data: bytes, shape: tuple[int, ...], report: Verification) -> NDArray[np.uint8] | None:
    """The pixels of an image of that shape, or None and a fault: its header is looked at before it is decoded."""
    mode = "RGB" if len(shape) == 3 else "L"
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            form = (image.mode, image.height, image.width)
            pixels = np.asarray(image) if form == (mode, *shape[:2]) else None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        report.fault("pixels", f"{name}: no readable PNG: {error}")
        return None
    if pixels is None:
        spelt = "{} of {} x {}".format(*form)
        report.fault("pixels", f"{name}: {spelt}, not {mode} of {shape[0]} x {shape[1]}")
    return pixels
