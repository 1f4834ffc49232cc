"""Building: claim a folder, write every shard that is not there yet, commit with the manifest.

While ``.build.json`` stands in a folder its data set is under way; when ``manifest.json`` stands
there it is complete. A killed build is finished by the same command.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from scmgen import beside, manifest, plugins
from scmgen.dataset import Dataset, compile_spec
from scmgen.errors import ScmgenError
from scmgen.files import Folder, folder
from scmgen.pool import run
from scmgen.shards import Record, keep_or_write, members, plan
from scmgen.spec import Spec

MARKER = ".build.json"


_GOES_ON = "; what is complete stays, the same command goes on"


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
    out: str | Path,
    *,
    workers: int = 1,
    plugin_files: Sequence[Path] = (),
    force: bool = False,
    progress: Callable[[int], None] = lambda samples: None,
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Write a data set, or finish or extend the one that is there; give its manifest.

    Args:
        spec: what to write; only ``n`` may differ from what the place already holds, upwards.
        out: the directory, or a URL as text.
        workers: processes; the bytes do not depend on it.
        plugin_files: the plug-ins that the spec was made with, for the workers.
        force: replace another data set that stands there (only files that a build wrote).
        progress: called with the number of samples of each finished shard.
        executor: any executor to run on instead of ``workers`` processes; it must see ``out``.

    Raises:
        ScmgenError: if the spec cannot be sampled, or the place is another's or cannot be written.
    """
    place, dataset, records = folder(out), compile_spec(spec), []
    dataset.rehearse()  # nothing is written for a spec that cannot be sampled or drawn
    known = claim(spec, place, force)
    with _told(place, _GOES_ON):
        place.sweep()
        tasks = [(shard, known.get(shard.name)) for shard in plan(spec)]
        for record in run(_job(spec, place), tasks, _processes(place, workers), plugin_files, executor):
            progress(record.samples)
            records.append(record)
        return commit(dataset, records, place)


def build_part(
    spec: Spec,
    out: str | Path,
    part: tuple[int, int],
    *,
    workers: int = 1,
    plugin_files: Sequence[Path] = (),
    progress: Callable[[int], None] = lambda samples: None,
) -> int:
    """Write part i of k of the shards, beside other parts on other machines; give the number of shards.

    The place becomes a data set when :func:`finalize` finds every shard there.

    Raises:
        ScmgenError: as :func:`build`, and if there is no such part.
    """
    number, count = part
    if not 0 <= number < count:
        raise ScmgenError(f"--shards {number}/{count}: parts are numbered from 0 to {count - 1}")
    place = folder(out)
    compile_spec(spec).rehearse()
    known = claim(spec, place, force=False)
    with _told(place, _GOES_ON):
        tasks = [(shard, known.get(shard.name)) for shard in plan(spec)[number::count]]
        for record in run(_job(spec, place), tasks, _processes(place, workers), plugin_files):
            progress(record.samples)
        return len(tasks)


def finalize(
    out: str | Path,
    *,
    workers: int = 1,
    plugin_files: Sequence[Path] = (),
    progress: Callable[[int], None] = lambda samples: None,
) -> dict[str, Any]:
    """Commit a place whose shards were built in parts; give its manifest.

    Raises:
        ScmgenError: if no build was begun there or a shard is missing.
    """
    place, records = folder(out), []
    with _told(place):
        held = owner(place)
    if held is None or held.spec is None:
        raise ScmgenError(f"{place}: {held.problem if held else 'no build was begun here'}")
    spec = held.spec
    plugins.require(spec.plugins, plugin_files, str(place))
    tasks = [(shard, held.sums.get(shard.name)) for shard in plan(spec)]
    found = run(_job(spec, place, writing=False), tasks, _processes(place, workers), plugin_files)
    with _told(place, _GOES_ON):
        for (shard, _), record in zip(tasks, found, strict=True):
            if record is None:
                raise ScmgenError(f"{place}: {shard.name} is not there yet, or not whole; build it, then finalize")
            progress(record.samples)
            records.append(record)
        return commit(compile_spec(spec), records, place)


@contextmanager
def _told(place: Folder, hint: str = "") -> Iterator[None]:
    """Say why a file could not be written."""
    try:
        yield
    except OSError as error:
        raise ScmgenError(f"{place}: cannot be written: {error.strerror or error}{hint}") from None


def _processes(place: Folder, workers: int) -> int:
    """How many processes may work: one, if no other sees the place."""
    return workers if place.shared else 1


