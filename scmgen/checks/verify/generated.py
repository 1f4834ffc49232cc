"""What is checked of one shard: each claim of its labels and pixels, recomputed and compared."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.checks.verify import labels, stored
from scmgen.checks.verify.findings import Verification
from scmgen.checks.verify.stored import Samples
from scmgen.dataset import fingerprint
from scmgen.dataset.batch import between
from scmgen.dataset.labels import labels as told_of
from scmgen.dataset.labels import truth_name, withheld
from scmgen.dataset.members import IMAGE, LABEL, Member, images, members_of, pictures, suffixes
from scmgen.dataset.sampling import Dataset, compiled
from scmgen.errors import ScmgenError
from scmgen.storage.entries import ShardEntry
from scmgen.storage.places.place import folder
from scmgen.storage.shards import Record, Shard, Shown, normalising, record
from scmgen.storage.summary import added, histogram

Labels = list[dict[str, Any]]


@dataclass(frozen=True)
class Task:
    """A shard to check: what the manifest says of it, and the rows whose pixels are drawn again."""

    shard: Shard
    entry: ShardEntry
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Outcome:
    """What one shard turned out to be.

    Attributes:
        report: what was checked, and what was found wrong.
        digests: a sum of what no two samples share, of each.
        record: what the manifest tells of the shard, told by its samples; None if they cannot be trusted to.
    """

    report: Verification
    digests: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    record: Record | None = None


def check_shard(spec_json: bytes, where: str, task: Task) -> Outcome:
    """Check one shard.

    Raises:
        OSError: if the place cannot be read.
    """
    dataset, report = compiled(spec_json), Verification()
    place, shard, beside = folder(where), task.shard, task.entry.truth
    data = stored.content(place, task.entry, report)
    apart = stored.content(place, beside, report) if beside else None
    if report.faults:
        return Outcome(report)
    try:
        samples = stored.read(data)
        told = [orjson.loads(sample[LABEL.suffix]) for sample in samples.values()]
        if apart is not None:
            told = _whole(dataset, shard, samples, told, apart, report)
    except (tarfile.TarError, OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        report.fault("samples", f"{shard.name}: cannot be read: {type(error).__name__}: {error}")
        return Outcome(report)
    if not stored.check_keys(suffixes(dataset.spec), shard, samples, report):
        return Outcome(report)
    try:
        if not labels.check(dataset, shard, told, report):
            return Outcome(report)
        _check_pixels(dataset, shard, samples, told, task.rows, report)
        known = None if report.faults else _record(dataset, task, samples, told, data, apart, report)
    except (ScmgenError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        report.fault("equations", f"{shard.name}: the labels do not fit the scene: {error}")
        return Outcome(report)
    return Outcome(report, labels.digests(told), known)


def _whole(
    dataset: Dataset,
    shard: Shard,
    samples: Samples,
    told: Labels,
    beside: bytes,
    report: Verification,
) -> Labels:
    """Put back what labels withhold, and see that they do withhold it."""
    apart = [orjson.loads(line) for line in beside.splitlines()]
    if [line.pop("key") for line in apart] != list(samples):
        raise ValueError(f"{truth_name(shard.name)} does not list the keys of its shard")
    secrets = withheld(dataset.spec)
    leaks = sorted({name for label in told for name in label if name in secrets})
    if leaks:
        report.fault("samples", f"{shard.name}: labels tell {', '.join(leaks)}, which they should withhold")
    return [{**label, **line} for label, line in zip(told, apart, strict=True)]


def _check_pixels(
    dataset: Dataset, shard: Shard, samples: Samples, told: Labels, rows: tuple[int, ...], report: Verification
) -> None:
    most = dataset.scene.renderer.exact.image
    keys, endings = list(samples), [member.suffix for member in members_of(dataset.spec) if member != LABEL]
    report.counts["pixels"] = len(rows)
    for start in range(0, len(rows), 64):
        part = rows[start : start + 64]
        drawn = images(dataset, labels.read(dataset, shard, [told[row] for row in part]), slice(None))
        for ending, array in zip(endings, drawn, strict=True):
            shape = Member.of(ending).shape(dataset.spec.frame.strip)
            for row, again in zip(part, array.reshape(-1, *shape), strict=True):
                _compare(f"{shard.name}: {keys[row]}{ending}", samples[keys[row]][ending], again, most, report)


def _compare(name: str, data: bytes, again: NDArray[np.uint8], most: float, report: Verification) -> None:
    """Compare an image with the same drawn again; ``most`` is the share of bytes that may differ."""
    pixels = stored.decoded(name, data, again.shape, report)
    if pixels is None:
        return
    differing = int((pixels != again).sum())
    report.pixels += again.size
    report.differing += differing
    if differing > most * again.size:
        report.fault("pixels", f"{name}: {differing} of {again.size} bytes differ when drawn again")


def _record(
    dataset: Dataset,
    task: Task,
    samples: Samples,
    told: Labels,
    data: bytes,
    apart: bytes | None,
    report: Verification,
) -> Record | None:
    """What the manifest should tell of a shard, from what stands in it."""
    shard, most = task.shard, normalising(dataset.spec, task.shard)
    counted = []
    for sample in list(samples)[:most]:
        pixels = _decoded(dataset, shard, samples, sample, IMAGE.name, report)
        if pixels is None:
            return None
        counted.append(histogram(pixels.reshape(-1, *dataset.spec.frame.still.shape)))
    opening = None if shard.start else _opening(dataset, shard, samples, told, report)
    shown = Shown(added(counted) if counted else None, opening)
    batch = labels.read(dataset, shard, told)
    return None if report.faults else record(dataset, shard, batch, data, apart, shown)


def _opening(
    dataset: Dataset, shard: Shard, samples: Samples, told: Labels, report: Verification
) -> fingerprint.Part | None:
    """What the first samples of a split add to the fingerprint; those beyond the shard are computed."""
    stop = min(shard.stop, fingerprint.SAMPLES)
    rows, names = list(told[:stop]), pictures(dataset.spec)
    found = {
        name: [_decoded(dataset, shard, samples, key, name, report) for key in list(samples)[:stop]] for name in names
    }
    if any(image is None for shown in found.values() for image in shown):
        return None
    whole: dict[str, list[Any]] = {name: list(shown) for name, shown in found.items()}
    if stop < fingerprint.SAMPLES:
        rest = between(dataset.opening(shard.split, fingerprint.SAMPLES), stop, fingerprint.SAMPLES)
        rows += told_of(dataset, rest)
        for name, drawn in zip(names, images(dataset, rest, slice(None)), strict=True):
            whole[name] += list(drawn)
    return fingerprint.part(shard.split, rows, {name: np.stack(shown) for name, shown in whole.items()})


def _decoded(
    dataset: Dataset, shard: Shard, samples: Samples, key: str, name: str, report: Verification
) -> NDArray[np.uint8] | None:
    member = next(member for member in members_of(dataset.spec) if member.name == name)
    shape = member.shape(dataset.spec.frame.strip)
    pixels = stored.decoded(f"{shard.name}: {key}{member.suffix}", samples[key][member.suffix], shape, report)
    return None if pixels is None else pixels.reshape(member.shape(dataset.spec.frame))
