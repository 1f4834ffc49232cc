"""Verification: recompute what a data set claims from its manifest, and compare.

Of images from elsewhere nothing can be recomputed: files, labels and images are looked at.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.checks.verify import generated, imported
from scmgen.checks.verify.findings import CHECKS, IMPORTED, Verification, begin
from scmgen.checks.verify.generated import Task
from scmgen.dataset import ground_truth
from scmgen.dataset.content import Content
from scmgen.dataset.identity import Origin
from scmgen.dataset.labels import truth_name
from scmgen.dataset.sampling import compiled
from scmgen.errors import ScmgenError
from scmgen.scene import plugins
from scmgen.storage import layout
from scmgen.storage.manifest import Manifest, content_of, read
from scmgen.storage.place import folder
from scmgen.storage.pool import run
from scmgen.storage.shards import Shard, plan


@dataclass(frozen=True)
class Procedure:
    """How a data set of one origin is checked.

    Attributes:
        checks: what each check means.
        shard: checks one shard, from the content as JSON, the place and the task; it travels to workers.
        graph: the graph part that belongs to a content, given as plain JSON.
        graph_source: where that one comes from.
        unique: what no two samples share.
        together: of a content, the share of bytes of all its images that may differ when they are drawn again.
    """

    checks: Mapping[str, str]
    shard: Callable[[bytes, str, Task], tuple[Verification, NDArray[np.uint64]]]
    graph: Callable[[dict[str, Any]], dict[str, Any] | None]
    graph_source: str
    unique: str
    together: Callable[[dict[str, Any]], float]


PROCEDURES: Mapping[Origin, Procedure] = {
    "generated": Procedure(
        CHECKS,
        generated.check_shard,
        lambda spec: ground_truth.describe(compiled(orjson.dumps(spec))),
        "of its equations",
        "values",
        lambda spec: compiled(orjson.dumps(spec)).scene.renderer.exact.together,
    ),
    "imported": Procedure(
        IMPORTED,
        imported.check_shard,
        lambda source: ground_truth.given(source["graph"]),
        "that was given with the images",
        "source",
        lambda source: 0.0,
    ),
}


def verify(
    out: str | Path,
    *,
    samples: int | None = 100,
    workers: int = 1,
    plugin_files: Sequence[Path] = (),
    progress: Callable[[int], None] = lambda samples: None,
) -> Verification:
    """Check a data set against its manifest.

    Args:
        out: the directory, or a URL as text.
        samples: how many samples to draw again, spread over all shards; None for all.
        workers: processes.
        plugin_files: the plug-ins that the data set was built with.
        progress: called with the number of samples of each finished shard.

    Raises:
        ScmgenError: if there is no data set, it cannot be read, its manifest is damaged, or it needs a plug-in.
    """
    place, digests = folder(out), []
    manifest = read(place)
    plugins.load(plugin_files)  # a spec may hold kinds of intervention of theirs
    content = content_of(manifest, place)
    plugins.require(content.plugins, plugin_files, str(place))
    planned, way = plan(content), PROCEDURES[content.origin]
    report = begin(way.checks)
    sums = {file.name: file.sha256 for shard in manifest.shards for file in shard.files}
    job = functools.partial(way.shard, orjson.dumps(content.data()), place.where)
    try:
        there = place.names()
        _check_beside(manifest, content, planned, there, report)
        _check_graph(manifest, way, content, report)
        tasks = list(_tasks([s for s in planned if s.name in sums and s.name in there], sums, samples))
        parts = run(job, tasks, workers if place.shared else 1, plugin_files)
        for task, (part, digest) in zip(tasks, parts, strict=False):
            report.add(part)
            digests.append(digest)
            progress(task.shard.stop - task.shard.start)
    except OSError as error:
        raise ScmgenError(f"{error.filename or place}: cannot be read: {error.strerror or error}") from None
    _check_duplicates(digests, way.unique, report)
    if report.differing > way.together(content.data()) * report.pixels:
        report.fault("pixels", f"{report.differing} of {report.pixels} bytes differ when drawn again")
    return report


def _check_beside(
    manifest: Manifest, content: Content, planned: list[Shard], names: Set[str], report: Verification
) -> None:
    expected = {shard.name for shard in planned}
    apart = {truth_name(name) for name in expected} if content.labels != "whole" else set()
    listed = {file.name for shard in manifest.shards for file in shard.files}
    there = {name for name in names if name.endswith((".tar", ".truth.jsonl"))}
    expected |= apart
    for name in sorted(expected ^ listed):
        report.fault(
            "files", f"{name}: {'not listed in' if name in expected else 'listed without need in'} the manifest"
        )
    for name in sorted((expected & listed) - there):
        report.fault("files", f"{name}: missing")
    for name in sorted(there - expected):
        report.fault("files", f"{name}: not part of this data set")
    due = layout.names(manifest.splits, manifest.graph is not None)
    for name in due:
        if name not in names:
            report.fault("files", f"{name}: missing")
    report.counts["files"] = len(expected) + len(due)


def _check_graph(manifest: Manifest, way: Procedure, content: Content, report: Verification) -> None:
    """Compare the published graph with that of the equations, or with the one that was given with the images."""
    true = way.graph(content.data())
    report.counts["graph"] = int(true is not None)
    if manifest["graph"] != orjson.loads(orjson.dumps(true)):
        report.fault("graph", f"the graph in the manifest is not the one {way.graph_source}")


def _tasks(planned: list[Shard], sums: Mapping[str, str], samples: int | None) -> Iterator[Task]:
    total = sum(shard.stop - shard.start for shard in planned)
    chosen = (
        range(total)
        if samples is None or samples >= total
        else [int((i + 0.5) * total / samples) for i in range(samples)]
    )
    wanted = np.asarray(chosen, np.int64)
    before = 0
    for shard in planned:
        count = shard.stop - shard.start
        rows = wanted[(wanted >= before) & (wanted < before + count)] - before
        before += count
        yield Task(shard, sums[shard.name], sums.get(truth_name(shard.name), ""), tuple(rows.tolist()))


def _check_duplicates(digests: list[NDArray[np.uint64]], what: str, report: Verification) -> None:
    every = np.concatenate(digests) if digests else np.empty(0, np.uint64)
    report.counts["duplicates"] = len(every)
    repeated = len(every) - len(np.unique(every))
    if repeated:
        report.fault("duplicates", f"{repeated} samples have the same {what} as another one")