def estimate(dataset: Dataset) -> Estimate:
    """Sample and draw a few of each split, in memory: what a build would write."""
    dataset.rehearse()
    pieces = []
    for split, size in dataset.spec.sizes().items():
        if size:
            pieces += list(members(dataset, dataset.evaluate(split, 0, min(size, 8))))
    mean = sum(map(len, pieces)) / len(pieces)
    return Estimate(len(plan(dataset.spec)), dataset.spec.n, mean)


def claim(spec: Spec, place: Folder, force: bool) -> dict[str, str]:
    """Make the place this spec's own; give the sums of shards that a manifest there knows.

    Raises:
        ScmgenError: if it holds something else, or cannot be written.
    """
    with _told(place):
        place.create()
        there = place.names()  # before its owner is read: other parts may claim it at this moment
        held = owner(place)
        if held is None and there:
            raise ScmgenError(
                f"{place}: holds files that no build of scmgen wrote; choose another directory with --out"
            )
        conflict = _conflict(held, spec) if held else ""
        if conflict and not force:
            raise ScmgenError(f"{place}: {conflict}; choose another --out, or replace what is there with --force")
        if held and conflict:
            _mark(place, held.spec, held.sums)
            _remove(place, there, {spec.name, held.spec.name if held.spec else spec.name})
        known = _still_known(held, spec) if held and not conflict else {}
        _mark(place, spec, known)
        for name in beside.found(there):
            place.remove(name)
        return known


def _mark(place: Folder, spec: Spec | None, sums: dict[str, str]) -> None:
    """Say that a data set is under way: while it is, nothing there may load as one."""
    data = {"spec_hash": spec.hash, "spec": spec.data(), "sums": sums} if spec else {}
    place.write(MARKER, orjson.dumps(data))


@dataclass(frozen=True)
class Holding:
    """What a build left in a place: its spec (None: damaged) and the sums of shards it knew."""

    spec: Spec | None
    sums: dict[str, str]
    problem: str = ""


def owner(place: Folder) -> Holding | None:
    """What a place holds, or None if no build wrote there."""
    complete = _content(place, manifest.FILE)
    begun = _content(place, MARKER)  # read last: whoever removes a manifest has left a marker before
    try:
        if begun is not None:
            data = orjson.loads(begun)
            return Holding(manifest.spec_of(data, place), data["sums"])
        if complete is not None:
            data = manifest.parse(complete, place)
            return Holding(manifest.spec_of(data, place), {shard["name"]: shard["sha256"] for shard in data["shards"]})
    except (ScmgenError, orjson.JSONDecodeError, KeyError, TypeError):
        file = manifest.FILE if begun is None else MARKER
        return Holding(None, {}, f"its {file} is damaged or was changed by hand, so nobody can say what it holds")
    return None


def _content(place: Folder, name: str) -> bytes | None:
    try:
        return place.read(name)
    except FileNotFoundError:
        return None


def _still_known(held: Holding, spec: Spec) -> dict[str, str]:
    """The sums of shards that a larger n leaves as they are; the last of a split may fill up."""
    before = set(plan(held.spec)) if held.spec else set()
    return {shard.name: held.sums[shard.name] for shard in plan(spec) if shard in before and shard.name in held.sums}


def _conflict(held: Holding, new: Spec) -> str:
    old = held.spec
    if old is None:
        return held.problem
    if old.hash != new.hash:
        before, after = old.identity(), new.identity()
        differing = [key for key in after if before.get(key) != after[key]]
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


def _remove(place: Folder, there: set[str], names: set[str]) -> None:
    """Remove what a build wrote and nothing else, first what makes it a data set."""
    shard = re.compile(f"({'|'.join(map(re.escape, sorted(names)))})" + r"-[a-z0-9_]+-\d{6}\.(tar|truth\.jsonl)\Z")
    shards = sorted(name for name in there if shard.match(name))
    for name in (*beside.found(there), *shards):
        place.remove(name)


def commit(dataset: Dataset, records: Sequence[Record], place: Folder) -> dict[str, Any]:
    """Write what stands beside the shards, the manifest last.

    Raises:
        ScmgenError: if a shard is not where its worker should have put it.
    """
    data = manifest.compose(dataset, records)
    missing = sorted({shard["name"] for shard in data["shards"]} - place.names())
    if missing:
        raise ScmgenError(f"{place}: {missing[0]} is not there: its worker sees another place, or somebody removed it")
    for name, content in beside.compose(data).items():
        place.write(name, content)
    place.remove(MARKER)
    place.sweep()
    return data


def _job(spec: Spec, place: Folder, writing: bool = True) -> functools.partial[Any]:
    """The job of a worker: a picklable function of (shard, known sum)."""
    return functools.partial(keep_or_write, orjson.dumps(spec.data()), place.where, writing)
