"""What is written on the edges of a drawn graph, where it covers no box, no other label and little of other curves."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence

from scmgen.scm.graph_picture.layout import HEIGHT, Layout, Path, Point, sample

_SIZE, _ADVANCE, _HALF = 11, 6.8, 8.0  # of the text: height, width of a letter; half the height that it needs
_INK, _PAPER, _DOUBT = "#1d2733", "#ffffff", "#b45309"
_Area = tuple[float, float, float, float]


def place(layout: Layout, paths: Mapping[tuple[str, str], Path], texts: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """The labels of some edges as elements of an SVG.

    Args:
        layout: where the boxes are.
        paths: the curve of each edge.
        texts: what to write on which edge; a question mark is a doubt, and has its colour.
    """
    taken = [_area(centre, (layout.widths[node] / 2, HEIGHT / 2)) for node, centre in layout.places.items()]
    curves = {edge: list(sample(path)) for edge, path in paths.items()} if texts else {}
    for edge, text in texts.items():
        half = (len(text) * _ADVANCE / 2 + 2.5, _HALF)
        others = [point for other, curve in curves.items() if other != edge for point in curve]
        spot = _spot(curves[edge], half, taken, others)
        taken.append(_area(spot, half))
        yield _written(spot, half, text)


def _spot(curve: Sequence[Point], half: Point, taken: Sequence[_Area], others: Sequence[Point]) -> Point:
    """The place on a curve that covers least, the nearest to its middle among equals."""
    middle = curve[len(curve) // 2]
    inner = curve[2:-3] or [middle]
    nearest = sorted(inner, key=lambda spot: math.dist(spot, middle))
    return min(nearest, key=lambda spot: _covered(_area(spot, half), taken, others))


def _written(spot: Point, half: Point, text: str) -> str:
    (x, y), (dx, dy) = spot, half
    ground = f'<rect x="{x - dx:.1f}" y="{y - dy:.1f}" width="{2 * dx:.1f}" height="{2 * dy:.1f}" fill="{_PAPER}"/>'
    return (
        f'<g class="label">{ground}<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" font-size="{_SIZE}" '
        f'fill="{_DOUBT if text == "?" else _INK}">{html.escape(text)}</text></g>'
    )


def _area(centre: Point, half: Point) -> _Area:
    return (centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1])


def _covered(area: _Area, taken: Sequence[_Area], points: Sequence[Point]) -> tuple[int, int]:
    """How many boxes and labels an area touches, and how many points of curves."""
    a, b, c, d = area
    touched = sum(a < right and left < c and b < bottom and top < d for left, top, right, bottom in taken)
    return touched, sum(a < x < c and b < y < d for x, y in points)
