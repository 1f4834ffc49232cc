"""What is checked of one shard: each claim of its labels and pixels, recomputed and compared.

Shards are read with :mod:`tarfile` and Pillow, not with the code that wrote them.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import orjson
from numpy.typing import NDArray
from PIL import Image

from scmgen.dataset import Batch, Dataset
from scmgen.errors import ScmgenError
from scmgen.scm import Affine
from scmgen.shards import Shard, images, key, labels, load, suffixes
from scmgen.vocabulary import Array

LABEL_TOLERANCE = 1e-9  # relative; numpy's exp, log, pow and tan differ in the last bit between machines

CHECKS: dict[str, str] = {
    "files": "every shard of the plan is there, and no other",
    "checksums": "bytes of each shard match the manifest",
    "samples": "each shard holds exactly its keys and members, in order",
    "noise": "stored noise and interventions are those of seed and position",
    "equations": "stored values solve the equations under the stored noise and do",
    "untouched": "non-descendants of the targets are bit-equal in both worlds",
    "pixels": "re-rendered images equal the stored ones",
    "duplicates": "no sample stands in two places",
    "graph": "the published graph is the one of the equations",
}


@dataclass
class Report:
    """What was checked, how often, and what was found wrong."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHECKS, 0))
    faults: list[tuple[str, str]] = field(default_factory=list)
    residual: float = 0.0
    pixels: int = 0
    differing: int = 0

    def fault(self, check: str, problem: str) -> None:
        """Note a fault."""
        self.faults.append((check, problem))

    def add(self, other: Report) -> None:
        """Take over what another report says."""
        for check, count in other.counts.items():
            self.counts[check] += count
        self.faults += other.faults
        self.residual = max(self.residual, other.residual)
        self.pixels += other.pixels
        self.differing += other.differing


@dataclass(frozen=True)
class Task:
    """A shard to check: its sum in the manifest, and the rows whose pixels are drawn again."""

    shard: Shard
    sha256: str
    rows: tuple[int, ...]


def check_shard(spec_json: bytes, out: str, task: Task) -> tuple[Report, NDArray[np.uint64]]:
    """Check one shard; give also a digest of each sample's values."""
    dataset, report, nothing = load(spec_json), Report(), np.empty(0, np.uint64)
    shard, path = task.shard, Path(out) / task.shard.name
    report.counts["checksums"] = 1
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != task.sha256:
            report.fault(
                "checksums", f"{shard.name}: changed or cut short since it was written ({path.stat().st_size} bytes)"
            )
            return report, nothing
    try:
        samples = _read(path)
        stored = [orjson.loads(sample[".label.json"]) for sample in samples.values()]
    except (tarfile.TarError, OSError, KeyError, ValueError) as error:
        report.fault("samples", f"{shard.name}: cannot be read: {type(error).__name__}: {error}")
        return report, nothing
    if not _check_keys(dataset, shard, samples, report):
        return report, nothing
    try:
        if not _check_labels(dataset, shard, stored, report):
            return report, nothing
        _check_pixels(dataset, shard, samples, stored, task.rows, report)
    except (ScmgenError, KeyError, TypeError, ValueError) as error:
        report.fault("equations", f"{shard.name}: the labels do not fit the scene: {error}")
        return report, nothing
    return report, _digests(stored)


def _read(path: Path) -> dict[str, dict[str, bytes]]:
    samples: dict[str, dict[str, bytes]] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            name, _, suffix = member.name.partition(".")
            file = archive.extractfile(member)
            if file is None:
                raise ValueError(f"{member.name} is no file")
            samples.setdefault(name, {})["." + suffix] = file.read()
    return samples


def _check_keys(dataset: Dataset, shard: Shard, samples: dict[str, dict[str, bytes]], report: Report) -> bool:
    endings = suffixes(dataset.spec)
    expected = [key(shard.split, index) for index in range(shard.start, shard.stop)]
    report.counts["samples"] = len(expected)
    if list(samples) != expected:
        report.fault("samples", f"{shard.name}: {len(samples)} samples, not the {len(expected)} from {expected[0]} on")
        return False
    odd = [name for name, sample in samples.items() if list(sample) != endings]
    if odd:
        report.fault("samples", f"{shard.name}: {odd[0]} has members {list(samples[odd[0]])}, not {endings}")
    return not odd


