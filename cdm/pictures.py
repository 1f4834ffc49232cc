"""Grids of images with captions, as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from cdm.errors import CdmError

_GAP, _LINE, _INK, _PAPER = 4, 16, (34, 34, 44), (255, 255, 255)
_SMALLEST = 96  # pixels a side at which an image is shown


def grid(rows: Sequence[tuple[str, Tensor]], columns: Sequence[str] = ()) -> Image.Image:
    """A picture of rows of images, each with its name on the left.

    Args:
        rows: name and images ``(n, 3, size, size)`` from -1 to 1.
        columns: captions above the columns.
    """
    size = rows[0][1].shape[-1]
    side, count = size * max(1, -(-_SMALLEST // size)), max(len(images) for _, images in rows)
    font = ImageFont.load_default(13)
    left = max(int(font.getlength(name)) for name, _ in rows) + 2 * _GAP
    top = (_LINE + _GAP) if columns else _GAP
    sheet = Image.new("RGB", (left + count * (side + _GAP), top + len(rows) * (side + _GAP)), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for j, caption in enumerate(columns):
        pen.text((left + j * (side + _GAP), _GAP), _fitting(caption, font, side), _INK, font)
    for i, (name, images) in enumerate(rows):
        y = top + i * (side + _GAP)
        pen.text((_GAP, y + side // 2 - 8), name, _INK, font)
        for j, pixels in enumerate(to_bytes(images).numpy()):
            tile = Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)
            sheet.paste(tile, (left + j * (side + _GAP), y))
    return sheet


def to_bytes(images: Tensor) -> Tensor:
    """Images ``(n, 3, size, size)`` from -1 to 1 as ``(n, size, size, 3)`` uint8."""
    return ((images.detach().cpu().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def write(path: Path, picture: Image.Image) -> None:
    """Write a PNG, whole or not at all.

    Raises:
        CdmError: if it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(temporary, "PNG")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise CdmError(f"{path}: cannot be written: {error.strerror or error}") from None


def _fitting(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    while len(text) > 1 and font.getlength(text) > width:
        text = text[:-2] + "…"
    return text
