"""What a data set shows and tells, as two digests that no encoder, archive or machine's last bit enters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.dataset.labels import labels
from scmgen.dataset.members import images, suffixes
from scmgen.dataset.sampling import Dataset

SAMPLES = 8  # of each split, its first
DECIMALS = 6  # of every number in a label

Part = tuple[str, Sequence[Mapping[str, Any]], Mapping[str, NDArray[np.uint8]]]
"""A split, the whole labels of its first samples, and their decoded images by member (``image``, ...)."""


def content(dataset: Dataset) -> dict[str, Any]:
    """Digests of the first 8 samples of every split: a pure function of the spec, whatever n is.

    Returns:
        ``samples`` (of each split), and the sha256 of ``labels`` and of ``pixels``; see :func:`digests`.

    Raises:
        ScmgenError: if a split cannot be sampled.
    """
    return {"samples": SAMPLES, **digests(_part(dataset, split) for split in dataset.regimes)}


def digests(parts: Iterable[Part]) -> dict[str, str]:
    """Sha256 of labels and of pixels, split by split, both computed from what a reader of shards has.

    ``labels`` is the sum of the labels, what they withhold put back: canonical JSON (sorted keys, no
    spaces) a line, every float rounded to 6 decimals, 0.0 for -0.0. ``pixels`` is the sum of the images,
    member by member in their order, each after the line ``SPLIT MEMBER``: bytes row by row, as decoded.
    """
    told, seen = hashlib.sha256(), hashlib.sha256()
    for split, rows, members in parts:
        for row in rows:
            told.update(orjson.dumps(_rounded(row), option=orjson.OPT_SORT_KEYS) + b"\n")
        for member, array in members.items():
            seen.update(f"{split} {member}\n".encode() + array.tobytes())
    return {"labels": told.hexdigest(), "pixels": seen.hexdigest()}


def _part(dataset: Dataset, split: str) -> Part:
    batch = dataset.evaluate(split, 0, SAMPLES)
    names = [suffix[1:].partition(".")[0] for suffix in suffixes(dataset.spec) if suffix.endswith(".png")]
    drawn = images(dataset, batch, slice(None))
    return split, labels(dataset, batch), dict(zip(names, drawn, strict=True))


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return round(value, DECIMALS) + 0.0 if isinstance(value, float) else value
