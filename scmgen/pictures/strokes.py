"""What Morpho-MNIST measures of a glyph (Castro et al. 2019, JMLR 20): how wide its strokes are, and how it slants."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.loops import entry

_PLACES = 4  # a pixel, across and up, as Morpho-MNIST enlarges pictures


def width(field: NDArray[np.int16], finer: int) -> float:
    """Mean width of the strokes in pixels: twice the mean distance of their middle line from what is no ink.

    Args:
        field: of :func:`scmgen.pictures.outline.field`.
        finer: its places a pixel.

    Returns:
        What Morpho-MNIST finds in a picture that is enlarged four times; 0 without ink.
    """
    from scipy import ndimage

    distances: NDArray[np.float64] = field.astype(np.float64)
    if finer < _PLACES:
        distances = ndimage.zoom(distances, _PLACES // finer, order=1, mode="nearest", grid_mode=True)
    ink = np.pad(distances < 0.0, 1)
    if not ink.any():
        return 0.0
    line = ink.copy()
    _thin(line, np.zeros_like(line))
    return float(2.0 * ndimage.distance_transform_edt(ink)[line].mean() / _PLACES)


def slant(grey: NDArray[np.uint8]) -> float:
    """The angle by which a glyph leans to the right, in radians, from its moments; 0 without ink.

    Shearing it by the tangent of some angle adds as much to the tangent of its slant.
    """
    weights = grey.astype(np.float64)
    total = weights.sum()
    if total == 0.0:
        return 0.0
    y, x = np.mgrid[grey.shape[0] - 1 : -1 : -1, 0 : grey.shape[1]].astype(np.float64)
    dx, dy = x - (weights * x).sum() / total, y - (weights * y).sum() / total
    upright = (weights * dy * dy).sum()
    return math.atan((weights * dx * dy).sum() / upright) if upright > 0.0 else 0.0


@entry("b1 2, b1 2")
def _thin(ink: Any, gone: Any) -> None:
    """Thin to lines of one place, in place (Zhang and Suen 1984); the border must be without ink."""
    tall, wide = ink.shape
    changed, turn = 2, 0
    while changed > 0:
        changed -= 1
        for i in range(1, tall - 1):
            for j in range(1, wide - 1):
                if not ink[i, j]:
                    continue
                n, ne, e, se = ink[i - 1, j], ink[i - 1, j + 1], ink[i, j + 1], ink[i + 1, j + 1]
                s, sw, w, nw = ink[i + 1, j], ink[i + 1, j - 1], ink[i, j - 1], ink[i - 1, j - 1]
                count = int(n) + int(ne) + int(e) + int(se) + int(s) + int(sw) + int(w) + int(nw)
                if count < 2 or count > 6:
                    continue
                begins = int(not n and ne) + int(not ne and e) + int(not e and se) + int(not se and s)
                begins += int(not s and sw) + int(not sw and w) + int(not w and nw) + int(not nw and n)
                if begins != 1:
                    continue
                if turn == 0:
                    gone[i, j] = not (n and e and s) and not (e and s and w)
                else:
                    gone[i, j] = not (n and e and w) and not (n and s and w)
        turn = 1 - turn
        for i in range(1, tall - 1):
            for j in range(1, wide - 1):
                if gone[i, j]:
                    ink[i, j] = gone[i, j] = False
                    changed = 2
