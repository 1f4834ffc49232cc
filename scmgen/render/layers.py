"""Layers: marks that are more than one flat colour laid over what is there, in loops that are compiled.

A layer may be a texture or a curved stroke, multiply or screen what is below it, and be cut to what a group covers.
Only + - * /, sqrt and whole numbers are used, so pixels do not depend on the machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scmgen.loops import compiled
from scmgen.render import brought
from scmgen.render.coverage import UNIT, bounds, coverage, line, scale
from scmgen.render.shapes import (
    ELLIPSE,
    GLYPH,
    GRADIENT,
    HEAD,
    MULTIPLY,
    PLATE,
    POLYGON,
    SCREEN,
    STRIPES,
    STROKE,
    TEXTURE,
)

_RED, _OCTAVES, _WORD = 1, 4, 0xFFFFFFFF


@compiled
def mixed(column: int, row: int, seed: int) -> int:
    """Thirty-two bits that only these three decide."""
    word = (column * 374761393 + row * 668265263 + seed * 1274126177) & _WORD
    word = ((word ^ (word >> 16)) * 0x7FEB352D) & _WORD
    word = ((word ^ (word >> 15)) * 0x846CA68B) & _WORD
    return int(word ^ (word >> 16))


@compiled
def _smooth(x: float, y: float, seed: int) -> float:
    """Value noise: numbers on a lattice of side 1, with smooth steps between."""
    left, low = np.floor(x), np.floor(y)
    u, v = x - left, y - low
    u, v = u * u * (3.0 - 2.0 * u), v * v * (3.0 - 2.0 * v)
    i, j = int(left), int(low)
    below = mixed(i, j, seed) * (1.0 - u) + mixed(i + 1, j, seed) * u
    above = mixed(i, j + 1, seed) * (1.0 - u) + mixed(i + 1, j + 1, seed) * u
    return float((below + v * (above - below)) / 4294967296.0)


@compiled
def _clouds(row: Any, x: float, y: float, unit: int) -> float:
    """Some octaves of value noise, the finer the fainter; none that is finer than a pixel."""
    cell = max(row[HEAD] * UNIT, 1e-6) * unit
    seed, fainter = row[HEAD + 1], row[HEAD + 2] * UNIT
    total, weight, sum_of_weights = 0.0, 1.0, 0.0
    for octave in range(_OCTAVES):
        if octave > 0 and cell < 2.0:
            break
        total += weight * _smooth(x / cell, y / cell, seed + 7919 * octave)
        sum_of_weights += weight
        weight, cell = weight * fainter, 0.5 * cell
    return total / sum_of_weights


@compiled
def _between(kind: int, row: Any, length: int, g: Any, unit: int, wide: int, tall: int, x: float, y: float) -> float:
    """How far a pixel's colour is from the first one to the second; x and y in pixels, y upwards."""
    if kind == GRADIENT:
        ex, ey = g[2] - g[0], g[3] - g[1]
        square = ex * ex + ey * ey
        along = ((x - g[0]) * ex + (y - g[1]) * ey) / square if square > 0.0 else 0.0
        return float(min(1.0, max(0.0, along)))
    c, s = row[HEAD + length - 5] * UNIT, row[HEAD + length - 4] * UNIT
    u, v = x - 0.5 * wide, y - 0.5 * tall
    u, v = u * c + v * s, v * c - u * s
    contrast = row[HEAD + length - 6] * UNIT
    if kind == TEXTURE:
        value = _clouds(row, u, v, unit)
    else:
        turns = u / (max(row[HEAD] * UNIT, 1e-6) * unit) + row[HEAD + 1] * UNIT
        value = abs(2.0 * (turns - np.floor(turns)) - 1.0)
    return float(min(1.0, max(0.0, 0.5 + contrast * (value - 0.5))))


@compiled
def _stroke(g: Any, length: int, width: float, x: float, y: float) -> float:
    """Coverage by a pen along a chain of points; ``g`` holds x, y of each, and the width of the pen last."""
    nearest = 1e18
    for corner in range(0, length - 3, 2):
        ax, ay = g[corner], g[corner + 1]
        ex, ey, px, py = g[corner + 2] - ax, g[corner + 3] - ay, x - ax, y - ay
        square = ex * ex + ey * ey
        along = min(1.0, max(0.0, (px * ex + py * ey) / square)) if square > 0.0 else 0.0
        dx, dy = px - along * ex, py - along * ey
        nearest = min(nearest, dx * dx + dy * dy)
    half, away = 0.5 * g[length - 1], np.sqrt(nearest)
    return float(max(0.0, min(away + 0.5 * width, half) - max(away - 0.5 * width, -half)) / width)


@compiled
def covered(kind: int, g: Any, length: int, width: float, x: float, y: float) -> float:
    """Share of the pixel centred on (x, y) that a mark of any kind covers; lengths in pixels, y upwards."""
    if kind == STROKE:
        return float(_stroke(g, length, width, x, y))
    if kind == TEXTURE or kind == STRIPES:
        return 1.0
    return float(coverage(kind, g, length, width, x, y))


