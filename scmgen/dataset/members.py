"""The members of a sample: which there are, and their pixels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.batch import Batch, part
from scmgen.dataset.labels import steps
from scmgen.dataset.sampling import Dataset
from scmgen.dataset.spec import Spec

_DRAWN_AT_ONCE = 8_000_000  # pixels that one batch of images holds


def suffixes(spec: Spec) -> list[str]:
    """The members of one sample, in their order."""
    twins = steps(spec)
    masks = [".mask.png", *(f".mask_cf{step}.png" for step in twins)] if spec.masks else []
    effects = [f".effect{step}.png" for step in twins] if spec.effects else []
    return [".image.png", *(f".image_cf{step}.png" for step in twins), *masks, *effects, ".label.json"]


def images(dataset: Dataset, batch: Batch, rows: slice) -> list[NDArray[np.uint8]]:
    """The pixels of some rows of a batch, one array for each image member of :func:`suffixes`."""
    spec, domain, split = dataset.spec, batch.domain[rows], batch.split
    worlds = [part(values, rows) for values in batch.worlds()]
    drawn: list[NDArray[np.uint8]] = [dataset.draw(split, domain, world) for world in worlds]
    masks = [dataset.draw(split, domain, world, masks=True) for world in worlds] if spec.masks else []
    return drawn + masks + (effects(dataset, split, drawn) if spec.effects else [])


def effects(dataset: Dataset, split: str, drawn: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Masks ``(n, size, size)`` of each step: 255 where its image differs from the one that it started from."""
    bases = [0 if policy.step.base == "factual" else k for k, policy in enumerate(dataset.regimes[split][0].steps)]
    changed = [(drawn[base] != drawn[k + 1]).any(axis=-1) for k, base in enumerate(bases)]
    return [np.where(where, 255, 0).astype(np.uint8) for where in changed]


def drawing_slices(size: int, count: int) -> Iterator[slice]:
    """Rows to draw at a time, so that memory does not grow with the size of images or shards."""
    step = max(1, _DRAWN_AT_ONCE // size**2)
    return (slice(start, min(count, start + step)) for start in range(0, count, step))
