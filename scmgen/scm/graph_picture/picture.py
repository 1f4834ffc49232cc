"""A causal graph as a picture: layers from causes to effects, as one SVG that needs nothing else.

The layout is Sugiyama's (1981, IEEE Transactions on Systems, Man, and Cybernetics 11:109-125): rows by
longest path, long edges through places of their own in the rows that they cross, the order within a
row by barycentres. The same graph gives the same text.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

import networkx as nx

from scmgen.errors import ScmgenError
from scmgen.scm.graph import edges, moves, unfolded
from scmgen.scm.graph_picture import film, labels
from scmgen.scm.graph_picture.layout import HEIGHT, Layout, Path, arc, arrange, sample

Edge: TypeAlias = tuple[str, str]

_FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
_SIZE, _ADVANCE, _PADDING = 13, 7.9, 12  # of the text: height, width of a letter, space at both its sides
_MARGIN = 6
# Lines keep a contrast of 3 or more on white and on near black; boxes bring their own ground for their text.
_INK, _LINE, _CAUSE, _DO = "#1d2733", "#777783", "#c8553d", "#b45309"
_BOX, _BOX_DO = "#e7eef6", "#fdebd0"
_FAINT = 'stroke-dasharray="0.1 4.5"'


def svg(
    graph: nx.MultiDiGraph,
    *,
    names: Mapping[str, str] | None = None,
    targets: Collection[str] = (),
    kept: Collection[Edge] | None = None,
    title: str = "Causal graph",
) -> str:
    """Draw a graph of :mod:`scmgen.scm.graph` from causes (above) to effects (below), or with lags from left to right.

    A bidirected edge (a hidden common cause) is dashed; a node marked ``hidden`` has a dashed border. An edge that
    has a ``probability`` says it, and is the paler the less sure it is; an undecided pair is joined by dots and a
    question mark.
    A node of ``targets`` has a double border, and under a do in time the name ``do(x[t])``; the edges that the
    intervention cuts are faint and dotted, at the places that they have without it. Elements have the classes
    ``node``, ``target``, ``edge``, ``directed``, ``bidirected``, ``cut`` for a page to style, nodes ``data-node``,
    edges ``data-from`` and ``data-to``.

    Args:
        graph: nodes by name; the ``kind`` of an edge is ``directed``, ``bidirected`` or ``undecided``.
        names: what to write in place of a node's name.
        targets: the nodes that are intervened on.
        kept: the edges that the intervention leaves; None for a do, which cuts all that point into a target.
        title: what the picture shows, for those who do not see it; the edges are added in words.

    Raises:
        ScmgenError: if the directed edges form a cycle.
    """
    filmed = moves(graph)
    if filmed:
        graph = unfolded(graph)
        last = max(column for _, column in graph.nodes(data="column"))
        current = [(node, said["origin"]) for node, said in graph.nodes(data=True) if said["column"] in (-1, last)]
        targets = [node for node, name in current if name in targets]
        origin = dict(graph.nodes(data="origin"))
        kept = kept if kept is None else {(a, b) for a, b in graph.edges() if (origin[a], origin[b]) in kept}
    directed = nx.DiGraph()
    directed.add_nodes_from(graph)
    directed.add_edges_from((a, b) for a, b, kind in graph.edges(data="kind") if kind == "directed")
    confounded, undecided = edges(graph, "bidirected"), edges(graph, "undecided")
    sure = {(a, b): p for a, b, p in graph.edges(data="probability") if p is not None}
    if not nx.is_directed_acyclic_graph(directed):
        cycle = [a for a, _ in nx.find_cycle(directed)]
        raise ScmgenError(f"the graph cannot be drawn: {' -> '.join([*cycle, cycle[0]])} is a cycle")
    texts = {node: (names or {}).get(node, node) for node in graph}
    held = ", in each frame t in which it holds" if filmed else ""
    words = _words(directed.edges, confounded, texts, targets, undecided, held)
    texts |= {node: f"do({texts[node]})" for node in targets if filmed and kept is None}
    widths = {node: _width(text) for node, text in texts.items()}
    layout = film.arrange(graph, directed, widths) if filmed else arrange(directed, widths)
    arcs, dots = ({(a, b): arc(layout, a, b) for a, b in pairs} for pairs in (confounded, undecided))

    def cut(a: str, b: str, both: bool) -> bool:
        return b in targets or (both and a in targets) if kept is None else (a, b) not in kept

    lines = [_edge(a, b, path, cut(a, b, False), sure=sure.get((a, b), 1.0)) for (a, b), path in layout.paths.items()]
    lines += [_edge(a, b, path, cut(a, b, True), both=True) for (a, b), path in arcs.items()]
    lines += [_loose(a, b, path) for (a, b), path in dots.items()]
    boxes = [_node(layout, node, texts[node], node in targets, graph.nodes[node]) for node in graph]
    remarks = {edge: f"{p:.2f}" for edge, p in sure.items()} | dict.fromkeys(dots, "?")
    written = labels.place(layout, layout.paths | dots, remarks)
    head = _head(layout, [*layout.paths.values(), *arcs.values(), *dots.values()], title, words)
    return "\n".join([head, *lines, *boxes, *written, "</svg>"])


def _width(text: str) -> float:
    columns = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return columns * _ADVANCE + 2 * _PADDING


def _head(layout: Layout, paths: Iterable[Path], title: str, words: str) -> str:
    """Open the picture, wide enough for boxes and curves."""
    dots = [dot for path in paths for dot in sample(path)]
    for node, (x, y) in layout.places.items():
        half = layout.widths[node] / 2
        dots += [(x - half, y - HEIGHT / 2), (x + half, y + HEIGHT / 2)]
    left, top = (min((dot[k] for dot in dots), default=0) - _MARGIN for k in (0, 1))
    width, height = (max((dot[k] for dot in dots), default=0) + _MARGIN - low for k, low in ((0, left), (1, top)))
    label = html.escape(f"{title}: {words}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="causal-graph" role="img" aria-label="{label}" '
        f'viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'font-family="{_FONT}" font-size="{_SIZE}"><title>{html.escape(title)}</title>'
    )


def _words(
    directed: Iterable[Edge],
    confounded: Iterable[Edge],
    texts: Mapping[str, str],
    targets: Collection[str],
    undecided: Iterable[Edge],
    held: str,
) -> str:
    """The graph in a sentence; ``held`` is in which frames an intervention holds."""
    clauses = [f"{texts[a]} causes {texts[b]}" for a, b in directed]
    clauses += [f"{texts[a]} and {texts[b]} have a hidden common cause" for a, b in confounded]
    clauses += [f"{texts[a]} and {texts[b]} are undecided" for a, b in undecided]
    clauses += [f"intervention on {texts[node]}{held}" for node in texts if node in targets]
    return "; ".join(clauses) or f"no edges between {', '.join(texts.values())}"


def _edge(a: str, b: str, path: Path, cut: bool, both: bool = False, sure: float = 1.0) -> str:
    """A curve with its head, or with two; the paler the less sure it is."""
    colour, kind = (_CAUSE, "bidirected") if both else (_LINE, "directed")
    style = _FAINT if cut else 'stroke-dasharray="6 4"' if both else ""
    tips = [path[-2:]] + ([path[1::-1]] if both else [])
    heads = "".join(f'<path d="{_tip(*ends)}" fill="{colour}" stroke="none"/>' for ends in tips)
    shade = 0.6 if cut else round(0.35 + 0.65 * sure, 2)
    return (
        f'<g class="edge {kind}{" cut" * cut}" data-from="{html.escape(a)}" data-to="{html.escape(b)}" '
        f'stroke="{colour}" stroke-width="1.6" stroke-linecap="round" fill="none" opacity="{shade:g}">'
        f'<path d="{_curve(path)}" {style}/>{heads}</g>'
    )


def _loose(a: str, b: str, path: Path) -> str:
    """A dotted curve between two nodes of which neither is known to cause the other."""
    return (
        f'<path class="edge undecided" data-from="{html.escape(a)}" data-to="{html.escape(b)}" d="{_curve(path)}" '
        f'stroke="{_DO}" stroke-width="1.6" stroke-dasharray="2 5" fill="none"/>'
    )


def _curve(path: Path) -> str:
    start, *rest = path
    return f"M{_xy(start)}" + "".join(f"C{_xy(*rest[k : k + 3])}" for k in range(0, len(rest), 3))


def _tip(before: tuple[float, float], end: tuple[float, float]) -> str:
    """A head at the end of a curve that comes from ``before``."""
    dx, dy = end[0] - before[0], end[1] - before[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    dx, dy = 9 * dx / length, 9 * dy / length
    back = (end[0] - dx, end[1] - dy)
    sides = (back[0] - 0.45 * dy, back[1] + 0.45 * dx), (back[0] + 0.45 * dy, back[1] - 0.45 * dx)
    return f"M{_xy(end)}L{_xy(sides[0])}L{_xy(sides[1])}Z"


def _xy(*points: tuple[float, float]) -> str:
    return " ".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _node(layout: Layout, node: str, text: str, target: bool, marks: Mapping[str, object]) -> str:
    x, y = layout.places[node]
    dash = ' stroke-dasharray="4 3" font-style="italic"' if marks.get("hidden") else ""
    rects = "".join(_rects(x, y, layout.widths[node], target, dash))
    return (
        f'<g class="node{" target" * target}" data-node="{html.escape(node)}">{rects}'
        f'<text x="{x:.1f}" y="{y + 4.5:.1f}" text-anchor="middle" fill="{_INK}">{html.escape(text)}</text></g>'
    )


def _rects(x: float, y: float, width: float, target: bool, dash: str) -> Iterator[str]:
    fill, stroke = (_BOX_DO, _DO) if target else (_BOX, _LINE)
    for inset, ground in ((0.0, fill), (3.5, "none"))[: 1 + target]:
        place = f'x="{x - width / 2 + inset:.1f}" y="{y - HEIGHT / 2 + inset:.1f}"'
        extent = f'width="{width - 2 * inset:.1f}" height="{HEIGHT - 2 * inset:.1f}" rx="{7 - inset:.1f}"'
        yield f'<rect {place} {extent} fill="{ground}" stroke="{stroke}" stroke-width="1.4"{dash}/>'
