"""From a grey picture to the distance of every place from the edge of its ink, in loops that are compiled.

The edge is the contour at half of how bright the bright parts are (marching squares: Lorensen and Cline 1987), a
polygon through places between pixels; the distance to it is exact. So ink grows and shrinks by any amount, and not by
whole pixels.
Only + - * /, sqrt and whole numbers are used, so pixels do not depend on the machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.loops import compiled, entry

_BLACK, _BRIGHT = 26, 0.9  # of 255; a quantile of what is lighter: a logo does not make the shirt around it paper
STEPS = 256  # of a distance in a pixel of the picture: fields are whole numbers of 16 bits


def field(grey: NDArray[np.uint8], finer: int, margin: int, reach: int) -> NDArray[np.int16]:
    """Distances from the edge of the ink, negative in it, in steps of :data:`STEPS` a pixel.

    Args:
        grey: ``(h, w)``, bright where ink is.
        finer: places a pixel, across and up.
        margin: pixels around the picture for which distances are told, too.
        reach: pixels beyond which a distance is no longer told apart.

    Returns:
        ``((h + 2 margin) finer, (w + 2 margin) finer)``; of a picture without ink all are ``reach``.
    """
    height, width = grey.shape
    out = np.empty(((height + 2 * margin) * finer, (width + 2 * margin) * finer), np.int16)
    padded = np.zeros((height + 2, width + 2), np.float64)
    padded[1:-1, 1:-1] = grey / _brightness(grey) - 0.5
    padded[[0, -1]], padded[:, [0, -1]] = -0.5, -0.5
    segments, count = np.empty((2 * (height + 1) * (width + 1), 4), np.float64), np.zeros(1, np.int64)
    _contour(padded, segments, count, np.empty((2, 4)), np.empty(4, np.bool_))
    squares = np.full(out.shape, float(reach * reach))
    _distances(padded, segments[: count[0]], finer, margin, reach, squares, out)
    return out


def _brightness(grey: NDArray[np.uint8]) -> float:
    """How bright the bright parts of a picture are."""
    light = np.sort(grey[grey > _BLACK])
    return float(light[int(_BRIGHT * (light.size - 1))]) if light.size else max(1.0, float(grey.max()))


@entry("f8 2, f8 2, i8 1, f8 2, b1 1")
def _contour(levels: Any, out: Any, counted: Any, corners: Any, there: Any) -> None:
    """Where levels change their sign: pieces from (x, y) to (x, y); a level stands in the middle of its pixel.

    ``counted`` takes how many there are; the rest is room for the four sides of a square.
    """
    count, x, y = 0, corners[0], corners[1]
    for down in range(levels.shape[0] - 1):
        for across in range(levels.shape[1] - 1):
            a, b = levels[down, across], levels[down, across + 1]
            d, c = levels[down + 1, across], levels[down + 1, across + 1]
            there[0], there[1] = (a > 0.0) != (b > 0.0), (b > 0.0) != (c > 0.0)
            there[2], there[3] = (d > 0.0) != (c > 0.0), (a > 0.0) != (d > 0.0)
            if not (there[0] or there[1] or there[2] or there[3]):
                continue
            x[0], y[0] = across + a / (a - b), float(down)
            x[1], y[1] = across + 1.0, down + b / (b - c)
            x[2], y[2] = across + d / (d - c), down + 1.0
            x[3], y[3] = float(across), down + a / (a - d)
            if there[0] and there[1] and there[2] and there[3]:  # a saddle: what its middle is decides
                joined = (a + b + c + d > 0.0) == (a > 0.0)
                for first in (0, 2):
                    last = first + 1 if joined else (3 - first if first == 0 else 1)
                    out[count, 0], out[count, 1], out[count, 2], out[count, 3] = x[first], y[first], x[last], y[last]
                    count += 1
                continue
            first = -1
            for k in range(4):
                if there[k] and first < 0:
                    first = k
                elif there[k]:
                    out[count, 0], out[count, 1], out[count, 2], out[count, 3] = x[first], y[first], x[k], y[k]
                    count += 1
    counted[0] = count


@entry("f8 2, f8 2, i8, i8, i8, f8 2, i2 2")
def _distances(levels: Any, segments: Any, finer: int, margin: int, reach: int, squares: Any, out: Any) -> None:
    """The distance to the nearest piece, of places that lie no further from it than ``reach`` pixels.

    ``squares`` holds the square of ``reach`` in each place.
    """
    tall, wide = out.shape
    for k in range(segments.shape[0]):
        ax, ay = segments[k, 0], segments[k, 1]
        ex, ey = segments[k, 2] - ax, segments[k, 3] - ay
        square = ex * ex + ey * ey
        # A place of number i lies at (i + 1 / 2) / finer - margin + 1 / 2, as levels are counted.
        low = min(ay, ay + ey) - reach, min(ax, ax + ex) - reach
        high = max(ay, ay + ey) + reach, max(ax, ax + ex) + reach
        first_row = max(0, int((low[0] + margin - 0.5) * finer - 0.5))
        last_row = min(tall, int((high[0] + margin - 0.5) * finer + 1.5))
        first = max(0, int((low[1] + margin - 0.5) * finer - 0.5))
        last = min(wide, int((high[1] + margin - 0.5) * finer + 1.5))
        for i in range(first_row, last_row):
            py = (i + 0.5) / finer - margin + 0.5 - ay
            for j in range(first, last):
                px = (j + 0.5) / finer - margin + 0.5 - ax
                along = min(1.0, max(0.0, (px * ex + py * ey) / square)) if square > 0.0 else 0.0
                dx, dy = px - along * ex, py - along * ey
                squares[i, j] = min(squares[i, j], dx * dx + dy * dy)
    for i in range(tall):
        y = (i + 0.5) / finer - margin + 0.5
        for j in range(wide):
            x = (j + 0.5) / finer - margin + 0.5
            away = np.sqrt(squares[i, j])
            out[i, j] = np.int16(np.rint(STEPS * (-away if _level(levels, x, y) > 0.0 else away)))


@compiled
def _level(levels: Any, x: float, y: float) -> float:
    """The level at a place between pixels; around the picture there is no ink."""
    tall, wide = levels.shape
    if x < 0.0 or y < 0.0 or x >= wide - 1 or y >= tall - 1:
        return -0.5
    across, down = int(x), int(y)
    u, v = x - across, y - down
    above = levels[down, across] * (1.0 - u) + levels[down, across + 1] * u
    below = levels[down + 1, across] * (1.0 - u) + levels[down + 1, across + 1] * u
    return float(above + v * (below - above))
