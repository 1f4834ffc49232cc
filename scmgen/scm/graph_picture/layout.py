"""Where the boxes and curves of a drawn graph lie; lengths in pixels, y downwards."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import networkx as nx

Point: TypeAlias = tuple[float, float]
Path: TypeAlias = list[Point]  # a start, then three points for each cubic Bezier segment
Rows: TypeAlias = list[list[Hashable]]  # nodes are text, places of long edges are (cause, effect, row)

HEIGHT = 30.0  # of a box
_STEP = 84.0  # from row to row
_GAP, _BEND = 26.0, 14.0  # between boxes; width that a long edge has in a row it crosses
_WIDEST, _SWEEPS = 680.0, 12  # of a row; of the barycentre method
_PORT = 12.0  # between edges that meet at one side of a box


@dataclass(frozen=True)
class Layout:
    """A drawn graph.

    Attributes:
        places: centre of each box.
        widths: width of each box.
        paths: curve of each directed edge.
    """

    places: dict[str, Point]
    widths: Mapping[str, float]
    paths: dict[tuple[str, str], Path]


def arrange(graph: nx.DiGraph, widths: Mapping[str, float]) -> Layout:
    """Lay an acyclic graph out from top to bottom."""
    rows: Rows = [row for layer in _layers(graph) for row in _wrap(layer, widths)]
    level = {node: y for y, row in enumerate(rows) for node in graph if node in row}
    chains = {(a, b): [a, *((a, b, y) for y in range(level[a] + 1, level[b])), b] for a, b in graph.edges}
    links = nx.DiGraph()
    links.add_nodes_from(graph)
    for a, b in chains:
        links.add_edges_from(itertools.pairwise(chains[a, b]))
        for y in range(level[a] + 1, level[b]):
            rows[y].append((a, b, y))
    x = _spread(_uncross(rows, links), links, {node: widths[node] if node in level else _BEND for node in links})
    places = {node: (x[node], y * _STEP) for node, y in level.items()}
    return Layout(places, widths, {edge: _curve(chain, places, x, links, widths) for edge, chain in chains.items()})


def _layers(graph: nx.DiGraph) -> list[list[str]]:
    """Nodes by their longest path from a root, roots just above their first effect, loners at the end."""
    depth = {node: k for k, layer in enumerate(nx.topological_generations(graph)) for node in layer}
    for node in graph:
        if not graph.in_degree(node) and graph.out_degree(node):
            depth[node] = min(depth[child] for child in graph.successors(node)) - 1
    linked = [node for node in graph if graph.degree(node)]
    layers = [[node for node in linked if depth[node] == k] for k in range(len(graph))]
    return [layer for layer in [*layers, [node for node in graph if not graph.degree(node)]] if layer]


def _wrap(layer: Sequence[str], widths: Mapping[str, float]) -> Iterator[list[Hashable]]:
    """Break a layer into rows of nearly equal length that are not too wide."""
    rows = math.ceil(sum(widths[node] + _GAP for node in layer) / _WIDEST)
    count = math.ceil(len(layer) / rows)
    for start in range(0, len(layer), count):
        yield list(layer[start : start + count])


def _uncross(rows: Rows, links: nx.DiGraph) -> Rows:
    """Order the rows so that few edges cross: barycentres down and up, the best state kept, then exchanges."""
    best, least = rows, _crossings(rows, links)
    for sweep in range(_SWEEPS):
        rows = _sweep(rows, links, down=sweep % 2 == 0)
        if (crossings := _crossings(rows, links)) < least:
            best, least = rows, crossings
    return _exchange(best, links, least)


def _sweep(rows: Rows, links: nx.DiGraph, down: bool) -> Rows:
    rows = [list(row) for row in rows]
    for y in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
        near = links.predecessors if down else links.successors
        at = {node: k for k, node in enumerate(rows[y - 1 if down else y + 1])}
        rows[y] = _by_barycentre(rows[y], {node: [at[other] for other in near(node)] for node in rows[y]})
    return rows


def _by_barycentre(row: list[Hashable], near: Mapping[Hashable, list[int]]) -> list[Hashable]:
    """Sort by the mean place of the neighbours; who has none stays where it is."""
    free = iter(sorted((node for node in row if near[node]), key=lambda node: sum(near[node]) / len(near[node])))
    return [next(free) if near[node] else node for node in row]


def _exchange(rows: Rows, links: nx.DiGraph, least: int) -> Rows:
    """Exchange neighbours as long as this uncrosses edges."""
    improved = least > 0
    while improved:
        improved = False
        for row in rows:
            for k in range(len(row) - 1):
                row[k], row[k + 1] = row[k + 1], row[k]
                if (crossings := _crossings(rows, links)) < least:
                    least, improved = crossings, True
                else:
                    row[k], row[k + 1] = row[k + 1], row[k]
    return rows


def _crossings(rows: Rows, links: nx.DiGraph) -> int:
    count = 0
    for upper, lower in itertools.pairwise(rows):
        at = {node: k for k, node in enumerate(lower)}
        ends = [end for node in upper for end in sorted(at[other] for other in links[node])]
        count += sum(one > other for one, other in itertools.combinations(ends, 2))
    return count


def _spread(rows: Rows, links: nx.DiGraph, widths: Mapping[Hashable, float]) -> dict[Hashable, float]:
    """Give each place of a row its x: near the mean of its neighbours, at a distance from those beside it."""
    x: dict[Hashable, float] = {}
    for row in rows:
        total = sum(widths[node] + _GAP for node in row)
        start = -total / 2
        for node in row:
            x[node] = start + (widths[node] + _GAP) / 2
            start += widths[node] + _GAP
    for sweep in range(3 * _SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            near = {node: [x[other] for other in (*links.predecessors(node), *links.successors(node))] for node in row}
            wished = [sum(near[node]) / len(near[node]) if near[node] else x[node] for node in row]
            x.update(zip(row, _apart(wished, [widths[node] for node in row]), strict=True))
    return x | dict(_centred(rows, links, x))


def _centred(rows: Rows, links: nx.DiGraph, x: Mapping[Hashable, float]) -> Iterator[tuple[Hashable, float]]:
    """Put rows without edges under the middle of what has some."""
    linked = [x[node] for node in links if links.degree(node)]
    for row in rows:
        if linked and not any(links.degree(node) for node in row):
            shift = (min(linked) + max(linked) - x[row[0]] - x[row[-1]]) / 2
            yield from ((node, x[node] + shift) for node in row)


def _apart(wished: list[float], widths: list[float]) -> list[float]:
    """Move places apart where they would overlap, as far to the left as to the right."""
    right, left = list(wished), list(wished)
    needed = [(a + b) / 2 + _GAP for a, b in itertools.pairwise(widths)]
    for k, gap in enumerate(needed):
        right[k + 1] = max(right[k + 1], right[k] + gap)
    for k, gap in reversed(list(enumerate(needed))):
        left[k] = min(left[k], left[k + 1] - gap)
    return [(a + b) / 2 for a, b in zip(left, right, strict=True)]


def _curve(
    chain: Sequence[Hashable],
    places: Mapping[str, Point],
    x: Mapping[Hashable, float],
    links: nx.DiGraph,
    widths: Mapping[str, float],
) -> Path:
    """Down from box to box, and straight through each row between them."""
    a, b = str(chain[0]), str(chain[-1])
    out = _port(chain[1], list(links.successors(a)), x, widths[a])
    into = _port(chain[-2], list(links.predecessors(b)), x, widths[b])
    path = [(x[a] + out, places[a][1] + HEIGHT / 2)]
    for k, bend in enumerate(chain[1:-1], 1):
        y = places[a][1] + k * _STEP
        path += _fall(path[-1], (x[bend], y - HEIGHT / 2)) + _fall((x[bend], y - HEIGHT / 2), (x[bend], y + HEIGHT / 2))
    return path + _fall(path[-1], (x[b] + into, places[b][1] - HEIGHT / 2 - 1))


def _port(other: Hashable, beside: list[Hashable], x: Mapping[Hashable, float], width: float) -> float:
    """Where on its side of the box an edge ends, so that edges meet it in the order in which they come."""
    order = sorted(beside, key=lambda node: x[node])
    step = min(_PORT, (width - 16) / max(1, len(order) - 1))
    return (order.index(other) - (len(order) - 1) / 2) * step


def _fall(start: Point, end: Point) -> Path:
    """A segment that leaves and arrives upright."""
    middle = (start[1] + end[1]) / 2
    return [(start[0], middle), (end[0], middle), end]


def arc(layout: Layout, a: str, b: str) -> Path:
    """A curve between two boxes that meets few others, and is short."""
    tried = [
        _between(side, other, reach)
        for side in _sides(layout, a)
        for other in _sides(layout, b)
        for reach in (0.25, 0.45, 0.8, 1.2)
    ]
    return min(tried, key=lambda path: _cost(layout, path))


def _sides(layout: Layout, node: str) -> list[tuple[Point, Point]]:
    """The middles of a box's sides, and the way out of each."""
    (x, y), half, rise = layout.places[node], layout.widths[node] / 2 + 1, HEIGHT / 2 + 1
    quarter = half / 2
    above = [((x + shift, y - rise), (0.0, -1.0)) for shift in (-quarter, quarter)]
    below = [((x + shift, y + rise), (0.0, 1.0)) for shift in (-quarter, quarter)]
    return [((x - half, y), (-1.0, 0.0)), ((x + half, y), (1.0, 0.0)), *above, *below]


def _between(one: tuple[Point, Point], other: tuple[Point, Point], reach: float) -> Path:
    (start, out), (end, into) = one, other
    far = 14 + reach * ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    return [
        start,
        (start[0] + far * out[0], start[1] + far * out[1]),
        (end[0] + far * into[0], end[1] + far * into[1]),
        end,
    ]


def _cost(layout: Layout, path: Path) -> float:
    dots = list(sample(path))
    length = sum(math.hypot(x - u, y - v) for (u, v), (x, y) in itertools.pairwise(dots))
    hits = sum(
        abs(x - u) < layout.widths[node] / 2 + 5 and abs(y - v) < HEIGHT / 2 + 5
        for node, (u, v) in layout.places.items()
        for x, y in dots[2:-2]
    )
    return length + 200 * hits


def sample(path: Path) -> Iterator[Point]:
    """Points along a path."""
    for k in range(0, len(path) - 1, 3):
        a, b, c, d = path[k : k + 4]
        for t in (i / 16 for i in range(17)):
            s = 1 - t
            weights = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
            yield (
                sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)),
                sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)),
            )
