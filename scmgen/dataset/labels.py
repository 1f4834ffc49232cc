"""The label of a sample: what loaders read, and what weakly supervised work withholds from it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.dataset.batch import Batch
from scmgen.dataset.sampling import Dataset
from scmgen.dataset.spec import Spec
from scmgen.scm.vocabulary import Array

Tree: TypeAlias = "dict[str, NDArray[Any] | Tree]"
"""Columns by their keys: of each sample a row, ``(n,)`` or ``(n, ...)``; columns that belong together have one key."""


def key(split: str, index: int) -> str:
    """The key of a sample: unique in the whole data set, without a dot."""
    return f"{split}-{index:09d}"


def steps(spec: Spec) -> list[str]:
    """What distinguishes the names of each step's keys and members: nothing for the first, then 2, 3, ..."""
    return ["" if number == 1 else str(number) for number in range(1, len(spec.interventions) + 1)]


def labels(dataset: Dataset, batch: Batch) -> list[dict[str, Any]]:
    """The whole label of each sample: a fixed schema, no null, no empty list, floats always floats."""
    return _rows(_columns(dataset, batch))


def lines(dataset: Dataset, batch: Batch, apart: Collection[str] = ()) -> list[bytes]:
    """The labels of :func:`labels` as JSON, without the keys that stand apart; written column by column."""
    told = {name: column for name, column in _columns(dataset, batch).items() if name not in apart}
    template, columns = _json(told)
    return [template % row for row in zip(*columns, strict=True)]


def _columns(dataset: Dataset, batch: Batch) -> Tree:
    """What labels tell, key by key, of all samples."""
    spec, scene, n = dataset.spec, dataset.scene, batch.stop - batch.start
    endings = steps(spec)
    told: Tree = {"index": np.arange(batch.start, batch.stop), "split": np.full(n, batch.split)}
    if spec.environments:
        told["domain"] = batch.domain
    for name, variables in (("factors", tuple(scene.factors)), ("hidden", scene.hidden)):
        if variables:
            for ending, values in zip(["", *(f"_cf{e}" for e in endings)], batch.worlds(), strict=True):
                told[name + ending] = {variable: values[variable] for variable in variables}
    told["noise"] = dict(batch.noise)
    seen = columns(batch.values, scene.factors)
    for ending, twin in zip(endings, batch.twins, strict=True):
        table, after = twin.table, columns(twin.values, scene.factors)
        told |= {
            f"do_kind{ending}": table.kinds,
            f"do_mask{ending}": table.mask,
            f"do_value{ending}": np.where(table.mask == 1, after, seen),
            f"do_scale{ending}": table.scale,
            f"do_shift{ending}": table.shift,
        }
    return told


def withheld(spec: Spec) -> set[str]:
    """The keys of a label that stand in the truth file and not in the shard."""
    if spec.labels == "whole":
        return set()
    names = ["factors_cf", "hidden_cf", "do_kind", "do_value", "do_scale", "do_shift"]
    names += ["do_mask"] if spec.labels == "hidden" else []
    return {name + ending for name in names for ending in steps(spec)}


def truth(dataset: Dataset, batch: Batch) -> bytes | None:
    """What the labels of a shard withhold, a JSON line a sample; None if they withhold nothing."""
    apart = withheld(dataset.spec)
    if not apart:
        return None
    keys = np.array([key(batch.split, index) for index in range(batch.start, batch.stop)])
    told = {"key": keys, **{name: column for name, column in _columns(dataset, batch).items() if name in apart}}
    template, columns = _json(told)
    return b"".join(template % row + b"\n" for row in zip(*columns, strict=True))


def truth_name(shard: str) -> str:
    """The file beside a shard that holds what its labels withhold."""
    return shard.removesuffix(".tar") + ".truth.jsonl"


def columns(values: Mapping[str, Array], names: Iterable[str]) -> Array:
    """Variables side by side: ``(n, len(names))``, or ``(n, frames, len(names))``."""
    return np.stack([values[name] for name in names], axis=-1)


def _rows(tree: Tree) -> list[dict[str, Any]]:
    """The samples of columns, one by one."""
    parts = [_rows(part) if isinstance(part, dict) else part.tolist() for part in tree.values()]
    return [dict(zip(tree, row, strict=True)) for row in zip(*parts, strict=True)]


def _json(part: Tree | NDArray[Any]) -> tuple[bytes, list[list[bytes]]]:
    """The JSON of columns: what is the same of every sample, and the texts that come into it, place by place."""
    if isinstance(part, dict):
        inner = [(orjson.dumps(name).replace(b"%", b"%%"), *_json(column)) for name, column in part.items()]
        members = b",".join(name + b":" + template for name, template, _ in inner)
        return b"{" + members + b"}", [column for *_, columns in inner for column in columns]
    if part.dtype.kind in "UO":  # words
        known = {word: orjson.dumps(word) for word in set(part.tolist())}
        return b"%b", [[known[word] for word in part.tolist()]]
    texts = orjson.dumps(np.ascontiguousarray(part).ravel(), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
    template = b"%b"
    for size in reversed(part.shape[1:]):
        template = b"[" + b",".join([template] * size) + b"]"
    places = math.prod(part.shape[1:])
    return template, [texts[place::places] for place in range(places)]
