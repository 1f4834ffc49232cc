"""Plates: the pictures of a bank made ready to be drawn, each when it is first needed.

All of a plate have one size. A plate of glyphs holds distances from the edge of the ink, one of pictures their colours.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from scmgen.pictures import brought
from scmgen.pictures.bank import Array, Bank, Kind, Pixels

_MOST = 256  # pixels a side, where pictures differ in size
_FINE = 64  # pixels a side up to which a glyph has two places a pixel
_LIGHT, _LOOKED_AT = 127.5, 200  # of a border; pictures that tell whether paper is light


class Plate:
    """The pictures of a bank, all of one size.

    Glyphs of another size, and pictures where some of the bank are not all covered, have nothing around them; other
    pictures are cut to their middle.

    Attributes:
        extent: height and width in pixels of each picture.
        finer, margin: places a pixel, and pixels around a picture, of a glyph's distances; 1 and 0 of a picture.
        cells: ``(n, rows, columns, bytes)``: of a glyph two bytes, of a picture red, green, blue and how much of the
            pixel it covers.
    """

    def __init__(self, bank: Bank[Pixels], kind: Kind) -> None:
        self.bank, self.kind = bank, kind
        sizes = {picture.shape[:2] for picture in bank.items}
        side = min(_MOST, max(max(size) for size in sizes))
        self.extent: tuple[int, int] = sizes.pop() if len(sizes) == 1 else (side, side)
        glyph, most = kind == "glyph", max(self.extent)
        self.finer, self.margin = (2 if most <= _FINE else 1, max(2, most // 8)) if glyph else (1, 0)
        rows, columns = ((length + 2 * self.margin) * self.finer for length in self.extent)
        self.cells: Pixels = np.empty((len(bank.items), rows, columns, 2 if glyph else 4), np.uint8)
        self._made = np.zeros(len(bank.items), np.bool_)
        self._widths: Array = np.full(len(bank.items), np.nan)
        self._slants: Array = np.full(len(bank.items), np.nan)

    def need(self, numbers: ArrayLike) -> None:
        """Make pictures ready.

        Raises:
            ScmgenError: if one is no number of a picture.
        """
        asked = np.unique(self.bank.numbers(numbers))
        for number in asked[~self._made[asked]].tolist():
            self.cells[number] = self._distances(number) if self.kind == "glyph" else self._colours(number)
            self._made[number] = True

    def widths(self, numbers: ArrayLike) -> Array:
        """The mean width of the strokes of glyphs, as a share of the height of a picture."""
        from scmgen.pictures import strokes

        def measured(number: int) -> float:
            field = self.cells[number].view("<i2")[..., 0]
            return strokes.width(field, self.finer) / self.extent[0]

        self.need(numbers)
        return self._looked_up(numbers, self._widths, measured)

    def slants(self, numbers: ArrayLike) -> Array:
        """How far glyphs lean to the right, in radians."""
        from scmgen.pictures import strokes

        return self._looked_up(numbers, self._slants, lambda number: strokes.slant(self._grey(number)))

    def _looked_up(self, numbers: ArrayLike, known: Array, measure: Callable[[int], float]) -> Array:
        whole = self.bank.numbers(numbers)
        asked = np.unique(whole)
        for number in asked[np.isnan(known[asked])].tolist():
            known[number] = measure(number)
        found: Array = known[whole]
        return found

    def _distances(self, number: int) -> Pixels:
        from scmgen.pictures import outline

        field = outline.field(self._grey(number), self.finer, self.margin, max(6, max(self.extent) // 4))
        return field.astype("<i2").view(np.uint8).reshape(self.cells.shape[1:])

    def _grey(self, number: int) -> Pixels:
        """Where ink is, ``(h, w)``: what is covered, or what is unlike the paper, which is dark or light."""
        image = Image.fromarray(self.bank.items[number])
        if self._cut_out and image.mode == "RGBA":
            return np.asarray(self._fitted(image.getchannel("A")))
        grey = np.asarray(image.convert("L"))
        return np.asarray(self._fitted(Image.fromarray(255 - grey if self._on_light else grey)))

    @functools.cached_property
    def _cut_out(self) -> bool:
        """Whether some pixels of the bank are not covered."""
        clear = (picture[..., 3] for picture in self.bank.items if picture.shape[2:] == (4,))
        return any(cover.min() < 255 for cover in clear)

    @functools.cached_property
    def _on_light(self) -> bool:
        """Whether the borders of pictures are light, on the whole."""
        some = self.bank.items[:: max(1, len(self.bank.items) // _LOOKED_AT)]
        greys = [np.asarray(Image.fromarray(picture).convert("L")) for picture in some]
        edges = [np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]).mean() for grey in greys]
        return bool(np.mean(edges) > _LIGHT)

    def _colours(self, number: int) -> Pixels:
        return np.asarray(self._fitted(Image.fromarray(self.bank.items[number]).convert("RGBA")))

    def _fitted(self, image: Image.Image) -> Image.Image:
        height, width = self.extent
        if image.size == (width, height):
            return image
        scales = (width / image.width, height / image.height)
        scale = min(scales) if self.kind == "glyph" or self._cut_out else max(scales)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        paper = Image.new(image.mode, (width, height))
        paper.paste(image.resize(size, Image.Resampling.LANCZOS), ((width - size[0]) // 2, (height - size[1]) // 2))
        return paper


def plate(name: str, kind: Kind, where: str) -> Plate:
    """The plate of the bank that this process knows by a name; ``where`` says who asks.

    Raises:
        ScmgenError: if there is no such bank.
    """
    return _of(brought.named(name, where, "pictures"), kind)


@functools.lru_cache(maxsize=16)
def _of(bank: Bank[Pixels], kind: Kind) -> Plate:
    return Plate(bank, kind)
