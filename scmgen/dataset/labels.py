"""The label of a sample: what loaders read, and what weakly supervised work withholds from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import orjson

from scmgen.dataset.batch import Batch
from scmgen.dataset.sampling import Dataset
from scmgen.dataset.spec import Spec
from scmgen.scm.vocabulary import Array


def key(split: str, index: int) -> str:
    """The key of a sample: unique in the whole data set, without a dot."""
    return f"{split}-{index:09d}"


def steps(spec: Spec) -> list[str]:
    """What distinguishes the names of each step's keys and members: nothing for the first, then 2, 3, ..."""
    return ["" if number == 1 else str(number) for number in range(1, len(spec.interventions) + 1)]


def labels(dataset: Dataset, batch: Batch) -> list[dict[str, Any]]:
    """The whole label of each sample: a fixed schema, no null, no empty list, floats always floats."""
    spec, scene, n = dataset.spec, dataset.scene, batch.stop - batch.start
    endings = steps(spec)
    groups: list[tuple[str, list[Any]]] = [
        ("index", list(range(batch.start, batch.stop))),
        ("split", [batch.split] * n),
    ]
    if spec.environments:
        groups.append(("domain", batch.domain.tolist()))
    for name, variables in (("factors", tuple(scene.factors)), ("hidden", scene.hidden)):
        if variables:
            groups.append((name, _rows(batch.values, variables)))
            groups += [(f"{name}_cf{e}", _rows(t.values, variables)) for e, t in zip(endings, batch.twins, strict=True)]
    groups.append(("noise", _rows(batch.noise, batch.noise)))
    seen = columns(batch.values, scene.factors)
    for ending, twin in zip(endings, batch.twins, strict=True):
        table, after = twin.table, columns(twin.values, scene.factors)
        groups += [
            (f"do_kind{ending}", table.kinds.tolist()),
            (f"do_mask{ending}", table.mask.tolist()),
            (f"do_value{ending}", np.where(table.mask == 1, after, seen).tolist()),
            (f"do_scale{ending}", table.scale.tolist()),
            (f"do_shift{ending}", table.shift.tolist()),
        ]
    names = [name for name, _ in groups]
    return [dict(zip(names, row, strict=True)) for row in zip(*(rows for _, rows in groups), strict=True)]


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
    lines = [
        orjson.dumps({"key": key(batch.split, label["index"]), **{k: v for k, v in label.items() if k in apart}})
        for label in labels(dataset, batch)
    ]
    return b"".join(line + b"\n" for line in lines)


def truth_name(shard: str) -> str:
    """The file beside a shard that holds what its labels withhold."""
    return shard.removesuffix(".tar") + ".truth.jsonl"


def columns(values: Mapping[str, Array], names: Iterable[str]) -> Array:
    """Variables side by side: ``(n, len(names))``, or ``(n, frames, len(names))``."""
    return np.stack([values[name] for name in names], axis=-1)


def _rows(values: Mapping[str, Array], names: Iterable[str]) -> list[dict[str, Any]]:
    columns = [values[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
