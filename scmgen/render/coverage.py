"""Coverage: which share of a pixel a shape covers, in loops that are compiled.

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
_SLACK = 1e-3  # pixels by which what is near an edge is taken too wide
_FAR = 1e18  # a square of a distance


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
    nearest = _FAR
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
def line(
    kind: int, g: Any, length: int, width: float, y: float, x0: int, x1: int, cover: Any, near: Any
) -> tuple[int, int]:
    """Write to ``cover`` what :func:`coverage` says of the pixels of a line, and give which of ``x0`` to ``x1`` it was.

    All others are not covered. Only pixels near an edge are asked; within a box, whose coverage is one but for its
    last bit, one is written. ``near`` is room for numbers: of two lines, and a place more.
    """
    if kind == FILL or kind == GRADIENT:
        cover[x0:x1] = 1.0
        return x0, x1
    if kind == POLYGON:
        return _polygon_line(g, length, width, y, x0, x1, cover, near)  # type: ignore[no-any-return]
    outer, inner = 0.5 * width + _SLACK, -0.5 * width - _SLACK
    within = 1.0
    if kind == BOX:
        low, high = _bar(y - g[1], g, outer)
        first, last = _bar(y - g[1], g, inner)
    elif kind == RING:
        low, high = _chord(y - g[1], 1.0, 0.0, 1.0, 1.0, g[2] + g[3] + outer)
        first, last = _chord(y - g[1], 1.0, 0.0, 1.0, 1.0, g[2] - g[3] + inner)
        within = 0.0
    else:
        rx, ry = max(g[2], 1e-6), max(g[3], 1e-6)
        least = min(rx, ry)
        low, high = _chord(y - g[1], g[4], g[5], rx, ry, 1.0 + outer / least)
        first, last = _chord(y - g[1], g[4], g[5], rx, ry, 1.0 + inner / least)
        within = min(1.0, 2.0 * least / width)
    a = int(min(float(x1), max(float(x0), np.floor(low + g[0] - 0.5))))
    b = int(max(float(a), min(float(x1), np.floor(high + g[0] + 1.5))))
    i = int(min(float(b), max(float(a), np.ceil(first + g[0] - 0.5))))
    j = int(max(float(i), min(float(b), np.floor(last + g[0] + 0.5))))
    for x in range(a, i):
        cover[x] = coverage(kind, g, length, width, x + 0.5, y)
    cover[i:j] = within
    for x in range(j, b):
        cover[x] = coverage(kind, g, length, width, x + 0.5, y)
    return a, b


@compiled
def _chord(dy: float, c: float, s: float, rx: float, ry: float, level: float) -> tuple[float, float]:
    """Where a line cuts an ellipse that is ``level`` times as large as its radii: from and to, seen from its middle."""
    a, b = c / rx, s / ry
    across = a * a + b * b
    d, e = s / rx, c / ry
    middle = dy * (a * d - b * e)
    square = middle * middle - across * (dy * dy * (d * d + e * e) - level * level)
    if level <= 0.0 or square < 0.0 or across <= 0.0:
        return 1e9, -1e9
    half = np.sqrt(square)
    return (-middle - half) / across, (half - middle) / across


@compiled
def _bar(dy: float, g: Any, more: float) -> tuple[float, float]:
    """Where a line cuts a box that is ``more`` larger to all sides: from and to, seen from its middle."""
    low, high = -1e9, 1e9
    for side in range(2):
        along, offset = (g[4], dy * g[5]) if side == 0 else (-g[5], dy * g[4])
        half = g[2 + side] + more
        if abs(along) < 1e-7:
            if abs(offset) > half:
                return 1e9, -1e9
            continue
        one, other = (-half - offset) / along, (half - offset) / along
        if half < 0.0:
            return 1e9, -1e9
        low, high = max(low, min(one, other)), min(high, max(one, other))
    return low, high


@compiled
def _polygon_line(
    g: Any, length: int, width: float, y: float, x0: int, x1: int, cover: Any, near: Any
) -> tuple[int, int]:
    """As :func:`line`, of a polygon: each edge tells the pixels near it how far it is, and all left of it the side."""
    wide = cover.size
    crossed = near[wide:]
    for x in range(x0, x1):
        near[x] = _FAR
    for x in range(x0, x1 + 1):
        crossed[x] = 0.0
    reach = 0.5 * width + _SLACK
    start, stop = x1, x0
    previous = length - 2
    for corner in range(0, length, 2):
        ax, ay, bx, by = g[previous], g[previous + 1], g[corner], g[corner + 1]
        previous = corner
        if (ay > y + reach and by > y + reach) or (ay < y - reach and by < y - reach):
            continue
        ex, ey = bx - ax, by - ay
        if (ay > y) != (by > y):
            cut = ax + (y - ay) * ex / ey
            place = int(min(float(x1), max(float(x0), np.ceil(cut - 0.5))))
            while place > x0 and place - 0.5 >= cut:
                place -= 1
            while place < x1 and place + 0.5 < cut:
                place += 1
            crossed[place] = 1.0 - crossed[place]
        first, last = ax, bx
        if abs(ey) > reach:  # the part of the edge that is near this line
            one, other = (y - reach - ay) / ey, (y + reach - ay) / ey
            first, last = ax + max(0.0, min(one, other)) * ex, ax + min(1.0, max(one, other)) * ex
        left, right = min(first, last) - reach, max(first, last) + reach
        a = int(min(float(x1), max(float(x0), np.floor(left - 0.5))))
        b = int(min(float(x1), max(float(x0), np.floor(right + 1.5))))
        square = ex * ex + ey * ey
        for x in range(a, b):
            px, py = x + 0.5 - ax, y - ay
            along = min(1.0, max(0.0, (px * ex + py * ey) / square)) if square > 0.0 else 0.0
            dx, dy = px - along * ex, py - along * ey
            near[x] = min(near[x], dx * dx + dy * dy)
        start, stop = min(start, a), max(stop, b)
    inside = False
    for k in range(stop, x1 + 1):
        inside = inside != (crossed[k] > 0.0)
    for x in range(stop - 1, start - 1, -1):
        if x + 1 < stop:
            inside = inside != (crossed[x + 1] > 0.0)
        if near[x] == _FAR:
            cover[x] = 1.0 if inside else 0.0
        else:
            cover[x] = _ramp(-np.sqrt(near[x]) if inside else np.sqrt(near[x]), width)
    return start, max(start, stop)


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