def _check_labels(dataset: Dataset, shard: Shard, stored: list[dict[str, Any]], report: Report) -> bool:
    """Check all but the pixels; False if the labels cannot be read as such."""
    batch = dataset.evaluate(shard.split, shard.start, shard.stop)
    n = len(stored)
    report.counts["noise"] = report.counts["equations"] = n
    expected = labels(dataset, batch)
    chosen = ("index", "split", "noise", "do_kind", "do_mask")
    for label, want in zip(stored, expected, strict=True):
        if _schema(label) != _schema(want):
            report.fault(
                "samples", f"{shard.name}: the label of sample {want['index']} has another schema than docs/format.md"
            )
            return False
        if any(label[name] != want[name] for name in chosen if name in want):
            report.fault("noise", f"{shard.name}: sample {want['index']} is not the one of this seed and position")
            break
    scm, factors = dataset.scenes[shard.split].scm, list(dataset.scene.factors)
    noise = {name: _column(stored, "noise", name) for name in scm.exogenous}
    worlds: list[tuple[dict[str, Affine], str]] = [({}, "")]
    if "do_mask" in stored[0]:
        scale, shift = (np.array([label[part] for label in stored]) for part in ("do_scale", "do_shift"))
        worlds.append(({name: Affine(scale[:, k], shift[:, k]) for k, name in enumerate(factors)}, "_cf"))
    for do, suffix in worlds:
        solved = scm.solve(noise, do)
        for name, values in solved.items():
            found = _column(stored, ("factors" if name in factors else "hidden") + suffix, name)
            gap = np.abs(found - values) / np.maximum(1.0, np.abs(values))
            report.residual = max(report.residual, float(gap.max()))
            if gap.max() > LABEL_TOLERANCE:
                row = shard.start + int(gap.argmax())
                report.fault(
                    "equations",
                    f"{shard.name}: {name}{suffix} of sample {row} is off by {gap.max():.3g}",
                )
    if len(worlds) > 1:
        _check_do(shard, stored, expected, report)
        _check_untouched(dataset, shard, stored, report)
    return True


def _schema(value: Any) -> Any:
    """Names, lengths and types, without values."""
    if isinstance(value, dict):
        return {name: _schema(part) for name, part in value.items()}
    return [_schema(part) for part in value] if isinstance(value, list) else type(value)


def _check_do(shard: Shard, stored: list[dict[str, Any]], expected: list[dict[str, Any]], report: Report) -> None:
    for part in ("do_scale", "do_shift", "do_value"):
        found, want = (np.array([label[part] for label in side]) for side in (stored, expected))
        gap = (np.abs(found - want) / np.maximum(1.0, np.abs(want))).max(axis=1)
        if gap.max() > LABEL_TOLERANCE:
            report.fault(
                "noise", f"{shard.name}: {part} of sample {shard.start + int(gap.argmax())} is off by {gap.max():.3g}"
            )


def _check_untouched(dataset: Dataset, shard: Shard, stored: list[dict[str, Any]], report: Report) -> None:
    scene = dataset.scenes[shard.split]
    mask = np.array([label["do_mask"] for label in stored])
    touches = {name: {name, *nx.descendants(scene.graph, name)} for name in scene.factors}
    report.counts["untouched"] = len(stored)
    for part, names in (("factors", scene.factors), ("hidden", scene.hidden)):
        for name in names:
            causes = [k for k, factor in enumerate(scene.factors) if name in touches[factor]]
            free = mask[:, causes].sum(axis=1) == 0
            before, after = _column(stored, part, name), _column(stored, f"{part}_cf", name)
            changed = np.flatnonzero(free & (before.view(np.uint64) != after.view(np.uint64)))
            if changed.size:
                report.fault(
                    "untouched",
                    f"{shard.name}: {name} of sample {shard.start + int(changed[0])} changed without a cause",
                )


def _check_pixels(
    dataset: Dataset,
    shard: Shard,
    samples: dict[str, dict[str, bytes]],
    stored: list[dict[str, Any]],
    rows: tuple[int, ...],
    report: Report,
) -> None:
    keys, endings = list(samples), [e for e in next(iter(samples.values())) if e.endswith(".png")]
    report.counts["pixels"] = len(rows)
    for start in range(0, len(rows), 64):
        part = rows[start : start + 64]
        drawn = images(dataset, _stored_batch(dataset, shard, [stored[row] for row in part]), slice(None))
        for ending, array in zip(endings, drawn, strict=True):
            for row, again in zip(part, array, strict=True):
                _compare(f"{shard.name}: {keys[row]}{ending}", samples[keys[row]][ending], again, report)


def _compare(name: str, data: bytes, again: NDArray[np.uint8], report: Report) -> None:
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            found = np.asarray(image)
    except (OSError, ValueError, SyntaxError) as error:
        report.fault("pixels", f"{name}: no readable PNG: {error}")
        return
    if found.shape != again.shape:
        report.fault("pixels", f"{name}: shape {found.shape}, not {again.shape}")
        return
    differing = int((found != again).sum())
    report.pixels += again.size
    report.differing += differing
    if differing > 0.01 * again.size:
        report.fault("pixels", f"{name}: {differing} of {again.size} bytes differ when drawn again")


def _stored_batch(dataset: Dataset, shard: Shard, stored: list[dict[str, Any]]) -> Batch:
    def world(suffix: str) -> dict[str, Array] | None:
        if "factors" + suffix not in stored[0]:
            return None
        parts = {**dict.fromkeys(dataset.scene.factors, "factors"), **dict.fromkeys(dataset.scene.hidden, "hidden")}
        return {name: _column(stored, part + suffix, name) for name, part in parts.items()}

    values = world("")
    return Batch(shard.split, 0, len(stored), {}, values or {}, None, world("_cf"))


def _column(stored: list[dict[str, Any]], part: str, name: str) -> Array:
    return np.array([label[part][name] for label in stored], np.float64)


def _digests(stored: list[dict[str, Any]]) -> NDArray[np.uint64]:
    parts = [(label["factors"], label.get("hidden")) for label in stored]
    sums = [hashlib.blake2b(orjson.dumps(part), digest_size=8).digest() for part in parts]
    return np.frombuffer(b"".join(sums), np.uint64)
