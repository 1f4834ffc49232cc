"""Where the boxes and curves of a drawn graph lie: rows from causes to effects, few crossings, nothing behind a box.

The layout is Sugiyama's (1981, IEEE Transactions on Systems, Man, and Cybernetics 11:109-125): rows by longest path,
long edges through places of their own in the rows that they cross, the order within a row by barycentres.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from cdm.scm.graph import topological

Point = tuple[float, float]
_Node = int | tuple[int, int, int]  # a factor, or the place of a long edge: cause, effect, row
_Link = tuple[_Node, _Node]

HEIGHT = 32.0  # of a box; all lengths in units of the picture
_STEP, _GAP, _BEND, _PORT = 100.0, 30.0, 26.0, 14.0  # from row to row; between boxes; a crossing edge; between edges
_SWEEPS, _MOST = 12, 5  # of the barycentre method; lone factors in a row


@dataclass(frozen=True)
class Layout:
    """A drawn graph: centre of each box, points of each edge's curve, and the corner opposite to (0, 0)."""

    places: dict[int, Point]
    paths: dict[tuple[int, int], list[Point]]
    size: Point


def arrange(adjacency: Tensor, loose: Sequence[tuple[int, int]], widths: Sequence[float]) -> Layout:
    """Lay a graph out.

    Args:
        adjacency: ``(d, d)``, 1 from cause to effect, without cycles.
        loose: pairs that are joined without a direction.
        widths: of the boxes.
    """
    edges = [(int(i), int(j)) for i, j in adjacency.nonzero().tolist()]
    level = _levels(adjacency, {k for pair in (*edges, *loose) for k in pair})
    joined = edges + [pair if level[pair[0]] <= level[pair[1]] else pair[::-1] for pair in loose]
    chains: dict[tuple[int, int], list[_Node]] = {
        (i, j): [i, *((i, j, row) for row in range(level[i] + 1, level[j])), j] for i, j in joined
    }
    layers: list[list[_Node]] = [[] for _ in range(max(level.values()) + 1)]
    for k in sorted(level):
        layers[level[k]].append(k)
    for node in (node for chain in chains.values() for node in chain if isinstance(node, tuple)):
        layers[node[2]].append(node)
    links = [link for chain in chains.values() for link in itertools.pairwise(chain) if len(set(link)) == 2]
    layers = _uncrossed(layers, links)
    broad = {node: widths[node] if isinstance(node, int) else _BEND for layer in layers for node in layer}
    x = _spread(layers, links, broad)
    at = {node: (x[node], row * _STEP + HEIGHT / 2) for row, layer in enumerate(layers) for node in layer}
    return _framed({node: at[node] for node in level}, _paths(chains, at), widths)


def _framed(places: dict[int, Point], paths: dict[tuple[int, int], list[Point]], widths: Sequence[float]) -> Layout:
    """The layout moved so that nothing lies left of or above (0, 0)."""
    corners = [(x + s * widths[k] / 2, y + s * HEIGHT / 2) for k, (x, y) in places.items() for s in (-1, 1)]
    dots = [*corners, *itertools.chain(*paths.values())]
    left, top = (min(dot[c] for dot in dots) for c in (0, 1))
    moved = {k: (x - left, y - top) for k, (x, y) in places.items()}
    curves = {edge: [(x - left, y - top) for x, y in path] for edge, path in paths.items()}
    return Layout(moved, curves, (max(dot[0] for dot in dots) - left, max(dot[1] for dot in dots) - top))


