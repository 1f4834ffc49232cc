"""Marks that show brought pictures: glyphs, whose ink ends where a distance field says, and pictures themselves.

Loops that numba compiles; only + - * /, sqrt and whole numbers are used, so pixels do not depend on the machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scmgen.loops import compiled
from scmgen.pictures.outline import STEPS
from scmgen.render.coverage import SOFT, UNIT
from scmgen.render.shapes import GLYPH, HEAD, PLATE

_NUMBER, _X, _Y, _WIDTH, _HEIGHT, _COS, _SIN, _SLANT, _OWN = range(HEAD, HEAD + 9)
_GROW, _SWELL = _OWN, _OWN + 1  # columns of a glyph
_CROP, _CROP_X, _CROP_Y = _OWN, _OWN + 1, _OWN + 2  # columns of a picture
_BANK, _TALL, _WIDE, _FINER, _MARGIN = range(5)  # columns of a source
_LEAST, _MOST = 3, 8  # looks a pixel, across and up, at a picture: the more the smaller it is drawn


@compiled
def extent(row: Any, source: Any, size: int) -> tuple[float, float]:
    """Width and height in pixels at which pictures are drawn; where no width is told, as their own sides are."""
    height = row[_HEIGHT] * UNIT * size
    wide = source[_WIDE] / source[_FINER] - 2 * source[_MARGIN]
    tall = source[_TALL] / source[_FINER] - 2 * source[_MARGIN]
    width = row[_WIDTH] * UNIT * size if row[_WIDTH] > 0 else height * wide / tall
    return width, height


@compiled
def touched(kind: int, row: Any, source: Any, size: int) -> tuple[int, int, int, int]:
    """Pixel columns and rows (counted from below) that it may touch: x0, x1, y0, y1."""
    width, height = extent(row, source, size)
    c, s = abs(row[_COS] * UNIT), abs(row[_SIN] * UNIT)
    more = 1.0 + row[SOFT] * UNIT * size + (max(0.0, row[_GROW] * UNIT * size) if kind == GLYPH else 0.0)
    a = 0.5 * width + 0.5 * height * abs(row[_SLANT] * UNIT) + more
    b = 0.5 * height + more
    x, y, across, up = row[_X] * UNIT * size, row[_Y] * UNIT * size, c * a + s * b, s * a + c * b
    x0, x1 = max(0.0, min(float(size), x - across)), max(0.0, min(float(size), x + across + 1.0))
    y0, y1 = max(0.0, min(float(size), y - up)), max(0.0, min(float(size), y + up + 1.0))
    return int(x0), int(x1), int(y0), int(y1)


@compiled
def _within(row: Any, source: Any, size: int, x: float, y: float) -> tuple[float, float]:
    """The place in a picture that is drawn at (x, y): shares of its sides from its middle, to the right and up."""
    width, height = extent(row, source, size)
    c, s = row[_COS] * UNIT, row[_SIN] * UNIT
    dx, dy = x - row[_X] * UNIT * size, y - row[_Y] * UNIT * size
    u, v = dx * c + dy * s, dy * c - dx * s
    return (u - v * row[_SLANT] * UNIT) / max(width, 1e-9), v / max(height, 1e-9)


@compiled
def _swollen(u: float, v: float, amount: float) -> tuple[float, float]:
    """A lens over the middle of a picture: it magnifies what is near it, and leaves the border as it is."""
    away = 1.0 - 4.0 * (u * u + v * v)
    if away <= 0.0:
        return u, v
    factor = 1.0 - amount * away * away
    return u * factor, v * factor


@compiled
def _distance(cells: Any, base: int, row: Any, source: Any, size: int, x: float, y: float) -> float:
    """The distance from the edge of the ink in pixels of the picture, negative in it."""
    u, v = _within(row, source, size, x, y)
    if row[_SWELL] != 0:
        u, v = _swollen(u, v, row[_SWELL] * UNIT)
    tall, wide, finer, margin = source[_TALL], source[_WIDE], source[_FINER], source[_MARGIN]
    across = ((u + 0.5) * (wide / finer - 2 * margin) + margin) * finer - 0.5
    down = ((0.5 - v) * (tall / finer - 2 * margin) + margin) * finer - 0.5
    near_x, near_y = min(max(across, 0.0), wide - 1.0), min(max(down, 0.0), tall - 1.0)
    i, j = min(int(near_y), tall - 2), min(int(near_x), wide - 2)
    p, q = near_x - j, near_y - i
    total = 0.0
    for k in range(4):
        row_, column = i + k // 2, j + k % 2
        at = base + 2 * (row_ * wide + column)
        step = int(cells[at]) + 256 * int(cells[at + 1])
        step = step - 65536 if step >= 32768 else step
        total += step * (q if k // 2 else 1.0 - q) * (p if k % 2 else 1.0 - p)
    ax, ay = (across - near_x) / finer, (down - near_y) / finer
    return float(total / STEPS + np.sqrt(ax * ax + ay * ay))


@compiled
def glyph(cells: Any, row: Any, source: Any, size: int, x: float, y: float) -> float:
    """Share of the pixel at (x, y) that the ink of a glyph covers: its edge is straight in a pixel."""
    base = row[_NUMBER] * source[_TALL] * source[_WIDE] * 2
    _, height = extent(row, source, size)
    tall = source[_TALL] / source[_FINER] - 2 * source[_MARGIN]
    scale = max(height, 1e-9) / tall  # pixels of the image a pixel of the picture
    grown = row[_GROW] * UNIT * size / scale
    away = _distance(cells, base, row, source, size, x, y) - grown
    width = max(1.0, row[SOFT] * UNIT * size)
    near = (2.0 * width + 2.0) * (1.0 + abs(row[_SLANT] * UNIT))
    if abs(away) * scale > near and row[_SWELL] == 0 and row[_WIDTH] == 0:
        return 1.0 if away < 0.0 else 0.0
    across = _distance(cells, base, row, source, size, x + 0.5, y) - _distance(
        cells, base, row, source, size, x - 0.5, y
    )
    up = _distance(cells, base, row, source, size, x, y + 0.5) - _distance(cells, base, row, source, size, x, y - 0.5)
    steep = max(np.sqrt(across * across + up * up), 0.5 / scale)  # on a middle line distances have no slope
    return float(min(1.0, max(0.0, 0.5 - away / (steep * width))))


@compiled
def colour(cells: Any, row: Any, source: Any, size: int, x: float, y: float, ink: Any) -> float:
    """Share of the pixel at (x, y) that a picture covers; its colour there goes to ``ink (3,)``."""
    tall, wide = source[_TALL], source[_WIDE]
    base = row[_NUMBER] * tall * wide * 4
    shown = min(1.0, max(row[_CROP] * UNIT, 1e-6))
    width, height = extent(row, source, size)
    denser = max(shown * wide / max(width, 1e-9), shown * tall / max(height, 1e-9))
    looks = min(_MOST, max(_LEAST, int(denser) + 1))
    total = 0.0
    ink[0] = ink[1] = ink[2] = 0.0
    for k in range(looks * looks):
        u, v = _within(row, source, size, x + (k % looks + 0.5) / looks - 0.5, y + (k // looks + 0.5) / looks - 0.5)
        if abs(u) > 0.5 or abs(v) > 0.5:
            continue
        across = (row[_CROP_X] * UNIT + u * shown) * wide - 0.5
        down = (1.0 - row[_CROP_Y] * UNIT - v * shown) * tall - 0.5
        if across < -0.5 or down < -0.5 or across > wide - 0.5 or down > tall - 0.5:
            continue
        across, down = min(max(across, 0.0), wide - 1.0), min(max(down, 0.0), tall - 1.0)
        i, j = int(down), int(across)
        p, q = across - j, down - i
        for corner in range(4):
            i_, j_ = min(i + corner // 2, tall - 1), min(j + corner % 2, wide - 1)
            at = base + 4 * (i_ * wide + j_)
            weight = (q if corner // 2 else 1.0 - q) * (p if corner % 2 else 1.0 - p) * cells[at + 3]
            total += weight
            for channel in range(3):
                ink[channel] += weight * cells[at + channel]
    if total <= 0.0:
        return 0.0
    for channel in range(3):
        ink[channel] = ink[channel] / (255.0 * total) * row[1 + channel] * UNIT
    return float(total / (255.0 * looks * looks))


@compiled
def shown(kind: int, cells: Any, row: Any, source: Any, size: int, x: float, y: float, ink: Any) -> float:
    """Share of a pixel that a glyph or a picture covers; ``ink`` changes where it has colours of its own."""
    if kind == PLATE:
        return float(colour(cells, row, source, size, x, y, ink))
    return float(glyph(cells, row, source, size, x, y))
