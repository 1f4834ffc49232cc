"""Grids of images with captions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from cdm.data.images import to_bytes

_GAP, _LINE, _TEXT, _INK, _PAPER = 4, 15, 13, (34, 34, 44), (255, 255, 255)
_SMALLEST = 96  # pixels a side at which an image is shown


def grid(rows: Sequence[tuple[str, Tensor]], captions: Sequence[Sequence[str]] = ()) -> Image.Image:
    """A picture of rows of images, each with its name on the left.

    Args:
        rows: name (lines) and images ``(n, 3, size, size)`` from -1 to 1, or strips ``(n, 3, k size, size)``.
        captions: for each row, from the first, what stands above its images (lines).
    """
    tall, size = rows[0][1].shape[-2:]
    side, count = size * max(1, -(-_SMALLEST // size)), max(len(images) for _, images in rows)
    font = ImageFont.load_default(_TEXT)
    left = max(_widest(font, name) for name, _ in rows) + 2 * _GAP
    above = [[_fitting(text, font, side) for text in texts] for texts in captions] + [[]] * (len(rows) - len(captions))
    heads = [max((text.count("\n") + 1 for text in texts), default=0) * _LINE for texts in above]
    high = side * tall // size
    height = _GAP + sum(head + high + _GAP for head in heads)
    sheet = Image.new("RGB", (left + count * (side + _GAP), height), _PAPER)
    pen, y = ImageDraw.Draw(sheet), _GAP
    for (name, images), texts, head in zip(rows, above, heads, strict=True):
        for j, text in enumerate(texts):
            pen.text((left + j * (side + _GAP), y + head - 3), text, _INK, font, "ld", spacing=2)
        y += head
        pen.text((_GAP, y + high // 2), name, _INK, font, "lm", spacing=2)
        for j, pixels in enumerate(to_bytes(images).numpy()):
            tile = Image.fromarray(pixels).resize((side, high), Image.Resampling.NEAREST)
            sheet.paste(tile, (left + j * (side + _GAP), y))
        y += high + _GAP
    return sheet


_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def _widest(font: _Font, text: str) -> int:
    return max(math.ceil(font.getlength(line)) for line in text.split("\n"))


def _fitting(text: str, font: _Font, width: int) -> str:
    """Lines cut to a width."""
    return "\n".join(_cut(line, font, width) for line in text.split("\n"))


def _cut(line: str, font: _Font, width: int) -> str:
    line = line[:width]  # a letter takes a pixel at least
    while len(line) > 1 and font.getlength(line) > width:
        line = line[:-2] + "…"
    return line
