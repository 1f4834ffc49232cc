"""Verification: recompute what a data set claims from its manifest, and compare.

Of images from elsewhere nothing can be recomputed: files, labels and images are looked at.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.checks.verify import generated, imported
from scmgen.checks.verify import manifest as checked
from scmgen.checks.verify.findings import CHECKS, IMPORTED, Verification, begin
from scmgen.checks.verify.generated import Outcome, Task
from scmgen.dataset import ground_truth
from scmgen.dataset.content import Content
from scmgen.dataset.identity import Origin
from scmgen.dataset.labels import truth_name
from scmgen.dataset.sampling import compiled
from scmgen.errors import ScmgenError
from scmgen.scene import plugins
from scmgen.scene.plugins import Brought
from scmgen.storage import composition, embedded, layout
from scmgen.storage.imported import ImportedSpec
from scmgen.storage.manifest import Manifest, content_of, read
from scmgen.storage.places.place import Folder, folder
from scmgen.storage.processes.pool import run
from scmgen.storage.shards import Record, Shard, plan

_MOST_MISSING = 100_000  # shards that may be missing for the plan to be told shard by shard


@dataclass(frozen=True)
class Procedure:
    """How a data set of one origin is checked.

    Attributes:
        checks: what each check means.
        shard: checks one shard, from the content as JSON, the place and the task; it travels to workers.
        manifest: the manifest of a content, given as plain JSON, and of what its shards tell.
        graph: the graph part that belongs to a content, given as plain JSON.
        graph_source: where that one comes from.
        unique: what no two samples share.
        together: of a content, the share of bytes of all its images that may differ when they are drawn again.
    """

    checks: Mapping[str, str]
    shard: Callable[[bytes, str, Task], Outcome]
    manifest: Callable[[dict[str, Any], Sequence[Record]], Manifest]
    graph: Callable[[dict[str, Any]], dict[str, Any] | None]
    graph_source: str
    unique: str
    together: Callable[[dict[str, Any]], float]


PROCEDURES: Mapping[Origin, Procedure] = {
    "generated": Procedure(
        CHECKS,
        generated.check_shard,
        lambda spec, records: composition.compose(compiled(orjson.dumps(spec)), records),
        lambda spec: ground_truth.describe(compiled(orjson.dumps(spec))),
        "of its equations",
        "values",
        lambda spec: compiled(orjson.dumps(spec)).scene.renderer.exact.together,
    ),
    "imported": Procedure(
        IMPORTED,
        imported.check_shard,
        lambda source, records: composition.compose_imported(ImportedSpec.model_validate(source), records),
        lambda source: ground_truth.given(source["graph"]),
        "that was given with the images",
        "source",
        lambda source: 0.0,
    ),
}


Companions = Callable[[Manifest, Folder], Iterable[str]]
"""What is wrong with the files that stand beside the shards, a sentence each that begins with the name of the file."""


def verify(
    out: str | Path,
    *,
    samples: int | None = 100,
    workers: int = 1,
    plugin_files: Sequence[Brought] = (),
    progress: Callable[[int], None] = lambda samples: None,
    companions: Companions | None = None,
) -> Verification:
    """Check a data set against its manifest, and its manifest against its spec and samples.

    Args:
        out: the directory, or a URL as text.
        samples: how many samples to draw again, spread over all shards; None for all.
        workers: processes.
        plugin_files: the plug-ins and pictures that the data set was built with.
        progress: called with the number of samples of each finished shard.
        companions: says what is wrong with the files beside the shards, which are written by a room above this one
            (:mod:`scmgen.publish.comparison`), once all else is found right; they are not looked into if None.

    Raises:
        ScmgenError: if there is no data set, it cannot be read, its manifest is damaged, or it needs a plug-in.
    """
    place = folder(out)
    manifest = read(place)
    plugins.load(plugin_files)  # a spec may hold kinds of intervention of theirs
    content = content_of(manifest, place)
    plugin_files = embedded.given(place, content, plugin_files)
    plugins.require(content.plugins, plugin_files, str(place))
    way = PROCEDURES[content.origin]
    report = begin(way.checks)
    if not _check_number(manifest, content, report):
        return report
    try:
        there, planned = place.names(), plan(content)
        _check_beside(manifest, content, planned, there, report)
        _check_graph(manifest, way, content, report)
        tasks = list(_tasks([shard for shard in planned if shard.name in there], manifest, samples))
        job = functools.partial(way.shard, orjson.dumps(content.data()), place.where)
        outcomes = []
        for task, outcome in zip(tasks, run(job, tasks, workers if place.shared else 1, plugin_files), strict=False):
            report.add(outcome.report)
            outcomes.append(outcome)
            progress(task.shard.stop - task.shard.start)
        _check_duplicates([outcome.digests for outcome in outcomes], way.unique, report)
        if report.differing > way.together(content.data()) * report.pixels:
            report.fault("pixels", f"{report.differing} of {report.pixels} bytes differ when drawn again")
        _check_told(manifest, way, content, [outcome.record for outcome in outcomes], report)
        if companions is not None and not report.faults:  # what they are compared with must be right itself
            _check_companions(manifest, place, content, companions, report)
    except OSError as error:
        raise ScmgenError(f"{error.filename or place}: cannot be read: {error.strerror or error}") from None
    return report


def _check_number(manifest: Manifest, content: Content, report: Verification) -> bool:
    """Whether the content plans about as many shards as the manifest lists: a forged one may plan billions."""
    due = sum(-(-size // content.shard_size) for size in content.sizes().values())
    if due <= len(manifest.shards) + _MOST_MISSING:
        return True
    report.fault("files", f"{due:,} shards belong to this data set, and the manifest lists {len(manifest.shards):,}")
    return False


def _check_told(
    manifest: Manifest, way: Procedure, content: Content, records: Sequence[Record | None], report: Verification
) -> None:
    """Put the manifest together again, if every shard is what it should be: else nobody knows what is due."""
    known = [record for record in records if record is not None]
    if len(known) == len(records) > 0 and all(check == "graph" for check, _ in report.faults):
        checked.check(manifest, way.manifest(content.data(), known), report)


def _check_companions(
    manifest: Manifest, place: Folder, content: Content, companions: Companions, report: Verification
) -> None:
    report.counts["companions"] = len(layout.names(manifest.splits, manifest.graph is not None, content.embeds)) - 1
    for problem in companions(manifest, place):
        report.fault("companions", problem)


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
    due = layout.names(manifest.splits, manifest.graph is not None, content.embeds)
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


def _tasks(planned: list[Shard], manifest: Manifest, samples: int | None) -> Iterator[Task]:
    entries = {entry.name: entry for entry in manifest.shards}
    known = [shard for shard in planned if shard.name in entries]
    total = sum(shard.stop - shard.start for shard in known)
    chosen = (
        range(total)
        if samples is None or samples >= total
        else [int((i + 0.5) * total / samples) for i in range(samples)]
    )
    wanted = np.asarray(chosen, np.int64)
    before = 0
    for shard in known:
        count = shard.stop - shard.start
        rows = wanted[(wanted >= before) & (wanted < before + count)] - before
        before += count
        yield Task(shard, entries[shard.name], tuple(rows.tolist()))


def _check_duplicates(digests: list[NDArray[np.uint64]], what: str, report: Verification) -> None:
    every = np.concatenate(digests) if digests else np.empty(0, np.uint64)
    report.counts["duplicates"] = len(every)
    repeated = len(every) - len(np.unique(every))
    if repeated:
        report.fault("duplicates", f"{repeated} samples have the same {what} as another one")
