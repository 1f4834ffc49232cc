"""Contact sheets: images side by side with their counterfactuals or labels, under each what it shows."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from scmgen.dataset.batch import Batch, Twin, take
from scmgen.dataset.content import Described
from scmgen.dataset.interventions.kinds import spelled
from scmgen.dataset.sampling import Dataset
from scmgen.scene.domain import Categorical
from scmgen.storage.loading.reader import Data

_INK, _FAINT, _FRAME, _PAPER = (34, 34, 40), (120, 120, 130), (215, 215, 220), (255, 255, 255)
_TITLE, _NOTE, _GAP, _TILE = 20, 13, 12, 128
_SMALLEST = 9  # points of a caption
_SHOWN, _SEARCHED = 9, 64  # samples on the sheet of a data set, and among which it looks for different targets
_LABELS = 4  # lines of labels under an imported image
_PLAIN = ("1", "world", "frame")  # units that nobody misses

Pixels = NDArray[np.uint8]


def contact_sheet(dataset: Dataset, pairs: int, columns: int = 3) -> Image.Image:
    """Draw the first samples of the first split in ``columns``: every world of each, side by side.

    Images are drawn at the data set's own size and enlarged by a whole number without smoothing, so
    that a pixel of the data is a square of the sheet.
    """
    split = next(iter(dataset.regimes))
    return _sheet_of(dataset, dataset.opening(split, pairs), columns)


def sheet(dataset: Dataset) -> Image.Image:
    """Draw samples of a generated data set that differ in their targets, the first of each; of what labels tell."""
    split, size = next((split, size) for split, size in dataset.spec.sizes().items() if size)
    batch = dataset.opening(split, min(size, _SEARCHED))
    rows = _chosen(batch) if dataset.spec.labels == "whole" else np.arange(min(size, _SHOWN))
    return _sheet_of(dataset, take(batch, rows), 3)


def gallery(data: Data) -> Image.Image:
    """Draw the first images of an imported data set, with their labels."""
    split = next(iter(data.splits))
    count = min(data.splits[split], 2 * _SHOWN)
    captions = [_labels(data, row["factors"]) for row in itertools.islice(data.rows(split), count)]
    return _sheet(data.name, "images and their labels", [data.images(split)[:count]], captions, 6)


def encode(image: Image.Image) -> bytes:
    """The sheet as a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _chosen(batch: Batch) -> NDArray[np.int64]:
    """The first sample of each target set, then other samples with targets, then those without; at most nine."""
    masks = [
        tuple(int(hit) for twin in batch.twins for hit in twin.table.mask[row]) for row in range(len(batch.domain))
    ]
    first = [row for row, mask in enumerate(masks) if any(mask) and mask not in masks[:row]]
    ranked = sorted(range(len(masks)), key=lambda row: (row not in first, not any(masks[row]), row))
    return np.array(sorted(ranked[:_SHOWN]), np.int64)


def _sheet_of(dataset: Dataset, batch: Batch, columns: int) -> Image.Image:
    worlds = [dataset.draw(batch.split, batch.domain, values) for values in batch.worlds()]
    columns = max(1, columns * 2 // len(worlds)) if len(worlds) > 2 else columns
    notes = {1: "factual", 2: "factual | counterfactual under the same noise"}
    note = notes.get(len(worlds), "factual | a chain under the same noise")
    if any(step.nuisance for step in dataset.spec.interventions):
        note = note.replace("under the same noise", "under the same noise, but for nuisance")
    captions = [[_caption(dataset, batch, row)] for row in range(len(batch.domain))]
    return _sheet(dataset.spec.name, note, worlds, captions, columns)


def _sheet(
    name: str, note: str, worlds: Sequence[Pixels], captions: Sequence[Sequence[str]], columns: int
) -> Image.Image:
    """Lay out samples in columns: ``worlds`` of each ``(n, height, width, 3)`` side by side, lines of text below."""
    count, tall, wide = worlds[0].shape[:3]
    unit = min(tall, wide)
    share = max(1, round(_TILE / unit)) if unit <= 2 * _TILE else _TILE / unit
    tile, deep = round(wide * share), round(tall * share)
    columns, lines = min(columns, count), max(map(len, captions))
    width, height = len(worlds) * (tile + 4) + _GAP, deep + 4 + 16 * lines + _GAP
    paper = Image.new("RGB", (max(420, columns * width + _GAP), -(-count // columns) * height + 44), _PAPER)
    pen = ImageDraw.Draw(paper)
    pen.text((_GAP, 10), name, _INK, ImageFont.load_default(_TITLE))
    pen.text((_GAP + pen.textlength(name, ImageFont.load_default(_TITLE)) + 12, 17), note, _FAINT, _font())
    for row in range(count):
        x, y = _GAP + (row % columns) * width, 44 + (row // columns) * height
        for k, images in enumerate(worlds):
            left = x + k * (tile + 4)
            paper.paste(_enlarged(images[row], (tile, deep)), (left, y))
            pen.rectangle((left - 1, y - 1, left + tile, y + deep), outline=_FRAME)
        for line, text in enumerate(captions[row]):
            _write(pen, text, x, y + deep + 4 + 16 * line, len(worlds) * (tile + 4) - 4)
    return paper


def _enlarged(pixels: Pixels, tile: tuple[int, int]) -> Image.Image:
    how = Image.Resampling.NEAREST if len(pixels) <= tile[1] else Image.Resampling.LANCZOS
    return Image.fromarray(pixels).resize(tile, how)


def _font() -> Any:
    return ImageFont.load_default(_NOTE)


def _write(pen: Any, text: str, x: int, y: int, width: int) -> None:
    """Write a line as large as fits, and of one that fits at no size the beginning."""
    for points in range(_NOTE, _SMALLEST - 1, -1):
        font = ImageFont.load_default(points)
        if pen.textlength(text, font) <= width:
            break
    shown = text
    while pen.textlength(shown, font) > width:
        text = text[:-1]
        shown = f"{text.rstrip()}..."
    pen.text((x, y), shown, _INK, font)


def _caption(dataset: Dataset, batch: Batch, row: int) -> str:
    environments = dataset.spec.environments
    environment = environments[batch.domain[row]].name if environments else ""
    twins = batch.twins if dataset.spec.labels != "hidden" else ()
    done = "; ".join(_done(dataset, k, twin, row) for k, twin in enumerate(twins))
    return f"{environment}: {done}" if environment and done else environment or done


def _done(dataset: Dataset, step: int, twin: Twin, row: int) -> str:
    nothing = "another view" if dataset.spec.interventions[step].nuisance else "no intervention"
    names = [name for name, hit in zip(dataset.scene.factors, twin.table.mask[row], strict=True) if hit]
    if dataset.spec.labels == "targets":
        return f"on {', '.join(names)}" if names else nothing
    factors = dataset.scene.factors
    done = [f"{name} = {_spell(factors[name], twin.values[name][row], '.2f')}" for name in names]
    return spelled(twin.table.kinds[row], ", ".join(done)) if done else nothing


def _spell(factor: Described, value: float, form: str) -> str:
    plain = isinstance(factor.domain, Categorical) or factor.unit in _PLAIN
    return factor.domain.spell(value, form) + ("" if plain else f" {factor.unit}")


def _labels(data: Data, values: dict[str, float]) -> list[str]:
    """A line a factor, as many as there is room for."""
    lines = [f"{name}: {_spell(data.manifest.factors[name], value, '.4g')}" for name, value in values.items()]
    return lines if len(lines) <= _LABELS else [*lines[: _LABELS - 1], f"and {len(lines) - _LABELS + 1} more"]
