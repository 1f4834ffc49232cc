"""A contact sheet: factual images, their counterfactuals, and the do beside each pair."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageDraw, ImageFont

from scmgen.dataset import Dataset
from scmgen.samples import Batch, Twin
from scmgen.scene import Factor

_INK, _FAINT, _FRAME, _PAPER = (34, 34, 40), (120, 120, 130), (215, 215, 220), (255, 255, 255)
_TITLE, _NOTE, _GAP, _TILE = 20, 13, 12, 128


def contact_sheet(dataset: Dataset, pairs: int, columns: int = 3) -> Image.Image:
    """Draw the first samples of the first split in ``columns``: every world of each, side by side.

    Images are drawn at the data set's own size and enlarged by a whole number without smoothing, so
    that a pixel of the data is a square of the sheet.
    """
    split, size = next(iter(dataset.regimes)), dataset.spec.size
    batch = dataset.evaluate(split, 0, pairs)
    tile = size * max(1, round(_TILE / size))
    worlds = [dataset.draw(split, batch.domain, values) for values in batch.worlds()]
    columns = max(1, columns * 2 // len(worlds)) if len(worlds) > 2 else columns
    width, height = len(worlds) * (tile + 4) + _GAP, tile + 20 + _GAP
    rows = -(-pairs // columns)
    sheet = Image.new("RGB", (max(420, min(columns, pairs) * width + _GAP), rows * height + 44), _PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((_GAP, 10), dataset.spec.name, _INK, ImageFont.load_default(_TITLE))
    after = _GAP + pen.textlength(dataset.spec.name, ImageFont.load_default(_TITLE)) + 12
    told = {1: "factual", 2: "factual | counterfactual under the same noise"}
    pen.text((after, 17), told.get(len(worlds), "factual | a chain under the same noise"), _FAINT, _font())
    for row in range(pairs):
        x, y = _GAP + (row % columns) * width, 44 + (row // columns) * height
        for k, images in enumerate(worlds):
            left = x + k * (tile + 4)
            sheet.paste(Image.fromarray(images[row]).resize((tile, tile), Image.Resampling.NEAREST), (left, y))
            pen.rectangle((left - 1, y - 1, left + tile, y + tile), outline=_FRAME)
        _write(pen, _caption(dataset, batch, row), x, y + tile + 4, len(worlds) * (tile + 4) - 4)
    return sheet


def _font() -> Any:
    return ImageFont.load_default(_NOTE)


def _write(pen: Any, text: str, x: int, y: int, width: int) -> None:
    """Write a caption as large as fits."""
    for points in range(_NOTE, 7, -1):
        font = ImageFont.load_default(points)
        if pen.textlength(text, font) <= width:
            break
    pen.text((x, y), text, _INK, font)


def _caption(dataset: Dataset, batch: Batch, row: int) -> str:
    environments = dataset.spec.environments
    told = [f"{environments[batch.domain[row]].name}:"] if environments else []
    return " ".join([*told, "; ".join(_done(dataset, twin, row) for twin in batch.twins)])


def _done(dataset: Dataset, twin: Twin, row: int) -> str:
    names = [name for name, hit in zip(dataset.scene.factors, twin.table.mask[row], strict=True) if hit]
    done = [f"{name} = {_spell(dataset.scene.factors[name], twin.values[name][row])}" for name in names]
    verb = "do" if twin.table.kinds[row] == "hard" else twin.table.kinds[row]
    return f"{verb}({', '.join(done)})" if done else "no intervention"


def _spell(factor: Factor, value: float) -> str:
    if factor.levels:
        return factor.levels[int(value)]
    return f"{value:.2f}{'' if factor.unit in ('1', 'world', 'frame') else ' ' + factor.unit}"
