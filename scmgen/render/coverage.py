"""Coverage: which share of a pixel a shape covers, in loops that numba compiles.

Coverage is analytic: the box filter of one pixel, or of ``soft`` where an edge is blurred. Only
+ - * / and sqrt are used, which IEEE 754 rounds alike everywhere, so pixels do not depend on the
machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scmgen.loops import compiled
from scmgen.render.shapes import BOX, ELLIPSE, FILL, FIXED, GRADIENT, HEAD, POLYGON, RING

SOFT = 4  # column of the head
UNIT = 1.0 / FIXED


@compiled
def _overlap(distance: float, half: float, width: float) -> float:
    """Share of a window of ``width``, ``distance`` from the middle of a bar, that the bar covers."""
    low = max(distance - 0.5 * width, -half)
    high = min(distance + 0.5 * width, half)
    return max(0.0, high - low) / width


@compiled
def _ramp(distance: float, width: float) -> float:
    """Coverage at a signed distance from an edge (negative inside)."""
    return min(1.0, max(0.0, 0.5 - distance / width))


@compiled
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


@compiled
def coverage(kind: int, g: Any, length: int, width: float, x: float, y: float) -> float:
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


@compiled
def bounds(kind: int, g: Any, length: int, width: float, wide: int, tall: int) -> tuple[int, int, int, int]:
    """Pixel columns and rows (counted from below) that a shape may touch: x0, x1, y0, y1."""
    if kind == FILL or kind == GRADIENT:
        return 0, wide, 0, tall
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
    x0, x1 = max(0.0, min(float(wide), left - pad)), max(0.0, min(float(wide), right + pad + 1.0))
    y0, y1 = max(0.0, min(float(tall), low - pad)), max(0.0, min(float(tall), high + pad + 1.0))
    return int(x0), int(x1), int(y0), int(y1)


@compiled
def scale(kind: int, row: Any, length: int, unit: int, g: Any) -> float:
    """Copy the geometry of one mark into ``g`` in pixels; give the width of its edge."""
    for column in range(length):
        g[column] = row[HEAD + column] * UNIT * unit
    if kind == BOX or kind == ELLIPSE:  # the cosine and sine of the rotation have no length
        g[4], g[5] = row[HEAD + 4] * UNIT, row[HEAD + 5] * UNIT
    return float(max(1.0, row[SOFT] * UNIT * unit))
