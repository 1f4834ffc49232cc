"""What is checked of one shard of images from elsewhere: nothing in it can be recomputed, but it must be readable."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.checks.verify import stored
from scmgen.checks.verify.findings import IMPORTED, Verification, begin
from scmgen.checks.verify.generated import Outcome, Task
from scmgen.checks.verify.stored import Samples
from scmgen.dataset import fingerprint
from scmgen.dataset.members import IMAGE, LABEL
from scmgen.storage.composition import IMPORTED_MEMBERS
from scmgen.storage.imported import Attribute, ImportedSpec
from scmgen.storage.places.place import folder
from scmgen.storage.shards import Record, Shard, Shown, normalising
from scmgen.storage.summary import added, combinations, histogram, moments

_KEYS = {"index": int, "split": str, "source": str, "factors": dict}


def check_shard(source_json: bytes, where: str, task: Task) -> Outcome:
    """Check one shard; its digests are those of the samples' file names.

    Raises:
        OSError: if the place cannot be read.
    """
    source, shard, report = ImportedSpec.model_validate_json(source_json), task.shard, begin(IMPORTED)
    data = stored.content(folder(where), task.entry, report)
    if report.faults:
        return Outcome(report)
    try:
        samples = stored.read(data)
        told = [orjson.loads(sample[LABEL.suffix]) for sample in samples.values()]
    except (tarfile.TarError, OSError, KeyError, ValueError) as error:
        report.fault("samples", f"{shard.name}: cannot be read: {type(error).__name__}: {error}")
        return Outcome(report)
    known = None
    if stored.check_keys(list(IMPORTED_MEMBERS), shard, samples, report):
        _check_labels(source, shard, told, report)
        report.counts["pixels"] = len(task.rows)
        for row in task.rows:
            _image(source, shard, samples, list(samples)[row], report)
        known = None if report.faults else _record(source, task, samples, told, data, report)
    names = [str(label.get("source")) if isinstance(label, dict) else "" for label in told]
    sums = b"".join(hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
    return Outcome(report, np.frombuffer(sums, np.uint64), known)


def _record(
    source: ImportedSpec, task: Task, samples: Samples, told: Sequence[Any], data: bytes, report: Verification
) -> Record | None:
    """What the manifest should tell of a shard, from what stands in it."""
    shard, most, keys = task.shard, normalising(source, task.shard), list(samples)
    counted = [_image(source, shard, samples, key, report) for key in keys[:most]]
    first = 0 if shard.start else min(fingerprint.SAMPLES, len(keys))
    shown = [_image(source, shard, samples, key, report) for key in keys[:first]]
    known = [[image for image in images if image is not None] for images in (counted, shown)]
    if report.faults:
        return None
    opening = fingerprint.part(shard.split, told[:first], {IMAGE.name: np.stack(known[1])}) if first else None
    columns = {name: np.array([label["factors"][name] for label in told]) for name in source.factors}
    return Record(
        shard.name,
        shard.split,
        len(told),
        len(data),
        hashlib.sha256(data).hexdigest(),
        {name: moments(column) for name, column in columns.items()},
        (),
        (),
        combinations(columns, {name: factor.domain.levels for name, factor in source.factors.items()}),
        None,
        Shown(added(histogram(image[None]) for image in known[0]) if most else None, opening),
    )


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
        return "is not the one that docs/reference/format.md describes"
    if list(label["factors"]) != list(source.factors):
        return "has other factors than the manifest"
    outside = [name for name, factor in source.factors.items() if not _fits(factor, label["factors"][name])]
    return f"has {outside[0]} = {label['factors'][outside[0]]!r}, which is not in its domain" if outside else ""


def _fits(factor: Attribute, value: Any) -> bool:
    low, high = factor.range
    return isinstance(value, float) and low <= value <= high and bool(factor.domain.contains(np.array([value])).all())


def _image(
    source: ImportedSpec, shard: Shard, samples: Samples, key: str, report: Verification
) -> NDArray[np.uint8] | None:
    name = f"{shard.name}: {key}{IMAGE.suffix}"
    return stored.decoded(name, samples[key][IMAGE.suffix], source.frame.shape, report)