def _levels(adjacency: Tensor, joined: set[int]) -> dict[int, int]:
    """The row of each factor: below its causes; factors that nothing joins come last."""
    level: dict[int, int] = {}
    for j in topological(adjacency):
        level[j] = max((level[i] + 1 for i in level if adjacency[i, j] > 0), default=0)
    below = max((level[k] for k in joined), default=-1) + 1
    alone = sorted(set(level) - joined)
    return level | {k: below + n // _MOST for n, k in enumerate(alone)}


def _uncrossed(layers: list[list[_Node]], links: list[_Link]) -> list[list[_Node]]:
    """The layers, each ordered by where its neighbours stand; the best order that came up."""
    near = _near(layers, links)
    best, least = layers, _crossings(layers, links)
    for sweep in range(_SWEEPS):
        layers = [list(layer) for layer in layers]
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            place = {node: (n + 0.5) / len(row) for row in layers for n, node in enumerate(row)}
            middle = {n: sum(place[k] for k in near[n]) / len(near[n]) if near[n] else place[n] for n in layer}
            layer.sort(key=lambda node: middle[node])
        if _crossings(layers, links) < least:
            best, least = layers, _crossings(layers, links)
    return best


def _near(layers: list[list[_Node]], links: list[_Link]) -> dict[_Node, list[_Node]]:
    near: dict[_Node, list[_Node]] = {node: [] for layer in layers for node in layer}
    for a, b in links:
        near[a].append(b)
        near[b].append(a)
    return near


def _crossings(layers: list[list[_Node]], links: list[_Link]) -> int:
    at = {node: (row, n) for row, layer in enumerate(layers) for n, node in enumerate(layer)}
    pairs = itertools.combinations([(at[a], at[b]) for a, b in links], 2)
    return sum(a[0] == c[0] and (a[1] - c[1]) * (b[1] - d[1]) < 0 for (a, b), (c, d) in pairs)


def _spread(layers: list[list[_Node]], links: list[_Link], widths: dict[_Node, float]) -> dict[_Node, float]:
    """Where nodes stand in their rows: near their neighbours, in order, without touching."""
    near, x = _near(layers, links), dict[_Node, float]()
    for layer in layers:
        x |= dict(zip(layer, _apart(layer, widths, [0.0] * len(layer)), strict=True))
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = [sum(x[k] for k in near[node]) / len(near[node]) if near[node] else x[node] for node in layer]
            x |= dict(zip(layer, _apart(layer, widths, wanted), strict=True))
    return x


def _apart(layer: list[_Node], widths: dict[_Node, float], wanted: list[float]) -> Iterator[float]:
    """Centres as near to where they are wanted, in least squares, as order and widths let them."""
    from scipy.optimize import isotonic_regression

    steps = [(widths[a] + widths[b]) / 2 + _GAP for a, b in itertools.pairwise(layer)]
    offsets = list(itertools.accumulate(steps, initial=0.0))
    found = isotonic_regression([w - o for w, o in zip(wanted, offsets, strict=True)]).x
    return (float(place) + offset for place, offset in zip(found, offsets, strict=True))


def _paths(chains: dict[tuple[int, int], list[_Node]], at: dict[_Node, Point]) -> dict[tuple[int, int], list[Point]]:
    """The curve of each edge, from port to port; edges of one box leave it side by side."""
    leave: dict[int, list[tuple[int, int]]] = {}
    enter: dict[int, list[tuple[int, int]]] = {}
    for edge in sorted(chains, key=lambda edge: at[chains[edge][1]][0]):
        leave.setdefault(edge[0], []).append(edge)
    for edge in sorted(chains, key=lambda edge: at[chains[edge][-2]][0]):
        enter.setdefault(edge[1], []).append(edge)
    found = {}
    for (i, j), chain in chains.items():
        start, end = _port(leave[i], (i, j), at[i], 1), _port(enter[j], (i, j), at[j], -1)
        if at[i][1] == at[j][1]:  # in one row: an arc above it
            found[i, j] = list(_arc(_port([(i, j)], (i, j), at[i], -1), end))
            continue
        stops = [start]
        for node in chain[1:-1]:
            x, y = at[node]
            stops += [(x, y - HEIGHT / 2), (x, y + HEIGHT / 2)]
        stops.append(end)
        found[i, j] = [p for a, b in itertools.pairwise(stops) for p in _piece(a, b)]
    return found


def _port(edges: list[tuple[int, int]], edge: tuple[int, int], box: Point, side: int) -> Point:
    """Where an edge meets a box."""
    return (box[0] + (edges.index(edge) - (len(edges) - 1) / 2) * _PORT, box[1] + side * HEIGHT / 2)


def _piece(a: Point, b: Point) -> Iterator[Point]:
    """A curve from row to row that begins and ends upright."""
    middle = (a[1] + b[1]) / 2
    yield from bezier(a, (a[0], middle), (b[0], middle), b)


def _arc(a: Point, b: Point) -> Iterator[Point]:
    yield from bezier(a, (a[0], a[1] - HEIGHT), (b[0], b[1] - HEIGHT), b)


def bezier(a: Point, b: Point, c: Point, d: Point, count: int = 24) -> Iterator[Point]:
    """Points of a cubic curve from ``a`` to ``d``."""
    for k in range(count + 1):
        t = k / count
        parts = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        x, y = (sum(p * point[i] for p, point in zip(parts, (a, b, c, d), strict=True)) for i in (0, 1))
        yield x, y
