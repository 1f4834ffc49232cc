"""The rasteriser: primitive shapes to pixels, in loops that numba compiles.

Shapes of one colour and gradients have loops of their own here; all else is laid by :mod:`scmgen.render.layers`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scmgen.loops import compiled
from scmgen.render.camera import blur, grain
from scmgen.render.coverage import UNIT, bounds, coverage, scale
from scmgen.render.frame import Frame, Pixels
from scmgen.render.layers import keep, lay
from scmgen.render.shapes import BLUR, FILL, GRADIENT, GRAIN, HEAD, NORMAL, Shapes, moved

_ALPHA, _RED = 0, 1  # columns of the head; green and blue follow red


def paint(shapes: Shapes, frame: Frame) -> Pixels:
    """Draw a batch back to front on white: ``(n, height, width, 3)`` uint8."""
    out = np.empty((len(shapes.rows), *frame.plane, 3), np.uint8)
    _paint(*_arrays(moved(shapes, frame)), frame.unit, out)
    return out


def paint_masks(shapes: Shapes, frame: Frame) -> Pixels:
    """Draw each pixel's topmost group: ``(n, height, width)`` uint8, 0 where there is none.

    A mark owns a pixel that it covers by half or more; one without a group hides what is below, unless it is blended.
    """
    out = np.zeros((len(shapes.rows), *frame.plane), np.uint8)
    _paint_masks(*_arrays(moved(shapes, frame)), shapes.groups, frame.unit, out)
    return out


def _arrays(shapes: Shapes) -> tuple[Any, ...]:
    """What the loops read of a batch."""
    return shapes.kinds, shapes.lengths, shapes.rows, shapes.plain, shapes.styles, shapes.sources, shapes.cells


@compiled
def _flood(canvas: Any, row: Any, alpha: float) -> None:
    """Blend one colour over the whole canvas."""
    cover = np.float32(alpha)
    for channel in range(3):
        ink = np.float32(row[_RED + channel] * UNIT)
        flat = canvas[channel].reshape(-1)
        for pixel in range(flat.size):
            flat[pixel] += cover * (ink - flat[pixel])


@compiled
def _wash(canvas: Any, row: Any, g: Any, alpha: float) -> None:
    """Blend a linear gradient over the whole canvas; ``g`` holds its axis in pixels."""
    tall, wide = canvas.shape[1:]
    ex, ey = g[2] - g[0], g[3] - g[1]
    square = ex * ex + ey * ey
    across_step, up_step = (ex / square, ey / square) if square > 0.0 else (0.0, 0.0)
    cover = np.float32(alpha)
    for channel in range(3):
        start = np.float32(row[_RED + channel] * UNIT)
        change = np.float32(row[HEAD + 4 + channel] * UNIT) - start
        for up in range(tall):
            line = canvas[channel, tall - 1 - up]
            first = np.float32((0.5 - g[0]) * across_step + (up + 0.5 - g[1]) * up_step)
            step = np.float32(across_step)
            for across in range(wide):
                along = min(np.float32(1.0), max(np.float32(0.0), first + np.float32(across) * step))
                line[across] += cover * (start + along * change - line[across])


@compiled
def _stamp(canvas: Any, kind: int, row: Any, length: int, g: Any, unit: int, alpha: float) -> None:
    """Blend one shape of a single colour over the canvas."""
    tall, wide = canvas.shape[1:]
    width = scale(kind, row, length, unit, g)
    x0, x1, y0, y1 = bounds(kind, g, length, width, wide, tall)
    red, green, blue = np.float32(row[1] * UNIT), np.float32(row[2] * UNIT), np.float32(row[3] * UNIT)
    for up in range(y0, y1):
        down, y = tall - 1 - up, up + 0.5
        for x in range(x0, x1):
            cover = np.float32(alpha * coverage(kind, g, length, width, x + 0.5, y))
            if cover > np.float32(0.0):
                canvas[0, down, x] += cover * (red - canvas[0, down, x])
                canvas[1, down, x] += cover * (green - canvas[1, down, x])
                canvas[2, down, x] += cover * (blue - canvas[2, down, x])


@compiled
def _coverages(styles: Any) -> int:
    """How many coverages marks add to."""
    most = -1
    for k in range(styles.shape[0]):
        most = max(most, styles[k, 2])
    return int(most + 1)


@compiled
def _own(out: Any, mask: Any, group: int) -> None:
    for down in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            if mask[down, x]:
                out[down, x] = group


@compiled
def _paint(
    kinds: Any, lengths: Any, rows: Any, plain: Any, styles: Any, sources: Any, cells: Any, unit: int, out: Any
) -> None:
    tall, wide = out.shape[1:3]
    canvas = np.empty((3, tall, wide), np.float32)
    kept = np.empty((_coverages(styles), tall, wide), np.float64)
    g = np.empty(rows.shape[2], np.float64)
    for i in range(rows.shape[0]):
        canvas[:] = np.float32(1.0)
        kept[:] = 0.0
        for k in range(kinds.size):
            row, kind = rows[i, k], kinds[k]
            alpha = row[_ALPHA] * UNIT
            if alpha <= 0.0:
                continue
            if not plain[k]:
                if kind == BLUR:
                    blur(canvas, row, unit, alpha)
                elif kind == GRAIN:
                    grain(canvas, row, unit, alpha)
                else:
                    lay(
                        canvas, kept, kind, row, lengths[k], g, unit, alpha, styles[k], sources[k], cells[sources[k, 0]]
                    )
            elif kind == FILL:
                _flood(canvas, row, alpha)
            elif kind == GRADIENT:
                scale(kind, row, lengths[k], unit, g)
                _wash(canvas, row, g, alpha)
            else:
                _stamp(canvas, kind, row, lengths[k], g, unit, alpha)
        for down in range(tall):
            for x in range(wide):
                for channel in range(3):
                    out[i, down, x, channel] = np.uint8(canvas[channel, down, x] * np.float32(255.0) + np.float32(0.5))


@compiled
def _paint_masks(
    kinds: Any,
    lengths: Any,
    rows: Any,
    plain: Any,
    styles: Any,
    sources: Any,
    cells: Any,
    groups: Any,
    unit: int,
    out: Any,
) -> None:
    tall, wide = out.shape[1:]
    kept, mask = np.empty((_coverages(styles), tall, wide), np.float64), np.empty((tall, wide), np.bool_)
    g = np.empty(rows.shape[2], np.float64)
    for i in range(rows.shape[0]):
        kept[:] = 0.0
        for k in range(kinds.size):
            row, kind = rows[i, k], kinds[k]
            alpha = row[_ALPHA] * UNIT
            if not plain[k]:
                if alpha > 0.0 and kind != BLUR and kind != GRAIN:
                    keep(kept, kind, row, lengths[k], g, unit, alpha, styles[k], sources[k], cells[sources[k, 0]], mask)
                    if groups[k] > 0 or styles[k, 0] == NORMAL:
                        _own(out[i], mask, groups[k])
                continue
            if alpha < 0.5:
                continue
            width = scale(kind, row, lengths[k], unit, g)
            x0, x1, y0, y1 = bounds(kind, g, lengths[k], width, wide, tall)
            for up in range(y0, y1):
                for across in range(x0, x1):
                    if alpha * coverage(kind, g, lengths[k], width, across + 0.5, up + 0.5) >= 0.5:
                        out[i, tall - 1 - up, across] = groups[k]
