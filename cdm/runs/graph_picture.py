"""A learned graph as a picture: causes above effects, the probability of each edge on it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from cdm.runs.graph_layout import HEIGHT, Layout, Point, arrange

_SCALE, _FINE = 2, 2  # pixels a unit, for dense screens; drawn so much larger, then made smaller: smooth edges
_MARGIN, _PADDING, _TEXT, _SMALL = 22.0, 14.0, 14.0, 11.5
_INK, _PAPER, _FILL, _LINE, _DOUBT = "#1d2733", "#ffffff", "#e7eef6", (0x4A, 0x54, 0x62), "#b45309"
_DASH = 6  # units

_Area = tuple[float, float, float, float]
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def picture(
    names: Sequence[str], adjacency: Tensor, probability: Tensor | None = None, undecided: Tensor | None = None
) -> Image.Image:
    """Draw a graph.

    Args:
        names: of the factors.
        adjacency: ``(d, d)``, 1 from cause to effect, without cycles.
        probability: ``(d, d)``, written on the edges; the paler an edge, the less sure it is.
        undecided: ``(d, d)``, pairs that the data do not tell; dashed where no edge was chosen.
    """
    font, small = (ImageFont.load_default(size * _SCALE * _FINE) for size in (_TEXT, _SMALL))
    widths = [_width(font, name) + 2 * _PADDING for name in names]
    layout = arrange(adjacency, _loose(adjacency, undecided), widths)
    sides = [math.ceil((side + 2 * _MARGIN) * _SCALE) for side in layout.size]
    sheet = Image.new("RGB", (sides[0] * _FINE, sides[1] * _FINE), _PAPER)
    pen, labels = ImageDraw.Draw(sheet), dict[tuple[int, int], str]()
    for (i, j), path in layout.paths.items():
        if adjacency[i, j] == 0:
            _dashes(pen, path)
            labels[i, j] = "?"
        else:
            sure = 1.0 if probability is None else float(probability[i, j])
            _arrow(pen, path, sure)
            labels |= {} if probability is None else {(i, j): f"{sure:.2f}"}
    for k, name in enumerate(names):
        _box(pen, layout.places[k], widths[k], name, font)
    _write(pen, layout, widths, labels, small)
    return sheet.resize((sides[0], sides[1]), Image.Resampling.LANCZOS)


def _loose(adjacency: Tensor, undecided: Tensor | None) -> list[tuple[int, int]]:
    """Pairs that are undecided and have no edge."""
    if undecided is None:
        return []
    pairs = ((undecided + undecided.T).triu(1) * (adjacency + adjacency.T == 0)).nonzero().tolist()
    return [(int(i), int(j)) for i, j in pairs]


def _width(font: _Font, text: str) -> float:
    return font.getlength(text) / _SCALE / _FINE


def _large(points: Sequence[Point]) -> list[Point]:
    """Points of the layout as pixels of the sheet."""
    return [((x + _MARGIN) * _SCALE * _FINE, (y + _MARGIN) * _SCALE * _FINE) for x, y in points]


def _arrow(pen: ImageDraw.ImageDraw, path: Sequence[Point], sure: float) -> None:
    """An edge, thin and pale if it is not sure, with its head on the last point."""
    colour = "#" + "".join(f"{round(255 + (c - 255) * (0.35 + 0.65 * sure)):02x}" for c in _LINE)
    (x, y), (bx, by) = path[-1], path[-5]
    length = math.hypot(x - bx, y - by)
    dx, dy = (x - bx) / length, (y - by) / length
    back = (x - 11 * dx, y - 11 * dy)
    sides = [(back[0] - 4.6 * dy, back[1] + 4.6 * dx), (back[0] + 4.6 * dy, back[1] - 4.6 * dx)]
    shaft = [*(point for point in path if math.dist(point, (x, y)) > 8), (x - 8 * dx, y - 8 * dy)]
    pen.line(_large(shaft), colour, round((1.2 + 1.0 * sure) * _SCALE * _FINE), "curve")
    pen.polygon(_large([(x, y), *sides]), colour)


def _dashes(pen: ImageDraw.ImageDraw, path: Sequence[Point]) -> None:
    """What joins two factors of which neither is known to cause the other."""
    gone = 0.0
    for a, b in itertools.pairwise(path):
        parts = max(1, round(math.dist(a, b)))
        for k in range(parts):
            ends = [(a[0] + (b[0] - a[0]) * s / parts, a[1] + (b[1] - a[1]) * s / parts) for s in (k, k + 1)]
            if (gone + k) % (2 * _DASH) < _DASH:
                pen.line(_large(ends), _DOUBT, round(1.4 * _SCALE * _FINE))
        gone += parts


def _box(pen: ImageDraw.ImageDraw, centre: Point, width: float, name: str, font: _Font) -> None:
    x, y, edge = *centre, _LINE
    corners = _large([(x - width / 2, y - HEIGHT / 2), (x + width / 2, y + HEIGHT / 2)])
    pen.rounded_rectangle(corners, 8 * _SCALE * _FINE, _FILL, edge, round(1.3 * _SCALE * _FINE))
    pen.text(_large([centre])[0], name, _INK, font, "mm")


def _write(
    pen: ImageDraw.ImageDraw,
    layout: Layout,
    widths: Sequence[float],
    labels: dict[tuple[int, int], str],
    font: _Font,
) -> None:
    """Put each label on its curve, where it covers no box, no other label and little of other curves."""
    taken = [_area(place, (widths[k] / 2, HEIGHT / 2)) for k, place in layout.places.items()]
    for edge, text in labels.items():
        path, half = layout.paths[edge], (_width(font, text) / 2 + 2.5, 8.0)
        others = [point for other, curve in layout.paths.items() if other != edge for point in curve]
        spots = sorted(path[3:-5], key=lambda spot: math.dist(spot, path[len(path) // 2]))
        best = min(spots, key=lambda spot: _covered(_area(spot, half), taken, others))
        taken.append(_area(best, half))
        pen.rectangle(_large([taken[-1][:2], taken[-1][2:]]), _PAPER)
        pen.text(_large([best])[0], text, _DOUBT if text == "?" else _INK, font, "mm")


def _area(centre: Point, half: Point) -> _Area:
    return (centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1])


def _covered(area: _Area, taken: Sequence[_Area], points: Sequence[Point]) -> tuple[int, int]:
    """How many boxes and labels an area touches, and how many points of curves."""
    a, b, c, d = area
    touched = sum(a < right and left < c and b < bottom and top < d for left, top, right, bottom in taken)
    return touched, sum(a < x < c and b < y < d for x, y in points)
