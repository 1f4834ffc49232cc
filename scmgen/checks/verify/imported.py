"""What is checked of one shard of images from elsewhere: nothing in it can be recomputed, but it must be readable."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from PIL import Image

from scmgen.checks.verify import generated
from scmgen.checks.verify.findings import IMPORTED, Verification, begin
from scmgen.checks.verify.generated import Task
from scmgen.dataset.members import IMAGE, LABEL
from scmgen.storage.composition import IMPORTED_MEMBERS
from scmgen.storage.imported import Attribute, ImportedSpec
from scmgen.storage.place import folder
from scmgen.storage.shards import Shard

_KEYS = {"index": int, "split": str, "source": str, "factors": dict}


def check_shard(source_json: bytes, where: str, task: Task) -> tuple[Verification, NDArray[np.uint64]]:
    """Check one shard; give also a digest of each sample's file name.

    Raises:
        OSError: if the place cannot be read.
    """
    source, shard, report = ImportedSpec.model_validate_json(source_json), task.shard, begin(IMPORTED)
    data = generated.content(folder(where), shard.name, task.sha256, report)
    if report.faults:
        return report, np.empty(0, np.uint64)
    try:
        samples = generated.read(data)
        stored = [orjson.loads(sample[LABEL.suffix]) for sample in samples.values()]
    except (tarfile.TarError, OSError, KeyError, ValueError) as error:
        report.fault("samples", f"{shard.name}: cannot be read: {type(error).__name__}: {error}")
        return report, np.empty(0, np.uint64)
    if generated.check_keys(list(IMPORTED_MEMBERS), shard, samples, report):
        _check_labels(source, shard, stored, report)
        for row in task.rows:
            _check_image(source, shard, list(samples)[row], list(samples.values())[row][IMAGE.suffix], report)
    names = [str(label.get("source")) if isinstance(label, dict) else "" for label in stored]
    sums = b"".join(hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
    return report, np.frombuffer(sums, np.uint64)


def _check_labels(source: ImportedSpec, shard: Shard, stored: Sequence[Any], report: Verification) -> None:
    report.counts["labels"] = len(stored)
    for index, label in enumerate(stored, shard.start):
        problem = _problem(source, shard, index, label)
        if problem:
            report.fault("labels", f"{shard.name}: the label of sample {index} {problem}")


def _problem(source: ImportedSpec, shard: Shard, index: int, label: Any) -> str:
    """What is wrong with a label, or nothing."""
    kinds = {name: type(value) for name, value in label.items()} if isinstance(label, dict) else {}
    if kinds != _KEYS or (label["index"], label["split"]) != (index, shard.split):
        return "is not the one that docs/format.md describes"
    if list(label["factors"]) != list(source.factors):
        return "has other factors than the manifest"
    outside = [name for name, factor in source.factors.items() if not _fits(factor, label["factors"][name])]
    return f"has {outside[0]} = {label['factors'][outside[0]]!r}, which is not in its domain" if outside else ""


def _fits(factor: Attribute, value: Any) -> bool:
    low, high = factor.range
    return isinstance(value, float) and low <= value <= high and bool(factor.domain.contains(np.array([value])).all())


def _check_image(source: ImportedSpec, shard: Shard, key: str, data: bytes, report: Verification) -> None:
    report.counts["pixels"] += 1
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            image.load()
            form = (image.mode, *image.size)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        report.fault("pixels", f"{shard.name}: {key}{IMAGE.suffix}: no readable PNG: {error}")
        return
    if form != ("RGB", source.size, source.size):
        spelt = "{} of {} x {}".format(*form)
        report.fault("pixels", f"{shard.name}: {key}{IMAGE.suffix}: {spelt}, not RGB of {source.size} x {source.size}")
