"""Contact sheets: images side by side with their counterfactuals, under each what was done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scmgen.dataset.batch import Batch, take
from scmgen.dataset.environments import passed
from scmgen.dataset.interventions.kinds import spelled
from scmgen.dataset.sampling import Dataset
from scmgen.errors import ScmgenError
from scmgen.pictures.sheet import Pixels, lay, strips
from scmgen.scene.shown import STILL, changed, moved

_SHOWN, _SEARCHED = 9, 64  # samples on the sheet of a data set, and among which it looks for different targets


def contact_sheet(dataset: Dataset, pairs: int, columns: int = 3) -> Image.Image:
    """Draw the first samples of the first split in ``columns``: every world of each, side by side.

    Images are drawn at the data set's own size and enlarged by a whole number without smoothing, so
    that a pixel of the data is a square of the sheet.
    """
    split = next(iter(dataset.regimes))
    return _sheet_of(dataset, dataset.opening(split, pairs), columns)


def moving_sheet(dataset: Dataset, pairs: int, columns: int = 3) -> list[Image.Image]:
    """The same of a data set of clips: a sheet for each frame.

    Raises:
        ScmgenError: if it has no clips.
    """
    if dataset.scene.frames is None:
        raise ScmgenError(f"{dataset.spec.name}: it stands still; a picture that moves needs a scene with frames")
    split = next(iter(dataset.regimes))
    batch = dataset.opening(split, pairs)
    return [_sheet_of(dataset, batch, columns, frame) for frame in range(dataset.scene.frames)]


def sheet(dataset: Dataset) -> Image.Image:
    """Draw samples of a generated data set that differ in their targets, the first of each; of what labels tell."""
    split, size = next((split, size) for split, size in dataset.spec.sizes().items() if size)
    batch = dataset.opening(split, min(size, _SEARCHED))
    rows = _chosen(batch) if dataset.spec.labels == "whole" else np.arange(min(size, _SHOWN))
    return _sheet_of(dataset, take(batch, rows), 3)


def _chosen(batch: Batch) -> NDArray[np.int64]:
    """The first sample of each target set, then other samples with targets, then those without; at most nine."""
    masks = [
        tuple(int(hit) for twin in batch.twins for hit in twin.table.targets[row]) for row in range(len(batch.domain))
    ]
    first = [row for row, mask in enumerate(masks) if any(mask) and mask not in masks[:row]]
    ranked = sorted(range(len(masks)), key=lambda row: (row not in first, not any(masks[row]), row))
    return np.array(sorted(ranked[:_SHOWN]), np.int64)


def _sheet_of(dataset: Dataset, batch: Batch, columns: int, frame: int | None = None) -> Image.Image:
    """Samples and what was done to them; of clips one frame, or a strip of several."""
    worlds = [dataset.draw(batch.split, batch.domain, values) for values in batch.worlds()]
    columns = max(1, columns * 2 // len(worlds)) if len(worlds) > 2 else columns
    notes = {1: "factual", 2: "factual | counterfactual under the same noise"}
    note = notes.get(len(worlds), "factual | a chain under the same noise")
    if any(step.nuisance for step in dataset.spec.interventions):
        note = note.replace("under the same noise", "under the same noise, but for nuisance")
    captions = [[_caption(dataset, batch, worlds, row)] for row in range(len(batch.domain))]
    if frame is not None:
        return lay(dataset.spec.name, note, [clips[:, frame] for clips in worlds], captions, columns)
    if dataset.scene.frames is not None:
        return lay(dataset.spec.name, note.replace(" | ", ", and below it "), [strips(worlds)], captions, 1)
    return lay(dataset.spec.name, note, worlds, captions, columns)


def _caption(dataset: Dataset, batch: Batch, worlds: Sequence[Pixels], row: int) -> str:
    environments = [environment.name for environment in dataset.spec.environments]
    environment = passed(environments, batch.domain[row]) if environments else ""
    twins = batch.twins if dataset.spec.labels != "hidden" else ()
    done = "; ".join(_done(dataset, batch, worlds, k, row) for k in range(len(twins)))
    return f"{environment}: {done}" if environment and done else environment or done


def _done(dataset: Dataset, batch: Batch, worlds: Sequence[Pixels], step: int, row: int) -> str:
    """What a step did to a sample: to each target the value before it and after it; and whether the image shows it."""
    twin, told = batch.twins[step], dataset.spec.interventions[step]
    origin = 0 if told.base == "factual" else step  # the world from which it starts
    nothing = "another view" if told.nuisance else "no intervention"
    names = [name for name, hit in zip(dataset.scene.factors, twin.table.targets[row], strict=True) if hit]
    if dataset.spec.labels == "targets":
        return f"on {', '.join(names)}" if names else nothing
    factors = dataset.scene.factors
    before, order = batch.worlds()[origin], list(factors)
    if dataset.scene.frames is None:
        done = [f"{name} = {moved(factors[name], before[name][row], twin.values[name][row])}" for name in names]
    else:
        marks = twin.table.mask[row].T.tolist()
        values = [(before[name][row], twin.values[name][row], marks[order.index(name)]) for name in names]
        done = [f"{name} = {changed(factors[name], *one)}" for name, one in zip(names, values, strict=True)]
    still = STILL if np.array_equal(worlds[origin][row], worlds[step + 1][row]) else ""
    return spelled(twin.table.kinds[row], ", ".join(done)) + still if done else nothing
