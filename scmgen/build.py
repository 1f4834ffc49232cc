"""Building: claim a directory, write every shard that is not there yet, commit with the manifest.

While ``.build.json`` stands in a directory its data set is under way; when ``manifest.json`` stands
there it is complete. A killed build is finished by the same command.
"""

from __future__ import annotations

import collections
import functools
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, TypeVar

import orjson

from scmgen import card, croissant, files, manifest, plugins
from scmgen.dataset import Dataset, Spec, compile_spec
from scmgen.errors import ScmgenError
from scmgen.shards import Record, Shard, keep_shard, load, members, plan, write_shard

MARKER = ".build.json"
BESIDE = ("README.md", "croissant.json", "graph.json", manifest.FILE)

Result = TypeVar("Result")


@dataclass(frozen=True)
class Estimate:
    """What a build would write."""

    shards: int
    samples: int
    bytes_per_sample: float

    @property
    def bytes(self) -> int:
        """Bytes of all shards, about."""
        return int(self.shards * 1024 + self.samples * self.bytes_per_sample)


def build(
    spec: Spec,
    out: Path,
    *,
    workers: int = 1,
    plugin_files: Sequence[Path] = (),
    force: bool = False,
    progress: Callable[[int], None] = lambda samples: None,
) -> dict[str, Any]:
    """Write a data set, or finish or extend the one that is there; give its manifest.

    Args:
        spec: what to write; only ``n`` may differ from what the directory already holds, upwards.
        out: the directory.
        workers: processes; the bytes do not depend on it.
        plugin_files: the plug-ins that the spec was made with, for the workers.
        force: replace another data set that the directory holds (only files that a build wrote).
        progress: called with the number of samples of each finished shard.

    Raises:
        ScmgenError: if the spec cannot be sampled, or the directory is another's or cannot be written.
    """
    dataset = compile_spec(spec)
    estimate(dataset)  # nothing is written for a spec that cannot be sampled or drawn
    try:
        known = claim(spec, out, force)
        records = []
        job = functools.partial(_job, orjson.dumps(spec.data()), str(out))
        tasks = [(shard, known.get(shard.name)) for shard in plan(spec)]
        for record in run(job, tasks, workers, plugin_files):
            progress(record.samples)
            records.append(record)
        return commit(dataset, records, out)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ScmgenError(
            f"{out}: cannot be written: {reason}; what is complete stays, the same command goes on"
        ) from None


def estimate(dataset: Dataset) -> Estimate:
    """Sample and draw a few of each split, in memory: what a build would write."""
    pieces = []
    for split, size in dataset.spec.sizes().items():
        if size:
            pieces += list(members(dataset, dataset.evaluate(split, 0, min(size, 8))))
    mean = sum(map(len, pieces)) / len(pieces)
    return Estimate(len(plan(dataset.spec)), dataset.spec.n, mean)


def claim(spec: Spec, out: Path, force: bool) -> dict[str, str]:
    """Make the directory this spec's own; give the sums of shards that a manifest there knows.

    Raises:
        ScmgenError: if it holds something else.
    """
    out.mkdir(parents=True, exist_ok=True)
    held = owner(out)
    if held is None and any(out.iterdir()):
        raise ScmgenError(f"{out}: holds files that no build of scmgen wrote; choose another directory with --out")
    conflict = _conflict(held, spec) if held else ""
    if conflict and not force:
        raise ScmgenError(f"{out}: {conflict}; choose another --out, or replace what is there with --force")
    if held and conflict:
        _remove(out, {spec.name, held.spec.name if held.spec else spec.name})
    known = held.sums if held and not conflict else {}
    files.write(out / MARKER, orjson.dumps({"spec_hash": spec.hash, "spec": spec.data(), "sums": known}))
    (out / manifest.FILE).unlink(missing_ok=True)
    for path in files.temporaries(out):
        path.unlink(missing_ok=True)
    return known


@dataclass(frozen=True)
class Holding:
    """What a build left in a directory: its spec (None: damaged) and the sums of shards it knew."""

    spec: Spec | None
    sums: dict[str, str]
    problem: str = ""


