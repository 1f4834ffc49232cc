"""Marks that show brought pictures: glyphs, whose ink ends where a distance field says, and pictures themselves.

Loops that are compiled; only + - * /, sqrt and whole numbers are used, so pixels do not depend on the machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scmgen.loops import compiled
from scmgen.pictures.outline import STEPS
from scmgen.render.coverage import SOFT, UNIT
from scmgen.render.shapes import GLYPH, HEAD

_NUMBER, _X, _Y, _WIDTH, _HEIGHT, _COS, _SIN, _SLANT, _OWN = range(HEAD, HEAD + 9)
_GROW, _SWELL = _OWN, _OWN + 1  # columns of a glyph
_CROP, _CROP_X, _CROP_Y = _OWN, _OWN + 1, _OWN + 2  # columns of a picture
_BANK, _TALL, _WIDE, _FINER, _MARGIN = range(5)  # columns of a source
_LEAST, _MOST = 2, 8  # looks a pixel, across and up, at a picture: the more the smaller it is drawn


@compiled
def extent(row: Any, source: Any, unit: int) -> tuple[float, float]:
    """Width and height in pixels at which pictures are drawn; where no width is told, as their own sides are."""
    height = row[_HEIGHT] * UNIT * unit
    wide = source[_WIDE] / source[_FINER] - 2 * source[_MARGIN]
    tall = source[_TALL] / source[_FINER] - 2 * source[_MARGIN]
    width = row[_WIDTH] * UNIT * unit if row[_WIDTH] > 0 else height * wide / tall
    return width, height


@compiled
def touched(kind: int, row: Any, source: Any, unit: int, wide: int, tall: int) -> tuple[int, int, int, int]:
    """Pixel columns and rows (counted from below) that it may touch: x0, x1, y0, y1."""
    width, height = extent(row, source, unit)
    c, s = abs(row[_COS] * UNIT), abs(row[_SIN] * UNIT)
    more = 1.0 + row[SOFT] * UNIT * unit + (max(0.0, row[_GROW] * UNIT * unit) if kind == GLYPH else 0.0)
    a = 0.5 * width + 0.5 * height * abs(row[_SLANT] * UNIT) + more
    b = 0.5 * height + more
    x, y, across, up = row[_X] * UNIT * unit, row[_Y] * UNIT * unit, c * a + s * b, s * a + c * b
    x0, x1 = max(0.0, min(float(wide), x - across)), max(0.0, min(float(wide), x + across + 1.0))
    y0, y1 = max(0.0, min(float(tall), y - up)), max(0.0, min(float(tall), y + up + 1.0))
    return int(x0), int(x1), int(y0), int(y1)


@compiled
def _swollen(u: float, v: float, amount: float) -> tuple[float, float]:
    """A lens over the middle of a picture: it magnifies what is near it, and leaves the border as it is."""
    away = 1.0 - 4.0 * (u * u + v * v)
    if away <= 0.0:
        return u, v
    factor = 1.0 - amount * away * away
    return u * factor, v * factor


@compiled
def place(kind: int, row: Any, source: Any, unit: int, g: Any) -> None:
    """Where pixels lie in a picture, as what x and y (in pixels, y upwards) are multiplied by.

    ``g`` is written: across its cells, down them, to the right and up in shares of its sides from its middle; of each
    what is added, what x and what y is multiplied by.
    """
    width, height = extent(row, source, unit)
    wide, tall = max(width, 1e-9), max(height, 1e-9)
    c, s, lean = row[_COS] * UNIT, row[_SIN] * UNIT, row[_SLANT] * UNIT
    x, y = row[_X] * UNIT * unit, row[_Y] * UNIT * unit
    g[7], g[8], g[10], g[11] = (c + s * lean) / wide, (s - c * lean) / wide, -s / tall, c / tall
    g[6], g[9] = -(x * g[7] + y * g[8]), -(x * g[10] + y * g[11])
    if kind == GLYPH:
        finer, margin = source[_FINER], source[_MARGIN]
        columns, rows = source[_WIDE] - 2.0 * margin * finer, source[_TALL] - 2.0 * margin * finer
        left, top = 0.5 * columns + margin * finer - 0.5, 0.5 * rows + margin * finer - 0.5
    else:
        shown = min(1.0, max(row[_CROP] * UNIT, 1e-6))
        columns, rows = shown * source[_WIDE], shown * source[_TALL]
        left, top = row[_CROP_X] * UNIT * source[_WIDE] - 0.5, (1.0 - row[_CROP_Y] * UNIT) * source[_TALL] - 0.5
    g[0], g[1], g[2] = left + columns * g[6], columns * g[7], columns * g[8]
    g[3], g[4], g[5] = top - rows * g[9], -rows * g[10], -rows * g[11]


@compiled
def _distance(cells: Any, base: int, row: Any, source: Any, g: Any, x: float, y: float) -> tuple[float, float]:
    """The distance from the edge of the ink in pixels of the picture, negative in it; how far the place is beyond."""
    tall, wide, finer, margin = source[_TALL], source[_WIDE], source[_FINER], source[_MARGIN]
    across, down = g[0] + g[1] * x + g[2] * y, g[3] + g[4] * x + g[5] * y
    if row[_SWELL] != 0:
        u, v = _swollen(g[6] + g[7] * x + g[8] * y, g[9] + g[10] * x + g[11] * y, row[_SWELL] * UNIT)
        across = (u + 0.5) * (wide - 2.0 * margin * finer) + margin * finer - 0.5
        down = (0.5 - v) * (tall - 2.0 * margin * finer) + margin * finer - 0.5
    near_x, near_y = min(max(across, 0.0), wide - 1.0), min(max(down, 0.0), tall - 1.0)
    i, j = min(int(near_y), tall - 2), min(int(near_x), wide - 2)
    p, q = near_x - j, near_y - i
    at = base + 2 * (i * wide + j)
    below = at + 2 * wide
    above_ = _step(cells, at) * (1.0 - p) + _step(cells, at + 2) * p
    below_ = _step(cells, below) * (1.0 - p) + _step(cells, below + 2) * p
    beyond = 0.0
    if across != near_x or down != near_y:
        ax, ay = (across - near_x) / finer, (down - near_y) / finer
        beyond = np.sqrt(ax * ax + ay * ay)
    return (above_ * (1.0 - q) + below_ * q) / STEPS + beyond, beyond


@compiled
def _step(cells: Any, at: int) -> float:
    """Sixteen bits with a sign, the lower ones first."""
    step = int(cells[at]) + 256 * int(cells[at + 1])
    return float(step - 65536 if step >= 32768 else step)


@compiled
def glyph_line(cells: Any, row: Any, source: Any, unit: int, g: Any, y: float, x0: int, x1: int, cover: Any) -> None:
    """Shares of the pixels ``x0`` to ``x1`` of a line that the ink of a glyph covers: its edge is straight in a pixel.

    What is further from the edge than a pixel is passed over at once, as far as the distance says.
    """
    base = row[_NUMBER] * source[_TALL] * source[_WIDE] * 2
    tall = source[_TALL] / source[_FINER] - 2 * source[_MARGIN]
    _, height = extent(row, source, unit)
    scale = max(height, 1e-9) / tall  # pixels of the image a pixel of the picture
    grown = row[_GROW] * UNIT * unit / scale
    width = max(1.0, row[SOFT] * UNIT * unit)
    along = np.sqrt(g[1] * g[1] + g[4] * g[4]) / source[_FINER]  # pixels of the picture from one pixel to the next
    steepest = np.sqrt(along * along + (g[2] * g[2] + g[5] * g[5]) / (source[_FINER] * source[_FINER]))
    near = 0.75 * width * max(steepest, 0.5 / scale)
    x = x0
    while x < x1:
        away, beyond = _distance(cells, base, row, source, g, x + 0.5, y)
        away -= grown
        sure = abs(away) if beyond == 0.0 else max(beyond, away + grown - 2.0 * beyond) - grown
        if sure > near and row[_SWELL] == 0:
            last = min(x1, x + 1 + int((sure - near) / (1.5 * along + 1e-9)))  # between places it is at most so steep
            share = 1.0 if away < 0.0 else 0.0
            while x < last:
                cover[x] = share
                x += 1
            continue
        across = (
            _distance(cells, base, row, source, g, x + 1.0, y)[0]
            - _distance(cells, base, row, source, g, x + 0.0, y)[0]
        )
        up = (
            _distance(cells, base, row, source, g, x + 0.5, y + 0.5)[0]
            - _distance(cells, base, row, source, g, x + 0.5, y - 0.5)[0]
        )
        steep = max(np.sqrt(across * across + up * up), 0.5 / scale)  # on a middle line distances have no slope
        cover[x] = min(1.0, max(0.0, 0.5 - away / (steep * width)))
        x += 1


@compiled
def colour(cells: Any, row: Any, source: Any, unit: int, g: Any, x: float, y: float, ink: Any) -> float:
    """Share of the pixel at (x, y) that a picture covers; its colour there goes to ``ink (3,)``."""
    tall, wide = source[_TALL], source[_WIDE]
    base = row[_NUMBER] * tall * wide * 4
    denser = max(np.sqrt(g[1] * g[1] + g[2] * g[2]), np.sqrt(g[4] * g[4] + g[5] * g[5]))
    looks = min(_MOST, max(_LEAST, int(denser) + 1))
    right, upper = looks / np.sqrt(g[7] * g[7] + g[8] * g[8]), looks / np.sqrt(g[10] * g[10] + g[11] * g[11])
    total = red = green = blue = 0.0
    for k in range(looks * looks):
        px, py = x + (k % looks + 0.5) / looks - 0.5, y + (k // looks + 0.5) / looks - 0.5
        u, v = abs(g[6] + g[7] * px + g[8] * py), abs(g[9] + g[10] * px + g[11] * py)
        inside = min(1.0, 0.5 + (0.5 - u) * right) * min(1.0, 0.5 + (0.5 - v) * upper)
        if 0.5 + (0.5 - u) * right <= 0.0 or 0.5 + (0.5 - v) * upper <= 0.0:
            continue
        across, down = g[0] + g[1] * px + g[2] * py, g[3] + g[4] * px + g[5] * py
        if across < -1.5 or down < -1.5 or across > wide + 0.5 or down > tall + 0.5:
            continue  # a crop may reach beyond the picture
        across, down = min(max(across, 0.0), wide - 1.0), min(max(down, 0.0), tall - 1.0)
        i, j = int(down), int(across)
        p, q = across - j, down - i
        more, below = 4 if j + 1 < wide else 0, 4 * wide if i + 1 < tall else 0
        at = base + 4 * (i * wide + j)
        for corner in range(4):
            here = at + (below if corner >= 2 else 0) + (more if corner % 2 else 0)
            weight = inside * (q if corner >= 2 else 1.0 - q) * (p if corner % 2 else 1.0 - p) * cells[here + 3]
            total += weight
            red += weight * cells[here]
            green += weight * cells[here + 1]
            blue += weight * cells[here + 2]
    if total <= 0.0:
        return 0.0
    tint = UNIT / (255.0 * total)
    ink[0], ink[1], ink[2] = red * tint * row[1], green * tint * row[2], blue * tint * row[3]
    return float(total / (255.0 * looks * looks))
