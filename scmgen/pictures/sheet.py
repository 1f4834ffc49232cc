"""Images laid out on a sheet: side by side, under each what it shows."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_INK, _FAINT, _FRAME, _PAPER = (34, 34, 40), (120, 120, 130), (215, 215, 220), (255, 255, 255)
_TITLE, _NOTE, _GAP, _TILE = 20, 13, 12, 128
_FRAMES, _PACE = 8, 120  # of a strip; milliseconds of a frame that moves
_SMALLEST = 9  # points of a caption

Pixels = NDArray[np.uint8]


def lay(name: str, note: str, worlds: Sequence[Pixels], captions: Sequence[Sequence[str]], columns: int) -> Image.Image:
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


def strips(worlds: Sequence[Pixels]) -> Pixels:
    """Clips ``(n, frames, height, width, 3)`` as images: some frames side by side, one row a world."""
    count = worlds[0].shape[1]
    chosen = np.unique(np.linspace(0, count - 1, min(count, _FRAMES)).round().astype(int))
    gap = max(1, worlds[0].shape[2] // 32)
    rows = [np.concatenate([_edged(clips[:, frame], gap) for frame in chosen], axis=2) for clips in worlds]
    return np.concatenate(rows, axis=1)[:, :-gap, :-gap]


def _edged(images: Pixels, gap: int) -> Pixels:
    """Images with white at their right and below them."""
    return np.pad(images, [(0, 0), (0, gap), (0, gap), *[(0, 0)] * (images.ndim - 3)], constant_values=255)


def animate(images: Sequence[Image.Image], ending: str) -> bytes:
    """Sheets one after the other as a file that moves, ``.gif`` (of 256 colours) or ``.webp`` (without loss)."""
    buffer, first = io.BytesIO(), images[0]
    how = {"lossless": True} if ending == ".webp" else {"optimize": False}
    first.save(buffer, ending[1:].upper(), save_all=True, append_images=images[1:], duration=_PACE, loop=0, **how)
    return buffer.getvalue()


def encode(image: Image.Image) -> bytes:
    """The sheet as a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


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
    shown = text = text[:width]  # a letter takes a pixel at least
    while pen.textlength(shown, font) > width:
        text = text[:-1]
        shown = f"{text.rstrip()}..."
    pen.text((x, y), shown, _INK, font)
