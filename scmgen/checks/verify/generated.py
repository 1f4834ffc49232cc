"""What is checked of one shard: each claim of its labels and pixels, recomputed and compared.

Shards are read with :mod:`tarfile` and Pillow, not with the code that wrote them.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from PIL import Image

from scmgen.checks.verify import labels
from scmgen.checks.verify.findings import Verification
from scmgen.dataset.labels import key, truth_name, withheld
from scmgen.dataset.members import LABEL, images, members_of, suffixes
from scmgen.dataset.sampling import Dataset, compiled
from scmgen.errors import ScmgenError
from scmgen.storage.place import Folder, folder
from scmgen.storage.shards import Shard


@dataclass(frozen=True)
class Task:
    """A shard to check: its sum in the manifest, that of its truth file, and the rows whose pixels are drawn again."""

    shard: Shard
    sha256: str
    truth: str
    rows: tuple[int, ...]


def check_shard(spec_json: bytes, where: str, task: Task) -> tuple[Verification, NDArray[np.uint64]]:
    """Check one shard; give also a digest of each sample's values.

    Raises:
        OSError: if the place cannot be read.
    """
    dataset, report, nothing = compiled(spec_json), Verification(), np.empty(0, np.uint64)
    place, shard, beside = folder(where), task.shard, dataset.spec.labels != "whole"
    data = content(place, shard.name, task.sha256, report)
    apart = content(place, truth_name(shard.name), task.truth, report) if beside else b""
    if report.faults:
        return report, nothing
    try:
        samples = read(data)
        stored = [orjson.loads(sample[LABEL.suffix]) for sample in samples.values()]
        if beside:
            stored = _whole(dataset, shard, samples, stored, apart, report)
    except (tarfile.TarError, OSError, KeyError, ValueError) as error:
        report.fault("samples", f"{shard.name}: cannot be read: {type(error).__name__}: {error}")
        return report, nothing
    if not check_keys(suffixes(dataset.spec), shard, samples, report):
        return report, nothing
    try:
        if not labels.check(dataset, shard, stored, report):
            return report, nothing
        _check_pixels(dataset, shard, samples, stored, task.rows, report)
    except (ScmgenError, KeyError, TypeError, ValueError) as error:
        report.fault("equations", f"{shard.name}: the labels do not fit the scene: {error}")
        return report, nothing
    return report, labels.digests(stored)


def _whole(
    dataset: Dataset,
    shard: Shard,
    samples: dict[str, dict[str, bytes]],
    stored: list[dict[str, Any]],
    beside: bytes,
    report: Verification,
) -> list[dict[str, Any]]:
    """Put back what labels withhold, and see that they do withhold it."""
    apart = [orjson.loads(line) for line in beside.splitlines()]
    if [line.pop("key") for line in apart] != list(samples):
        raise ValueError(f"{truth_name(shard.name)} does not list the keys of its shard")
    secrets = withheld(dataset.spec)
    leaks = sorted({name for label in stored for name in label if name in secrets})
    if leaks:
        report.fault("samples", f"{shard.name}: labels tell {', '.join(leaks)}, which they should withhold")
    return [{**label, **line} for label, line in zip(stored, apart, strict=True)]


def content(place: Folder, name: str, sha256: str, report: Verification) -> bytes:
    """A file's bytes, once they are found to be those of the manifest."""
    report.counts["checksums"] += 1
    try:
        data = place.read(name)
    except FileNotFoundError:
        report.fault("checksums", f"{name}: missing")
        return b""
    if hashlib.sha256(data).hexdigest() != sha256:
        report.fault("checksums", f"{name}: changed or cut short since it was written ({len(data)} bytes)")
    return data


def read(data: bytes) -> dict[str, dict[str, bytes]]:
    """The members of each sample of a tar.

    Raises:
        tarfile.TarError, ValueError: if it cannot be read, or holds something else than files.
    """
    samples: dict[str, dict[str, bytes]] = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            name, _, suffix = member.name.partition(".")
            file = archive.extractfile(member)
            if file is None:
                raise ValueError(f"{member.name} is no file")
            samples.setdefault(name, {})["." + suffix] = file.read()
    return samples


def check_keys(endings: list[str], shard: Shard, samples: dict[str, dict[str, bytes]], report: Verification) -> bool:
    """Check that a shard holds its samples and each sample its members, in order."""
    expected = [key(shard.split, index) for index in range(shard.start, shard.stop)]
    report.counts["samples"] = len(expected)
    if list(samples) != expected:
        report.fault("samples", f"{shard.name}: {len(samples)} samples, not the {len(expected)} from {expected[0]} on")
        return False
    odd = [name for name, sample in samples.items() if list(sample) != endings]
    if odd:
        report.fault("samples", f"{shard.name}: {odd[0]} has members {list(samples[odd[0]])}, not {endings}")
    return not odd


def _check_pixels(
    dataset: Dataset,
    shard: Shard,
    samples: dict[str, dict[str, bytes]],
    stored: list[dict[str, Any]],
    rows: tuple[int, ...],
    report: Verification,
) -> None:
    most = dataset.scene.renderer.exact.image
    keys, endings = list(samples), [member.suffix for member in members_of(dataset.spec) if member != LABEL]
    report.counts["pixels"] = len(rows)
    for start in range(0, len(rows), 64):
        part = rows[start : start + 64]
        drawn = images(dataset, labels.read(dataset, shard, [stored[row] for row in part]), slice(None))
        for ending, array in zip(endings, drawn, strict=True):
            for row, again in zip(part, array, strict=True):
                _compare(f"{shard.name}: {keys[row]}{ending}", samples[keys[row]][ending], again, most, report)


def _compare(name: str, data: bytes, again: NDArray[np.uint8], most: float, report: Verification) -> None:
    """Compare an image with the same drawn again; ``most`` is the share of bytes that may differ."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            pixels = np.asarray(image)
    except (OSError, ValueError, SyntaxError) as error:
        report.fault("pixels", f"{name}: no readable PNG: {error}")
        return
    if pixels.shape != again.shape:
        report.fault("pixels", f"{name}: shape {pixels.shape}, not {again.shape}")
        return
    differing = int((pixels != again).sum())
    report.pixels += again.size
    report.differing += differing
    if differing > most * again.size:
        report.fault("pixels", f"{name}: {differing} of {again.size} bytes differ when drawn again")
