"""A contact sheet: factual images, their counterfactuals, and the do beside each pair."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scmgen.dataset import Dataset
from scmgen.scene import Factor

_INK, _FAINT, _FRAME, _PAPER = (34, 34, 40), (120, 120, 130), (215, 215, 220), (255, 255, 255)
_TITLE, _NOTE, _GAP, _TILE = 20, 13, 12, 128


def contact_sheet(dataset: Dataset, pairs: int, columns: int = 3) -> Image.Image:
    """Draw the first pairs of the first split in ``columns``.

    Images are drawn at the data set's own size and enlarged by a whole number without smoothing, so
    that a pixel of the data is a square of the sheet.
    """
    split = next(iter(dataset.scenes))
    batch = dataset.evaluate(split, 0, pairs)
    scene, size = dataset.scene, dataset.spec.size
    tile = size * max(1, round(_TILE / size))
    factual = scene.render(batch.values, size)
    other = scene.render(batch.twins[0].values, size) if batch.twins else factual
    captions = [_caption(dataset, batch, row) for row in range(pairs)]
    width, height = 2 * tile + 4 + _GAP, tile + 20 + _GAP
    rows = -(-pairs // columns)
    sheet = Image.new("RGB", (min(columns, pairs) * width + _GAP, rows * height + 44), _PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((_GAP, 10), dataset.spec.name, _INK, ImageFont.load_default(_TITLE))
    after = _GAP + pen.textlength(dataset.spec.name, ImageFont.load_default(_TITLE)) + 12
    pen.text((after, 17), "factual | counterfactual under the same noise", _FAINT, ImageFont.load_default(_NOTE))
    for row in range(pairs):
        x, y = _GAP + (row % columns) * width, 44 + (row // columns) * height
        for k, images in enumerate((factual, other)):
            left = x + k * (tile + 4)
            sheet.paste(Image.fromarray(images[row]).resize((tile, tile), Image.Resampling.NEAREST), (left, y))
            pen.rectangle((left - 1, y - 1, left + tile, y + tile), outline=_FRAME)
        _write(pen, captions[row], x, y + tile + 4, 2 * tile + 4)
    return sheet


def _write(pen: Any, text: str, x: int, y: int, width: int) -> None:
    """Write a caption as large as fits."""
    for points in range(_NOTE, 7, -1):
        font = ImageFont.load_default(points)
        if pen.textlength(text, font) <= width:
            break
    pen.text((x, y), text, _INK, font)


def _caption(dataset: Dataset, batch: Any, row: int) -> str:
    if not batch.twins or not batch.twins[0].table.mask[row].any():
        return "no intervention"
    targets = np.flatnonzero(batch.twins[0].table.mask[row])
    names = list(dataset.scene.factors)
    done = [
        f"{names[k]} = {_spell(dataset.scene.factors[names[k]], batch.twins[0].values[names[k]][row])}" for k in targets
    ]
    return f"do({', '.join(done)})"


def _spell(factor: Factor, value: float) -> str:
    if factor.levels:
        return factor.levels[int(value)]
    return f"{value:.2f}{'' if factor.unit in ('1', 'world', 'frame') else ' ' + factor.unit}"