def owner(out: Path) -> Holding | None:
    """What a directory holds, or None if no build wrote there."""
    marker = out / MARKER
    try:
        if marker.exists():
            data = orjson.loads(marker.read_bytes())
            return Holding(manifest.spec_of(data, out), data["sums"])
        if (out / manifest.FILE).exists():
            data = manifest.read(out)
            return Holding(manifest.spec_of(data, out), {shard["name"]: shard["sha256"] for shard in data["shards"]})
    except (ScmgenError, orjson.JSONDecodeError, KeyError, TypeError):
        file = MARKER if marker.exists() else manifest.FILE
        return Holding(None, {}, f"its {file} is damaged or was changed by hand, so nobody can say what it holds")
    return None


def _conflict(held: Holding, new: Spec) -> str:
    old = held.spec
    if old is None:
        return held.problem
    if old.hash != new.hash:
        before, after = old.data(), new.data()
        differing = [key for key in after if key != "n" and before.get(key) != after[key]]
        details = "; ".join(
            f"{key}: {_short(before.get(key))} there, {_short(after[key])} here" for key in differing[:3]
        )
        return f"holds data set {old.name!r} (spec {old.hash[:12]}), not {new.name!r} (spec {new.hash[:12]}): {details}"
    if old.n > new.n:
        return f"holds {old.n} samples of this data set, more than the {new.n} asked for"
    return ""


def _short(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 40 else f"{text[:37]}..."


def _remove(out: Path, names: set[str]) -> None:
    """Remove what a build wrote, and nothing else."""
    shard = re.compile(f"({'|'.join(map(re.escape, sorted(names)))})" + r"-[a-z0-9_]+-\d{6}\.tar\Z")
    for path in [*out.iterdir()]:
        if shard.match(path.name) or path.name in (*BESIDE, MARKER):
            path.unlink()


def commit(dataset: Dataset, records: Sequence[Record], out: Path) -> dict[str, Any]:
    """Write what stands beside the shards, the manifest last."""
    data = manifest.compose(dataset, records)
    files.write(out / "graph.json", orjson.dumps(data["graph"], option=orjson.OPT_INDENT_2))
    files.write(out / "README.md", card.readme(data).encode())
    files.write(out / "croissant.json", orjson.dumps(croissant.describe(data), option=orjson.OPT_INDENT_2))
    files.write(out / manifest.FILE, orjson.dumps(data, option=orjson.OPT_INDENT_2))
    (out / MARKER).unlink()
    return data


def _job(spec_json: bytes, out: str, task: tuple[Shard, str | None]) -> Record:
    dataset, (shard, sha256) = load(spec_json), task
    return keep_shard(dataset, shard, Path(out), sha256) or write_shard(dataset, shard, Path(out))


def run(
    job: Callable[[Any], Result], tasks: Sequence[Any], workers: int, plugin_files: Sequence[Path] = ()
) -> Iterator[Result]:
    """Map a picklable job over tasks, results in order, in this process or in spawned ones.

    Raises:
        ScmgenError: if a worker dies.
    """
    if workers <= 1 or len(tasks) <= 1:
        yield from map(job, tasks)
        return
    initialise = functools.partial(_start_worker, [str(path) for path in plugin_files])
    pool = ProcessPoolExecutor(min(workers, len(tasks)), get_context("spawn"), initialise)
    try:
        yield from _in_order(pool, job, tasks, 4 * workers)
    except BrokenProcessPool:
        problem = "a worker process died (killed, or out of memory)"
        raise ScmgenError(f"{problem}; what is complete stays, the same command goes on") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order(pool: Executor, job: Callable[[Any], Result], tasks: Sequence[Any], window: int) -> Iterator[Result]:
    """Keep a bounded number of jobs in flight, so that memory does not grow with their number."""
    waiting: collections.deque[Future[Result]] = collections.deque()
    for task in tasks:
        with _uninterrupted():
            waiting.append(pool.submit(job, task))
        if len(waiting) >= window:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Start workers with Ctrl-C blocked: it is the parent that stops them, after their shard."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _follow(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _start_worker(plugin_files: list[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:  # a worker whose parent was killed must not wait for work for ever
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    plugins.load_installed()
    plugins.load([Path(path) for path in plugin_files])
