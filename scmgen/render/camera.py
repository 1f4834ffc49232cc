"""What a camera does to the picture so far: it blurs, and its sensor adds grain. Loops that are compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from scmgen.loops import compiled
from scmgen.render.coverage import UNIT
from scmgen.render.layers import mixed
from scmgen.render.shapes import HEAD

_DEVIATION = 147.80054127  # of the sum of four bytes, the root of (2 ** 16 - 1) / 3
_BOXES = 3  # running means in a row, which are close to a normal curve


@compiled
def _sum_to(sums: Any, values: Any, place: float) -> float:
    """The integral of pixels from 0 to a place; beyond the ends stand the last ones."""
    count = values.size
    if place <= 0.0:
        return float(place * values[0])
    if place >= count:
        return float(sums[count] + (place - count) * values[count - 1])
    whole = int(place)
    return float(sums[whole] + (place - whole) * values[whole])


@compiled
def _box(line: Any, values: Any, sums: Any, width: float) -> None:
    """Replace a line of pixels by its means over a width, which may be a fraction."""
    total = 0.0
    for place in range(line.size):
        values[place] = line[place]
        sums[place] = total
        total += values[place]
    sums[line.size] = total
    for place in range(line.size):
        low, high = place + 0.5 - 0.5 * width, place + 0.5 + 0.5 * width
        line[place] = np.float32((_sum_to(sums, values, high) - _sum_to(sums, values, low)) / width)


@compiled
def blur(canvas: Any, row: Any, unit: int, alpha: float, sharp: Any, room: Any) -> None:
    """Blur the picture; the radius is the standard deviation of the curve that each point becomes.

    ``sharp`` has room for a channel, ``room`` for two lines.
    """
    width = 2.0 * row[HEAD] * UNIT * unit  # three boxes of this width have that deviation
    if width <= 0.0:
        return
    tall, wide = canvas.shape[1:]
    most = max(tall, wide)
    values, sums = room[:most], room[most:]
    for channel in range(3):
        for down in range(tall):
            for x in range(wide):
                sharp[down, x] = canvas[channel, down, x]
        for _ in range(_BOXES):
            for place in range(tall):
                _box(canvas[channel, place], values[:wide], sums, width)
            for place in range(wide):
                _box(canvas[channel, :, place], values[:tall], sums, width)
        for down in range(tall):
            for x in range(wide):
                blurred = canvas[channel, down, x]
                canvas[channel, down, x] = sharp[down, x] + np.float32(alpha) * (blurred - sharp[down, x])


@compiled
def grain(canvas: Any, row: Any, unit: int, alpha: float) -> None:
    """Add nearly normal noise, of its own in each pixel and channel, and stay within black and white."""
    amount, seed = alpha * row[HEAD] * UNIT, row[HEAD + 1]
    tall, wide = canvas.shape[1:]
    left, above = (wide - unit) // 2, (tall - unit) // 2  # the unit square has the grain of a square image
    for down in range(tall):
        for x in range(wide):
            for channel in range(3):
                word = mixed(x - left, down - above, seed + 104729 * channel)
                total = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24)
                value = canvas[channel, down, x] + np.float32(amount * (total - 510) / _DEVIATION)
                canvas[channel, down, x] = min(np.float32(1.0), max(np.float32(0.0), value))
