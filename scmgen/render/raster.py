"""The rasteriser: primitive shapes to pixels, in loops that are compiled.

Shapes of one colour and gradients have loops of their own here; all else is laid by :mod:`scmgen.render.layers`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scmgen.loops import bytes_at, compiled, entry
from scmgen.render.camera import blur, grain
from scmgen.render.coverage import UNIT, bounds, line, scale
from scmgen.render.frame import Frame, Pixels
from scmgen.render.layers import keep, lay
from scmgen.render.shapes import BLUR, FILL, GRADIENT, GRAIN, HEAD, NORMAL, Shapes, moved

_ALPHA, _RED = 0, 1  # columns of the head; green and blue follow red
_BATCH = "i8 1, i8 1, i4 3, b1 1, i8 2, i8 2, i8 2, i8"  # of _arrays, and the pixels a side of the unit square
_ROOM = "f8 3, f8 1, f8 1, f8 2"  # of _room


def paint(shapes: Shapes, frame: Frame) -> Pixels:
    """Draw a batch back to front on white: ``(n, height, width, 3)`` uint8."""
    out = np.empty((len(shapes.rows), frame.height, frame.width * 3), np.uint8)
    canvas, sharp = np.empty((3, *frame.plane), np.float32), np.empty(frame.plane, np.float32)
    _paint(*_arrays(shapes, frame), out, canvas, sharp, *_room(shapes, frame))
    return out.reshape(len(out), *frame.plane, 3)


def paint_masks(shapes: Shapes, frame: Frame) -> Pixels:
    """Draw each pixel's topmost group: ``(n, height, width)`` uint8, 0 where there is none.

    A mark owns a pixel that it covers by half or more; one without a group hides what is below, unless it is blended.
    """
    out = np.zeros((len(shapes.rows), *frame.plane), np.uint8)
    _paint_masks(*_arrays(shapes, frame), out, shapes.groups, np.empty(frame.plane, np.bool_), *_room(shapes, frame))
    return out


def _arrays(shapes: Shapes, frame: Frame) -> tuple[Any, ...]:
    """What the loops read of a batch; of pictures, where they stand in memory."""
    placed = moved(shapes, frame)
    pictures = np.array([(cells.ctypes.data, cells.size) for cells in shapes.cells], np.int64)
    return placed.kinds, placed.lengths, placed.rows, placed.plain, placed.styles, placed.sources, pictures, frame.unit


def _room(shapes: Shapes, frame: Frame) -> tuple[Any, ...]:
    """What the loops write to as they go: coverages that marks add to, the geometry of a mark, a few lines, inks."""
    coverages = int(shapes.styles[:, 2].max(initial=-1)) + 1
    kept, geometry = np.empty((coverages, *frame.plane)), np.empty(shapes.rows.shape[2])
    return kept, geometry, np.empty(3 * max(frame.plane) + 4), np.empty((frame.width, 3))


@compiled
def _begin(canvas: Any, first: Any) -> None:
    """Give the whole canvas one colour."""
    for channel in range(3):
        canvas[channel] = first[channel]


@compiled
def _wash(canvas: Any, row: Any, g: Any, alpha: float, along: Any, colours: Any) -> None:
    """Blend a linear gradient over the whole canvas; ``g`` holds its axis in pixels.

    ``along`` has room for a line, ``colours`` for two: the first, and how far it is to the second.
    """
    for channel in range(3):
        colours[channel] = np.float32(row[_RED + channel] * UNIT)
        colours[3 + channel] = np.float32(row[HEAD + 4 + channel] * UNIT) - colours[channel]
    _blend(canvas, colours, g, alpha, along)


@compiled
def _blend(canvas: Any, colours: Any, g: Any, alpha: float, along: Any) -> None:
    tall, wide = canvas.shape[1:]
    ex, ey = g[2] - g[0], g[3] - g[1]
    square = ex * ex + ey * ey
    across_step, up_step = (ex / square, ey / square) if square > 0.0 else (0.0, 0.0)
    cover, step = np.float32(alpha), np.float32(across_step)
    least, most = np.float32(0.0), np.float32(1.0)  # with min and max it would take three times as long
    for up in range(tall):
        first = np.float32((0.5 - g[0]) * across_step + (up + 0.5 - g[1]) * up_step)
        for across in range(wide):
            share = first + np.float32(np.int32(across)) * step
            share = share if share > least else least
            along[across] = share if share < most else most
        for channel in range(3):
            start, change = colours[channel], colours[3 + channel]
            pixels = canvas[channel, tall - 1 - up]
            for across in range(wide):
                there = pixels[across]
                pixels[across] = there + cover * (start + along[across] * change - there)


@compiled
def _stamp(canvas: Any, kind: int, row: Any, length: int, g: Any, unit: int, alpha: float, room: Any) -> None:
    """Blend one shape of a single colour over the canvas."""
    tall, wide = canvas.shape[1:]
    width = scale(kind, row, length, unit, g)
    x0, x1, y0, y1 = bounds(kind, g, length, width, wide, tall)
    cover, near = room[:wide], room[wide:]
    for up in range(y0, y1):
        a, b = line(kind, g, length, width, up + 0.5, x0, x1, cover, near)
        shares = cover[a:b]  # slices, as a loop from zero on is done several pixels at a time
        for channel in range(3):
            ink, pixels = np.float32(row[_RED + channel] * UNIT), canvas[channel, tall - 1 - up, a:b]
            for x in range(pixels.size):
                pixels[x] += np.float32(alpha * shares[x]) * (ink - pixels[x])


@compiled
def _own(out: Any, mask: Any, group: int) -> None:
    for down in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            if mask[down, x]:
                out[down, x] = group


@compiled
def _develop(canvas: Any, out: Any) -> None:
    """Numbers from 0 to 1 to bytes, red, green and blue of a pixel side by side."""
    most, half = np.float32(255.0), np.float32(0.5)
    for down in range(out.shape[0]):
        red, green, blue, pixels = canvas[0, down], canvas[1, down], canvas[2, down], out[down]
        for x in range(red.size):
            pixels[3 * x] = np.uint8(np.int32(red[x] * most + half))
            pixels[3 * x + 1] = np.uint8(np.int32(green[x] * most + half))
            pixels[3 * x + 2] = np.uint8(np.int32(blue[x] * most + half))


@entry(f"{_BATCH}, u1 3, f4 3, f4 2, {_ROOM}")
def _paint(
    kinds: Any,
    lengths: Any,
    rows: Any,
    plain: Any,
    styles: Any,
    sources: Any,
    pictures: Any,
    unit: int,
    out: Any,
    canvas: Any,
    sharp: Any,
    kept: Any,
    g: Any,
    room: Any,
    inks: Any,
) -> None:
    first, along, colours = sharp[0], sharp[1], sharp[2]
    for i in range(rows.shape[0]):
        first[:3] = np.float32(1.0)
        begun = False  # as long as only whole fills were laid, the canvas is one colour
        kept[:] = 0.0
        for k in range(kinds.size):
            row, kind = rows[i, k], kinds[k]
            alpha = row[_ALPHA] * UNIT
            if alpha <= 0.0:
                continue
            if plain[k] and kind == FILL and not begun:
                for channel in range(3):
                    ink = np.float32(row[_RED + channel] * UNIT)
                    first[channel] += np.float32(alpha) * (ink - first[channel])
                continue
            if not begun:
                _begin(canvas, first)
                begun = True
            if plain[k] and kind == GRADIENT:
                scale(kind, row, lengths[k], unit, g)
                _wash(canvas, row, g, alpha, along, colours)
            elif plain[k]:
                _stamp(canvas, kind, row, lengths[k], g, unit, alpha, room)
            elif kind == BLUR:
                blur(canvas, row, unit, alpha, sharp, room)
            elif kind == GRAIN:
                grain(canvas, row, unit, alpha)
            else:
                source, style = sources[k], styles[k]
                cells = bytes_at(pictures[source[0], 0], pictures[source[0], 1])
                lay(canvas, kept, kind, row, lengths[k], g, unit, alpha, style, source, cells, room, inks)
        if not begun:
            _begin(canvas, first)
        _develop(canvas, out[i])


@entry(f"{_BATCH}, u1 3, u1 1, b1 2, {_ROOM}")
def _paint_masks(
    kinds: Any,
    lengths: Any,
    rows: Any,
    plain: Any,
    styles: Any,
    sources: Any,
    pictures: Any,
    unit: int,
    out: Any,
    groups: Any,
    mask: Any,
    kept: Any,
    g: Any,
    room: Any,
    inks: Any,
) -> None:
    tall, wide = out.shape[1:]
    cover, near = room[:wide], room[wide:]
    for i in range(rows.shape[0]):
        kept[:] = 0.0
        for k in range(kinds.size):
            row, kind = rows[i, k], kinds[k]
            alpha = row[_ALPHA] * UNIT
            if not plain[k]:
                if alpha > 0.0 and kind != BLUR and kind != GRAIN:
                    source, style = sources[k], styles[k]
                    cells = bytes_at(pictures[source[0], 0], pictures[source[0], 1])
                    keep(kept, kind, row, lengths[k], g, unit, alpha, style, source, cells, mask, room, inks)
                    if groups[k] > 0 or style[0] == NORMAL:
                        _own(out[i], mask, groups[k])
                continue
            if alpha < 0.5:
                continue
            width = scale(kind, row, lengths[k], unit, g)
            x0, x1, y0, y1 = bounds(kind, g, lengths[k], width, wide, tall)
            for up in range(y0, y1):
                a, b = line(kind, g, lengths[k], width, up + 0.5, x0, x1, cover, near)
                for x in range(a, b):
                    if alpha * cover[x] >= 0.5:
                        out[i, tall - 1 - up, x] = groups[k]
