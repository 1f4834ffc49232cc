"""The rasteriser: primitive shapes to pixels, in loops that numba compiles.

Coverage is analytic: the box filter of one pixel, or of ``soft`` where an edge is blurred. Only
+ - * / and sqrt are used, which IEEE 754 rounds alike everywhere, so pixels do not depend on the
machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from scmgen.render.renderer import Pixels
from scmgen.render.shapes import BOX, ELLIPSE, FILL, FIXED, GRADIENT, HEAD, POLYGON, RING, Shapes

_ALPHA, _RED, _SOFT = 0, 1, 4  # columns of the head; green and blue follow red
_UNIT = 1.0 / FIXED


def paint(shapes: Shapes, size: int) -> Pixels:
    """Draw a batch back to front on white: ``(n, size, size, 3)`` uint8."""
    out = np.empty((len(shapes.rows), size, size, 3), np.uint8)
    _paint(shapes.kinds, shapes.lengths, shapes.rows, size, out)
    return out


def paint_masks(shapes: Shapes, size: int) -> Pixels:
    """Draw each pixel's topmost group: ``(n, size, size)`` uint8, 0 where there is none.

    A mark owns a pixel that it covers by half or more; a mark without a group hides what is below.
    """
    out = np.zeros((len(shapes.rows), size, size), np.uint8)
    _paint_masks(shapes.kinds, shapes.lengths, shapes.rows, shapes.groups, size, out)
    return out


def _compiled(body: Callable[..., Any]) -> Callable[..., Any]:
    """Compile with a cache on disk where one can be written."""
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(body)
    except RuntimeError:  # no directory for the cache
        return numba.njit(nogil=True, error_model="numpy")(body)


@_compiled
def _overlap(distance: float, half: float, width: float) -> float:
    """Share of a window of ``width``, ``distance`` from the middle of a bar, that the bar covers."""
    low = max(distance - 0.5 * width, -half)
    high = min(distance + 0.5 * width, half)
    return max(0.0, high - low) / width


@_compiled
def _ramp(distance: float, width: float) -> float:
    """Coverage at a signed distance from an edge (negative inside)."""
    return min(1.0, max(0.0, 0.5 - distance / width))


@_compiled
def _polygon(g: Any, length: int, x: float, y: float) -> float:
    """Signed distance to a polygon by the even-odd rule; ``g`` holds x, y of each corner."""
    nearest = 1e18
    inside = False
    previous = length - 2
    for corner in range(0, length, 2):
        ax, ay, bx, by = g[previous], g[previous + 1], g[corner], g[corner + 1]
        ex, ey, px, py = bx - ax, by - ay, x - ax, y - ay
        square = ex * ex + ey * ey
        along = min(1.0, max(0.0, (px * ex + py * ey) / square)) if square > 0.0 else 0.0
        dx, dy = px - along * ex, py - along * ey
        nearest = min(nearest, dx * dx + dy * dy)
        if (ay > y) != (by > y) and x < ax + (y - ay) * ex / ey:
            inside = not inside
        previous = corner
    return float(-np.sqrt(nearest) if inside else np.sqrt(nearest))


@_compiled
def _coverage(kind: int, g: Any, length: int, width: float, x: float, y: float) -> float:
    """Share of the pixel centred on (x, y) that a shape covers; all lengths in pixels, y upwards."""
    if kind == POLYGON:
        return float(_ramp(_polygon(g, length, x, y), width))
    if kind == FILL or kind == GRADIENT:
        return 1.0
    dx, dy = x - g[0], y - g[1]
    if kind == RING:
        return float(_overlap(np.sqrt(dx * dx + dy * dy) - g[2], g[3], width))
    u, v = dx * g[4] + dy * g[5], dy * g[4] - dx * g[5]
    if kind == BOX:
        return float(_overlap(u, g[2], width) * _overlap(v, g[3], width))
    rx, ry = max(g[2], 1e-6), max(g[3], 1e-6)
    if rx == ry:
        return float(_ramp(np.sqrt(u * u + v * v) - rx, width) * min(1.0, 2.0 * rx / width))
    p, q = u / rx, v / ry
    level = np.sqrt(p * p + q * q)
    slope = np.sqrt((p / rx) * (p / rx) + (q / ry) * (q / ry))
    distance = (level - 1.0) * level / slope if slope > 0.0 else -min(rx, ry)
    return float(_ramp(distance, width) * min(1.0, 2.0 * min(rx, ry) / width))


@_compiled
def _bounds(kind: int, g: Any, length: int, width: float, size: int) -> tuple[int, int, int, int]:
    """Pixel columns and rows (counted from below) that a shape may touch: x0, x1, y0, y1."""
    if kind == FILL or kind == GRADIENT:
        return 0, size, 0, size
    if kind == POLYGON:
        left = right = g[0]
        low = high = g[1]
        for corner in range(2, length, 2):
            left, right = min(left, g[corner]), max(right, g[corner])
            low, high = min(low, g[corner + 1]), max(high, g[corner + 1])
    else:
        if kind == RING:
            reach_x = reach_y = g[2] + g[3]
        else:
            reach_x = abs(g[4]) * g[2] + abs(g[5]) * g[3]
            reach_y = abs(g[5]) * g[2] + abs(g[4]) * g[3]
        left, right, low, high = g[0] - reach_x, g[0] + reach_x, g[1] - reach_y, g[1] + reach_y
    pad = 0.75 * width
    x0, x1 = max(0.0, min(float(size), left - pad)), max(0.0, min(float(size), right + pad + 1.0))
    y0, y1 = max(0.0, min(float(size), low - pad)), max(0.0, min(float(size), high + pad + 1.0))
    return int(x0), int(x1), int(y0), int(y1)


@_compiled
def _scale(kind: int, row: Any, length: int, size: int, g: Any) -> float:
    """Copy the geometry of one mark into ``g`` in pixels; give the width of its edge."""
    for column in range(length):
        g[column] = row[HEAD + column] * _UNIT * size
    if kind == BOX or kind == ELLIPSE:  # the cosine and sine of the rotation have no length
        g[4], g[5] = row[HEAD + 4] * _UNIT, row[HEAD + 5] * _UNIT
    return float(max(1.0, row[_SOFT] * _UNIT * size))


@_compiled
def _flood(canvas: Any, row: Any, alpha: float) -> None:
    """Blend one colour over the whole canvas."""
    cover = np.float32(alpha)
    for channel in range(3):
        ink = np.float32(row[_RED + channel] * _UNIT)
        flat = canvas[channel].reshape(-1)
        for pixel in range(flat.size):
            flat[pixel] += cover * (ink - flat[pixel])


@_compiled
def _wash(canvas: Any, row: Any, g: Any, size: int, alpha: float) -> None:
    """Blend a linear gradient over the whole canvas; ``g`` holds its axis in pixels."""
    ex, ey = g[2] - g[0], g[3] - g[1]
    square = ex * ex + ey * ey
    across_step, up_step = (ex / square, ey / square) if square > 0.0 else (0.0, 0.0)
    cover = np.float32(alpha)
    for channel in range(3):
        start = np.float32(row[_RED + channel] * _UNIT)
        change = np.float32(row[HEAD + 4 + channel] * _UNIT) - start
        for up in range(size):
            line = canvas[channel, size - 1 - up]
            first = np.float32((0.5 - g[0]) * across_step + (up + 0.5 - g[1]) * up_step)
            step = np.float32(across_step)
            for across in range(size):
                along = min(np.float32(1.0), max(np.float32(0.0), first + np.float32(across) * step))
                line[across] += cover * (start + along * change - line[across])


@_compiled
def _stamp(canvas: Any, kind: int, row: Any, length: int, g: Any, size: int, alpha: float) -> None:
    """Blend one shape of a single colour over the canvas."""
    width = _scale(kind, row, length, size, g)
    x0, x1, y0, y1 = _bounds(kind, g, length, width, size)
    red, green, blue = np.float32(row[1] * _UNIT), np.float32(row[2] * _UNIT), np.float32(row[3] * _UNIT)
    for up in range(y0, y1):
        down, y = size - 1 - up, up + 0.5
        for x in range(x0, x1):
            cover = np.float32(alpha * _coverage(kind, g, length, width, x + 0.5, y))
            if cover > np.float32(0.0):
                canvas[0, down, x] += cover * (red - canvas[0, down, x])
                canvas[1, down, x] += cover * (green - canvas[1, down, x])
                canvas[2, down, x] += cover * (blue - canvas[2, down, x])


@_compiled
def _paint(kinds: Any, lengths: Any, rows: Any, size: int, out: Any) -> None:
    canvas = np.empty((3, size, size), np.float32)
    g = np.empty(rows.shape[2], np.float64)
    for i in range(rows.shape[0]):
        canvas[:] = np.float32(1.0)
        for k in range(kinds.size):
            row, kind = rows[i, k], kinds[k]
            alpha = row[_ALPHA] * _UNIT
            if alpha <= 0.0:
                continue
            if kind == FILL:
                _flood(canvas, row, alpha)
            elif kind == GRADIENT:
                _scale(kind, row, lengths[k], size, g)
                _wash(canvas, row, g, size, alpha)
            else:
                _stamp(canvas, kind, row, lengths[k], g, size, alpha)
        for down in range(size):
            for x in range(size):
                for channel in range(3):
                    out[i, down, x, channel] = np.uint8(canvas[channel, down, x] * np.float32(255.0) + np.float32(0.5))


@_compiled
def _paint_masks(kinds: Any, lengths: Any, rows: Any, groups: Any, size: int, out: Any) -> None:
    g = np.empty(rows.shape[2], np.float64)
    for i in range(rows.shape[0]):
        for k in range(kinds.size):
            row, kind = rows[i, k], kinds[k]
            alpha = row[_ALPHA] * _UNIT
            if alpha < 0.5:
                continue
            width = _scale(kind, row, lengths[k], size, g)
            x0, x1, y0, y1 = _bounds(kind, g, lengths[k], width, size)
            for up in range(y0, y1):
                for across in range(x0, x1):
                    if alpha * _coverage(kind, g, lengths[k], width, across + 0.5, up + 0.5) >= 0.5:
                        out[i, size - 1 - up, across] = groups[k]
