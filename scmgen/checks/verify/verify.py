"""Verification: recompute what a data set claims from its manifest, and compare.

Of images from elsewhere nothing can be recomputed: files, labels and images are looked at.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.checks.verify import imported
from scmgen.checks.verify.findings import Verification
from scmgen.checks.verify.generated import Task, check_shard
from scmgen.dataset import ground_truth
from scmgen.dataset.labels import truth_name
from scmgen.dataset.sampling import compiled
from scmgen.dataset.spec import Spec
from scmgen.errors import ScmgenError
from scmgen.scene import plugins
from scmgen.storage import layout, manifest
from scmgen.storage.imported import ImportedSpec
from scmgen.storage.place import folder
from scmgen.storage.pool import run
from scmgen.storage.shards import Shard, plan


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
    data = manifest.read(place)
    plugins.load(plugin_files)  # a spec may hold kinds of intervention of theirs
    content = manifest.content_of(data, place)
    if isinstance(content, Spec):
        plugins.require(content.plugins, plugin_files, str(place))
    planned, report = plan(content), Verification() if isinstance(content, Spec) else imported.empty()
    sums = {file["name"]: file["sha256"] for shard in data["shards"] for file in (shard, shard.get("truth")) if file}
    check = check_shard if isinstance(content, Spec) else imported.check_shard
    job = functools.partial(check, orjson.dumps(content.data()), place.where)
    try:
        there = place.names()
        _check_beside(data, content, planned, there, report)
        _check_graph(data, content, report)
        tasks = list(_tasks([s for s in planned if s.name in sums and s.name in there], sums, samples))
        parts = run(job, tasks, workers if place.shared else 1, plugin_files)
        for task, (part, found) in zip(tasks, parts, strict=False):
            report.add(part)
            digests.append(found)
            progress(task.shard.stop - task.shard.start)
    except OSError as error:
        raise ScmgenError(f"{error.filename or place}: cannot be read: {error.strerror or error}") from None
    _check_duplicates(digests, "values" if isinstance(content, Spec) else "source", report)
    if isinstance(content, Spec):
        _check_together(content, report)
    return report


def _check_together(spec: Spec, report: Verification) -> None:
    """Check that all compared images together repeat as nearly as their renderer promises."""
    exact = compiled(orjson.dumps(spec.data())).scene.renderer.exact
    if report.differing > exact.together * report.pixels:
        report.fault("pixels", f"{report.differing} of {report.pixels} bytes differ when drawn again")


def _check_beside(
    data: dict[str, Any], content: Spec | ImportedSpec, planned: list[Shard], names: Set[str], report: Verification
) -> None:
    expected = {shard.name for shard in planned}
    withholds = isinstance(content, Spec) and content.labels != "whole"
    apart = {truth_name(name) for name in expected} if withholds else set()
    listed = {file["name"] for shard in data["shards"] for file in (shard, shard.get("truth")) if file}
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
    due = layout.names(data["splits"], data["graph"] is not None)
    for name in due:
        if name not in names:
            report.fault("files", f"{name}: missing")
    report.counts["files"] = len(expected) + len(due)


def _check_graph(data: dict[str, Any], content: Spec | ImportedSpec, report: Verification) -> None:
    """Compare the published graph with that of the equations, or with the one that was given with the images."""
    known: dict[str, Any] | None
    if isinstance(content, Spec):
        known, origin = ground_truth.describe(compiled(orjson.dumps(content.data()))), "of its equations"
    else:
        known, origin = ground_truth.given(content.graph), "that was given with the images"
    report.counts["graph"] = int(known is not None)
    if data["graph"] != orjson.loads(orjson.dumps(known)):
        report.fault("graph", f"the graph in the manifest is not the one {origin}")


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