@compiled
def reach(kind: int, g: Any, length: int, width: float, wide: int, tall: int) -> tuple[int, int, int, int]:
    """Pixel columns and rows (counted from below) that a mark of any kind may touch: x0, x1, y0, y1."""
    if kind == STROKE:
        return bounds(POLYGON, g, length - 1, width + g[length - 1], wide, tall)  # type: ignore[no-any-return]
    if kind == TEXTURE or kind == STRIPES:
        return 0, wide, 0, tall
    return bounds(kind, g, length, width, wide, tall)  # type: ignore[no-any-return]


@compiled
def _touched(
    kind: int, row: Any, length: int, g: Any, width: float, unit: int, wide: int, tall: int, source: Any
) -> tuple[int, int, int, int]:
    """As :func:`reach`, of brought pictures, too."""
    if kind == GLYPH or kind == PLATE:
        return brought.touched(kind, row, source, unit, wide, tall)  # type: ignore[no-any-return]
    return reach(kind, g, length, width, wide, tall)  # type: ignore[no-any-return]


@compiled
def _line(
    kind: int,
    row: Any,
    length: int,
    g: Any,
    width: float,
    unit: int,
    source: Any,
    cells: Any,
    y: float,
    x0: int,
    x1: int,
    cover: Any,
    near: Any,
    inks: Any,
) -> None:
    """As :func:`covered`, of a line of pixels, and of brought pictures, too, whose colours go to ``inks``."""
    if kind == GLYPH:
        brought.glyph_line(cells, row, source, unit, g, y, x0, x1, cover)
        return
    if kind == POLYGON or kind == ELLIPSE:
        cover[x0:x1] = 0.0
        line(kind, g, length, width, y, x0, x1, cover, near)
        return
    for x in range(x0, x1):
        if kind == PLATE:
            cover[x] = brought.colour(cells, row, source, unit, g, x + 0.5, y, inks[x])
        else:
            cover[x] = covered(kind, g, length, width, x + 0.5, y)


@compiled
def _begun(kind: int, row: Any, length: int, unit: int, g: Any, source: Any) -> float:
    """Write to ``g`` what a mark's lines are computed from; give the width of its edge in pixels."""
    width = float(scale(kind, row, length, unit, g))
    if kind == GLYPH or kind == PLATE:
        brought.place(kind, row, source, unit, g)
    return width


@compiled
def lay(
    canvas: Any,
    kept: Any,
    kind: int,
    row: Any,
    length: int,
    g: Any,
    unit: int,
    alpha: float,
    style: Any,
    source: Any,
    cells: Any,
    room: Any,
    inks: Any,
) -> None:
    """Lay one mark over the canvas.

    ``style`` says how it blends, to which of the coverages in ``kept`` it is cut, and to which it adds; -1 is none.
    ``source`` and ``cells`` are the pictures that it shows, if it shows any; ``room`` and ``inks`` have room for a
    line's coverages and colours.
    """
    blend, clip, own = style[0], style[1], style[2]
    tall, wide = canvas.shape[1:]
    width = _begun(kind, row, length, unit, g, source)
    x0, x1, y0, y1 = _touched(kind, row, length, g, width, unit, wide, tall, source)
    two = kind == GRADIENT or kind == TEXTURE or kind == STRIPES
    covers, near = room[:wide], room[wide:]
    for x in range(x0, x1):
        for channel in range(3):
            inks[x, channel] = row[_RED + channel] * UNIT
    for up in range(y0, y1):
        down, y = tall - 1 - up, up + 0.5
        _line(kind, row, length, g, width, unit, source, cells, y, x0, x1, covers, near, inks)
        for x in range(x0, x1):
            cover = alpha * covers[x]
            if clip >= 0:
                cover *= kept[clip, down, x]
            if cover <= 0.0:
                continue
            if own >= 0:
                kept[own, down, x] += cover * (1.0 - kept[own, down, x])
            far = _between(kind, row, length, g, unit, wide, tall, x + 0.5, y) if two else 0.0
            for channel in range(3):
                colour = inks[x, channel]
                if two:
                    colour += far * (row[HEAD + length - 3 + channel] * UNIT - colour)
                there = canvas[channel, down, x]
                if blend == MULTIPLY:
                    colour = there * colour
                elif blend == SCREEN:
                    colour = 1.0 - (1.0 - there) * (1.0 - colour)
                canvas[channel, down, x] += np.float32(cover * (colour - there))


@compiled
def keep(
    kept: Any,
    kind: int,
    row: Any,
    length: int,
    g: Any,
    unit: int,
    alpha: float,
    style: Any,
    source: Any,
    cells: Any,
    mask: Any,
    room: Any,
    inks: Any,
) -> None:
    """Find where a mark covers half a pixel or more (``mask``), and add to the coverages as :func:`lay` does."""
    tall, wide = mask.shape
    width = _begun(kind, row, length, unit, g, source)
    covers, near = room[:wide], room[wide:]
    x0, x1, y0, y1 = _touched(kind, row, length, g, width, unit, wide, tall, source)
    mask[:] = False
    for up in range(y0, y1):
        down = tall - 1 - up
        _line(kind, row, length, g, width, unit, source, cells, up + 0.5, x0, x1, covers, near, inks)
        for x in range(x0, x1):
            cover = alpha * covers[x]
            if style[1] >= 0:
                cover *= kept[style[1], down, x]
            if style[2] >= 0:
                kept[style[2], down, x] += cover * (1.0 - kept[style[2], down, x])
            mask[down, x] = cover >= 0.5
