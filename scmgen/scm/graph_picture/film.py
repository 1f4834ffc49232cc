"""Where the boxes and curves of a graph in time lie: time runs from left to right, a frame a column."""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx

from scmgen.scm.graph_picture.layout import HEIGHT, Layout, Path, Point

_ROW, _APART = 46.0, 150.0  # from row to row; between columns
_REACH = 26.0  # of a curve within a column, and what each row that it passes adds


def arrange(graph: nx.MultiDiGraph, directed: nx.DiGraph, widths: Mapping[str, float]) -> Layout:
    """Lay out what :func:`scmgen.scm.graph.unfolded` gave; what is constant stands before and below all frames."""
    columns: dict[int, list[str]] = {}
    for node, column in graph.nodes(data="column"):
        columns.setdefault(column, []).append(node)
    places: dict[str, Point] = {}
    below, x = max((len(nodes) for column, nodes in columns.items() if column >= 0), default=0), 0.0
    for column, nodes in sorted(columns.items()):
        wide, first = max(widths[node] for node in nodes), below if column < 0 else 0
        places |= {node: (x + wide / 2, (first + row) * _ROW) for row, node in enumerate(nodes)}
        x += wide + _APART
    return Layout(places, widths, {(a, b): _curve(places, widths, a, b) for a, b in directed.edges})


def _curve(places: Mapping[str, Point], widths: Mapping[str, float], a: str, b: str) -> Path:
    """From the right of a box to the left of one in a later column; within a column by the right of both."""
    (x, y), (u, v) = places[a], places[b]
    start = (x + widths[a] / 2, y)
    if u - widths[b] / 2 > start[0]:
        end, middle = (u - widths[b] / 2 - 1, v), (start[0] + u - widths[b] / 2) / 2
        return [start, (middle, y), (middle, v), end]
    end = (u + widths[b] / 2 + 1, v + (HEIGHT / 4 if y > v else -HEIGHT / 4))
    far = max(start[0], end[0]) + _REACH + _REACH * abs(y - v) / _ROW / 2
    return [start, (far, y), (far, end[1]), end]
