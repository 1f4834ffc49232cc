"""What a data set shows and tells, as two digests that no encoder, archive or machine's last bit enters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.dataset.batch import Batch, between
from scmgen.dataset.labels import labels
from scmgen.dataset.members import images, pictures
from scmgen.dataset.sampling import Dataset

SAMPLES = 8  # of each split, its first
DECIMALS = 6  # of every number in a label


@dataclass(frozen=True)
class Part:
    """What the first samples of one split add to the digests.

    Attributes:
        labels: the labels, what they withhold put back: canonical JSON (sorted keys, no spaces) a line, every
            float rounded to 6 decimals, 0.0 for -0.0.
        pixels: the images, member by member in their order, each after the line ``SPLIT MEMBER``: bytes row by
            row, as decoded.
    """

    labels: bytes
    pixels: bytes


def content(dataset: Dataset) -> dict[str, Any]:
    """Digests of the first 8 samples of every split: a pure function of the spec, whatever n is.

    Returns:
        ``samples`` (of each split), and the sha256 of ``labels`` and of ``pixels``; see :class:`Part`.

    Raises:
        ScmgenError: if a split cannot be sampled.
    """
    return digests(opening(dataset, split) for split in dataset.regimes)


def digests(parts: Iterable[Part]) -> dict[str, Any]:
    """Samples of each split, and sha256 of labels and of pixels, split by split, from what a reader of shards has."""
    rows, shown = hashlib.sha256(), hashlib.sha256()
    for one in parts:
        rows.update(one.labels)
        shown.update(one.pixels)
    return {"samples": SAMPLES, "labels": rows.hexdigest(), "pixels": shown.hexdigest()}


def opening(dataset: Dataset, split: str) -> Part:
    """The part of a split, of samples that it may not have itself.

    Raises:
        ScmgenError: if the split cannot be sampled.
    """
    return of_batch(dataset, dataset.opening(split, SAMPLES))


def of_batch(dataset: Dataset, batch: Batch) -> Part:
    """The part of a split, from a batch that begins with its first samples."""
    first = between(batch, 0, SAMPLES)
    drawn = images(dataset, first, slice(None))
    return part(batch.split, labels(dataset, first), dict(zip(pictures(dataset.spec), drawn, strict=True)))


def part(split: str, rows: Sequence[Mapping[str, Any]], members: Mapping[str, NDArray[np.uint8]]) -> Part:
    """The part of a split, from its first whole labels and their decoded images by member (``image``, ...)."""
    lines = [orjson.dumps(_rounded(row), option=orjson.OPT_SORT_KEYS) + b"\n" for row in rows]
    shown = [f"{split} {member}\n".encode() + array.tobytes() for member, array in members.items()]
    return Part(b"".join(lines), b"".join(shown))


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return round(value, DECIMALS) + 0.0 if isinstance(value, float) else value
