"""Building: claim a folder, write every shard that is not there yet, commit with the manifest.

A killed build is finished by the same command.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from scmgen.build.claim import GOES_ON, claim, held, owner, reported
from scmgen.build.commit import commit
from scmgen.dataset import fingerprint
from scmgen.dataset.sampling import Dataset, compiled
from scmgen.dataset.spec import Spec
from scmgen.errors import ScmgenError
from scmgen.scene import plugins
from scmgen.scene.plugins import Brought
from scmgen.storage import composition
from scmgen.storage.manifest import Manifest
from scmgen.storage.places.place import Folder, folder
from scmgen.storage.processes.pool import run
from scmgen.storage.shards import keep_or_write, members, plan


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
    plugin_files: Sequence[Brought] = (),
    force: bool = False,
    progress: Callable[[int], None] = lambda samples: None,
    executor: Executor | None = None,
) -> Manifest:
    """Write a data set, or finish or extend the one that is there; give its manifest.

    Args:
        spec: what to write; only ``n`` may differ from what the place already holds, upwards.
        out: the directory, or a URL as text.
        workers: processes; the bytes do not depend on it.
        plugin_files: the plug-ins and pictures that the spec was made with, for the workers.
        force: replace another data set that stands there (only files that a build wrote).
        progress: called with the number of samples of each finished shard.
        executor: any executor to run on instead of ``workers`` processes; it must see ``out``.

    Raises:
        ScmgenError: if the spec cannot be sampled, or the place is another's or cannot be written.
    """
    place, planned, dataset, records = folder(out), plan(spec), _rehearsed(spec), []
    with held(place):
        known = claim(spec, place, force)
        with reported(place, GOES_ON):
            place.sweep()
            tasks = [(shard, known.get(shard.name)) for shard in planned]
            with closing(run(_job(spec, place), tasks, _processes(place, workers), plugin_files, executor)) as written:
                for record in written:
                    progress(record.samples)
                    records.append(record)
            return commit(composition.compose(dataset, records), place)


def build_part(
    spec: Spec,
    out: str | Path,
    part: tuple[int, int],
    *,
    workers: int = 1,
    plugin_files: Sequence[Brought] = (),
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
    place, planned = folder(out), plan(spec)[number::count]
    _rehearsed(spec)
    with held(place, part=True):
        known = claim(spec, place, force=False)
        with reported(place, GOES_ON):
            tasks = [(shard, known.get(shard.name)) for shard in planned]
            with closing(run(_job(spec, place), tasks, _processes(place, workers), plugin_files)) as written:
                for record in written:
                    progress(record.samples)
            return len(tasks)


def finalize(
    out: str | Path,
    *,
    workers: int = 1,
    plugin_files: Sequence[Brought] = (),
    progress: Callable[[int], None] = lambda samples: None,
) -> Manifest:
    """Commit a place whose shards were built in parts; give its manifest.

    Raises:
        ScmgenError: if no build was begun there or a shard is missing.
    """
    place = folder(out)
    plugins.load(plugin_files)  # a spec may hold kinds of intervention of theirs
    _begun(place)  # before the place is held, which writes to it
    with held(place):
        (spec, sums), records = _begun(place), []
        plugins.require(spec.plugins, plugin_files, str(place))
        tasks = [(shard, sums.get(shard.name)) for shard in plan(spec)]
        looking = run(_job(spec, place, writing=False), tasks, _processes(place, workers), plugin_files)
        with reported(place, GOES_ON), closing(looking) as kept:
            for (shard, _), record in zip(tasks, kept, strict=True):
                if record is None:
                    raise ScmgenError(f"{place}: {shard.name} is not there yet, or not whole; build it, then finalize")
                progress(record.samples)
                records.append(record)
            return commit(composition.compose(prepared(spec), records), place)


def _begun(place: Folder) -> tuple[Spec, dict[str, str]]:
    """The spec that a place is under way to hold, and the sums of shards that were known."""
    with reported(place):
        there = owner(place)
    if there is None or not isinstance(there.content, Spec):
        begun = there and (there.problem or "an import was begun here, not a build: run it again")
        raise ScmgenError(f"{place}: {begun or 'no build was begun here'}")
    return there.content, there.sums


def prepared(spec: Spec) -> Dataset:
    """Compile a spec, as a build in this process does; what is sampled of it here is not sampled again there.

    Raises:
        ScmgenError: as :func:`scmgen.dataset.sampling.compile_spec`.
    """
    return compiled(_json(spec))


def _rehearsed(spec: Spec) -> Dataset:
    """Compile a spec and look at its first samples: nothing is written if it cannot be sampled or drawn."""
    rehearsed = prepared(spec)
    rehearsed.rehearse(fingerprint.SAMPLES)
    return rehearsed


def _json(spec: Spec) -> bytes:
    """What travels to a worker, and what a process compiles once."""
    return orjson.dumps(spec.data())


def _processes(place: Folder, workers: int) -> int:
    """How many processes may work: one, if no other sees the place."""
    return workers if place.shared else 1


def estimate(dataset: Dataset) -> Estimate:
    """Sample and draw a few of each split, in memory: what a build would write."""
    dataset.rehearse()
    pieces = []
    for split, size in dataset.spec.sizes().items():
        if size:
            pieces += list(members(dataset, dataset.opening(split, min(size, 8))))
    mean = sum(map(len, pieces)) / len(pieces)
    return Estimate(len(plan(dataset.spec)), dataset.spec.n, mean)


def _job(spec: Spec, place: Folder, writing: bool = True) -> functools.partial[Any]:
    """The job of a worker: a picklable function of (shard, known sum)."""
    return functools.partial(keep_or_write, _json(spec), place.where, writing)
