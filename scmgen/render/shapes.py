"""Primitive shapes: what stands between our drawing and its pixels.

A drawing is an int32 array of shape ``(n, marks, columns)`` in fixed point, so that the last-bit
differences of numpy's functions between machines vanish before any pixel is computed. Whatever turns
:class:`Shapes` into pixels (:mod:`scmgen.render.raster` does) can be exchanged without touching anything else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scmgen.render.frame import Frame

FIXED = 2**20  # fixed-point steps in the unit square
FURTHEST = 1000.0  # coordinates beyond this are drawn as if they were here

RASTERISER = "analytic coverage, 1"  # the number changes when pixels do

FILL, ELLIPSE, BOX, RING, POLYGON, GRADIENT, STROKE, TEXTURE, STRIPES, BLUR, GRAIN, GLYPH, PLATE = range(13)
LENSES = (BLUR, GRAIN)  # what changes the picture so far, and draws nothing itself
BROUGHT = (GLYPH, PLATE)  # what shows pictures that were brought
NORMAL, MULTIPLY, SCREEN = range(3)  # how a mark blends with what is below it
_ENDLESS = (FILL, GRADIENT, TEXTURE, STRIPES, *LENSES)  # without an outline: they end with the frame
_LEAST = 1 / 512  # of the frame

HEAD = 5  # columns before the geometry: alpha, red, green, blue, soft


NOTHING = (np.empty(0, np.uint8),)
"""The pictures of a drawing without any."""


@dataclass(frozen=True)
class Shapes:
    """A batch of drawings: what is drawn (the same for all) and where (row by row).

    Attributes:
        kinds: ``(marks,)`` one of FILL ... PLATE.
        lengths: ``(marks,)`` how many geometry columns each mark uses.
        rows: ``(n, marks, columns)`` fixed point: the head, then the geometry in unit coordinates.
        groups: ``(marks,)`` the value of each mark in a segmentation mask; 0 draws nothing there.
        styles: ``(marks, 3)`` how each mark blends; the number of the coverage that it is cut to, and of the one that
            it adds to, or -1.
        sources: ``(marks, 5)`` of marks that show brought pictures: which of ``cells`` they are in, its rows and
            columns, places a pixel and margin (:class:`scmgen.pictures.plates.Plate`).
        cells: pictures, one after the other.
    """

    kinds: NDArray[np.int64]
    lengths: NDArray[np.int64]
    rows: NDArray[np.int32]
    groups: NDArray[np.uint8]
    styles: NDArray[np.int64]
    sources: NDArray[np.int64]
    cells: tuple[NDArray[np.uint8], ...] = NOTHING

    @property
    def plain(self) -> NDArray[np.bool_]:
        """``(marks,)`` which are one shape of one colour, or a gradient, laid over what is below."""
        return np.asarray((self.kinds <= GRADIENT) & (self.styles == (NORMAL, -1, -1)).all(axis=1))


def plainly(marks: int) -> NDArray[np.int64]:
    """The styles of as many marks that are simply laid over what is below."""
    return np.tile(np.array([NORMAL, -1, -1], np.int64), (marks, 1))


def unsourced(marks: int) -> NDArray[np.int64]:
    """The sources of as many marks that show no brought picture."""
    return np.zeros((marks, 5), np.int64)


def fixed(values: NDArray[np.float64]) -> NDArray[np.int32]:
    """Round coordinates or colours to fixed point."""
    clipped = np.clip(values, -FURTHEST, FURTHEST)
    return np.rint(clipped * FIXED).astype(np.int32)


def moved(shapes: Shapes, frame: Frame) -> Shapes:
    """Shapes whose unit square stands in the middle of a frame, measured from its lower left corner."""
    shift = [round((side / frame.unit - 1) / 2 * FIXED) for side in (frame.width, frame.height)]
    if not any(shift):
        return shapes
    rows = shapes.rows.copy()
    for k, (kind, length) in enumerate(zip(shapes.kinds.tolist(), shapes.lengths.tolist(), strict=True)):
        for axis in (0, 1):
            rows[:, k, HEAD + axis : HEAD + length][:, _placed(kind, length - axis)] += shift[axis]
    return replace(shapes, rows=rows)


def _placed(kind: int, length: int) -> slice:
    """Which of the columns from the first x (or y) on are places, and no lengths."""
    if kind in (POLYGON, STROKE):
        return slice(0, length - (kind == STROKE), 2)
    if kind == GRADIENT:
        return slice(0, 4, 2)
    return slice(1, 2) if kind in BROUGHT else slice(0, 0 if kind in _ENDLESS else 1)


def beyond(shapes: Shapes, frame: Frame) -> NDArray[np.bool_]:
    """Where marks reach out of the frame by a 512th of it or more: ``(n, marks)``.

    What has no outline of its own (a fill, a texture) ends with the frame.
    """
    out = np.zeros(shapes.rows.shape[:2], np.bool_)
    more = (np.array([frame.width, frame.height]) / frame.unit - 1) / 2 + _LEAST  # beyond the unit square
    for k, (kind, length) in enumerate(zip(shapes.kinds.tolist(), shapes.lengths.tolist(), strict=True)):
        if kind not in _ENDLESS:
            low, high = _extent(kind, shapes.rows[:, k, HEAD : HEAD + length] / FIXED, shapes.sources[k])
            out[:, k] = ((low < -more) | (high > 1.0 + more)).any(axis=1)
    return out


def _extent(
    kind: int, geometry: NDArray[np.float64], source: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the largest x and y of a shape, ``(n, 2)`` each, from its columns in unit coordinates."""
    if kind in (POLYGON, STROKE):
        half = geometry[:, -1:] / 2 if kind == STROKE else 0.0
        corners = geometry[:, : geometry.shape[1] // 2 * 2].reshape(len(geometry), -1, 2)
        return corners.min(axis=1) - half, corners.max(axis=1) + half
    if kind in BROUGHT:  # after its number; one that is told no width is as wide as its own sides say
        rows, columns = (source[1:3] / source[3] - 2 * source[4]).tolist()
        geometry = geometry[:, 1:].copy()
        told, height = geometry[:, 2], geometry[:, 3]
        geometry[:, 2], geometry[:, 3] = np.where(told > 0, told, height * columns / rows) / 2, height / 2
    middle, a, b = geometry[:, :2], geometry[:, 2], geometry[:, 3]
    if kind == RING:
        reach = np.stack([a + b, a + b], axis=1)
    else:
        c, s = np.abs(geometry[:, 4]), np.abs(geometry[:, 5])
        join = np.hypot if kind == ELLIPSE else np.add
        reach = np.stack([join(c * a, s * b), join(s * a, c * b)], axis=1)
    return middle - reach, middle + reach
