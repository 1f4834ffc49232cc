"""A split as a pipeline of the library webdataset: its shards, splitters, shuffles and batches, our decoding.

Its own readers would take a shard for what it says it is, decode masks and grey images to RGB, and know no factors; so
what opens and decodes a shard is ours, and all else is theirs. It loads torch where that is installed, and
this module is imported when somebody asks for a pipeline.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import webdataset as wds  # type: ignore[import-untyped]

from scmgen.errors import ScmgenError, suggestion
from scmgen.storage.loading import decoding
from scmgen.storage.loading.decoding import Arrays, Raw, Stored, raws, singles


class Pipeline(wds.DataPipeline, wds.FluidInterface):  # type: ignore[misc]  # they have no types
    """Samples as dicts of arrays; ``.batched(64)``, ``.map(...)``, ``.with_epoch(...)`` are webdataset's own."""


def pipeline(
    source: Stored,
    split: str,
    *,
    shuffle: int,
    resampled: bool,
    seed: int | None,
    fields: Sequence[str] | None,
    truth: bool,
) -> Pipeline:
    """Compose the stages; :meth:`scmgen.Data.webdataset` tells the rest."""
    if shuffle < 0:
        raise ScmgenError(f"shuffle: at least 0 is needed, found {shuffle}")
    shards, kept = [shard.name for shard in source.shards(split)], _fields(source, fields, truth)
    members = tuple(name for name in kept if name in source.members)
    stages: list[Any] = [_drawn(shards, seed)] if resampled else _shared(source, shards, split, shuffle, seed)
    stages.append(functools.partial(_opened, source=source, split=split, members=members, truth=truth))
    if shuffle:
        stages.append(_mixed(shuffle, seed))
    stages.append(functools.partial(_decoded, source=source, members=members, kept=kept))
    return Pipeline(*stages)


def _fields(source: Stored, wanted: Sequence[str] | None, truth: bool) -> tuple[str, ...]:
    known = decoding.names(source, truth)
    chosen = known if wanted is None else (wanted,) if isinstance(wanted, str) else tuple(wanted)
    for name in chosen:
        if name not in known:
            raise ScmgenError(f"{source.manifest.name}: no field {name!r}; {suggestion(name, known)}")
    return chosen


def _drawn(shards: Sequence[str], seed: int | None) -> Any:
    """Shards at random, again and again; each rank and worker draws its own."""
    return wds.ResampledShards(shards, seed=seed or 0, deterministic=seed is not None)


def _shared(source: Stored, shards: Sequence[str], split: str, shuffle: int, seed: int | None) -> list[Any]:
    """Each shard once, by one worker of one rank, in an order of its own."""
    where = f"{source.manifest.name}: split {split} has {len(shards)} shards"
    stages = [
        wds.SimpleShardList(shards),
        wds.split_by_node,
        wds.split_by_worker,
        functools.partial(_some, where=where),
    ]
    return [*stages, _mixed(len(shards), seed)] if shuffle else stages


def _mixed(count: int, seed: int | None) -> Any:
    return wds.shuffle(count) if seed is None else wds.detshuffle(count, seed=seed)


def _some(shards: Iterator[Mapping[str, str]], where: str) -> Iterator[Mapping[str, str]]:
    """Refuse to idle, which webdataset's own pipelines refuse too: a rank would wait for this one for ever."""
    first = next(iter(shards), None)
    if first is None:
        more = "build with a smaller --shard-size, take resampled=True, or scmgen.ShardStream, which shares samples"
        raise ScmgenError(f"{where}, fewer than ranks times workers; {more}")
    yield first
    yield from shards


def _opened(
    shards: Iterator[Mapping[str, str]], source: Stored, split: str, members: tuple[str, ...], truth: bool
) -> Iterator[Raw]:
    listed = {shard.name: shard for shard in source.shards(split)}
    for chosen in shards:
        shard = listed[chosen["url"]]
        yield from raws(source, shard, range(shard.samples), members, truth)


def _decoded(
    encoded: Iterator[Raw], source: Stored, members: tuple[str, ...], kept: tuple[str, ...]
) -> Iterator[Arrays]:
    for sample in singles(encoded, members, source.manifest.frame):
        yield {name: sample[name] for name in kept}
