"""The notations for graphs that the field reads."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Literal, TypeAlias

import networkx as nx

from scmgen.scm.graph import adjacency, edges, lagging, moves, unfolded

Notation: TypeAlias = Literal["text", "dot", "dagitty", "json", "csv", "graphml"]


def write(graph: nx.MultiDiGraph, notation: Notation) -> str:
    """Spell a graph of :func:`factor_graph` as readable text or in a notation that other tools read.

    ``dot`` is Graphviz, ``json`` node-link data (networkx, D3), ``graphml`` that of networkx, igraph
    and Gephi. ``csv`` is one named adjacency matrix in which the row causes the column: 1 for ``->``,
    2 for ``<->`` (in both cells of the pair), 3 for both; so a graph without hidden common causes
    is a matrix of zeros and ones. Of a graph with lags ``text`` writes them behind the names, ``json`` as ``lag`` of
    each edge, and the others have a node for each variable in each frame.
    """
    if moves(graph) and notation not in ("text", "json"):
        graph = unfolded(graph)
    directed, bidirected = edges(graph, "directed"), edges(graph, "bidirected")
    hidden = {node for node, is_hidden in graph.nodes(data="hidden") if is_hidden}
    match notation:
        case "text":
            return _text(graph, hidden)
        case "dot":
            lines = [f'  "{node}"{" [style=dashed]" if node in hidden else ""};' for node in graph]
            lines += [f'  "{a}" -> "{b}"{_sure(graph, a, b)};' for a, b in directed]
            lines += [f'  "{a}" -> "{b}" [dir=both, style=dashed];' for a, b in bidirected]
            lines += [f'  "{a}" -> "{b}" [dir=none, style=dotted];' for a, b in edges(graph, "undecided")]
            return "\n".join(["digraph {", *_frames(graph), *lines, "}"])  # without a name: readers stumble over one
        case "dagitty":
            spelt = {node: f'"{node}"' if "[" in node else node for node in graph}
            nodes = [f"{spelt[node]} [latent]" if node in hidden else spelt[node] for node in graph]
            arrows = [f"{spelt[a]} -> {spelt[b]}" for a, b in directed]
            arrows += [f"{spelt[a]} <-> {spelt[b]}" for a, b in bidirected]
            return "\n".join(["dag {", *(f"  {line}" for line in [*nodes, *arrows]), "}"])
        case "json":
            return json.dumps(node_link(graph), indent=2)
        case "csv":
            matrix = adjacency(graph) + 2 * adjacency(graph, "bidirected")
            rows = [",".join([node, *map(str, row)]) for node, row in zip(graph, matrix, strict=True)]
            return "\n".join([",".join(["", *graph]), *rows])
        case "graphml":
            numbered = nx.MultiDiGraph()  # GraphML's edge ids must differ; networkx writes the keys
            numbered.add_nodes_from(graph.nodes(data=True))
            numbered.add_edges_from(
                (a, b, i, {"kind": kind}) for i, (a, b, kind) in enumerate(graph.edges(data="kind"))
            )
            return "\n".join(nx.generate_graphml(numbered, named_key_ids=True))


def _frames(graph: nx.MultiDiGraph) -> list[str]:
    """What lays a graph over frames out from left to right, a frame a column, in DOT."""
    columns: dict[int, list[str]] = {}
    for node, column in graph.nodes(data="column"):
        if column is not None:
            columns.setdefault(column, []).append(f'"{node}";')
    ranks = [f"  {{rank=same; {' '.join(nodes)}}}" for _, nodes in sorted(columns.items())]
    return ["  rankdir=LR;", *ranks] if ranks else []


def _sure(graph: nx.MultiDiGraph, a: str, b: str) -> str:
    """How sure a learner is of an edge, as an option of DOT."""
    sure = next((data["probability"] for data in graph[a][b].values() if "probability" in data), None)
    return "" if sure is None else f' [label="{sure:.2f}"]'


def node_link(graph: nx.Graph) -> dict[str, Any]:
    """The canonical JSON of networkx."""
    data: dict[str, Any] = nx.node_link_data(graph, edges="edges")
    return data


def _text(graph: nx.MultiDiGraph, hidden: Collection[str]) -> str:
    width = max(len(node) for node in graph)
    known = {(a, b, data.get("lag") or 0) for a, b, data in graph.edges(data=True) if data["kind"] == "directed"}
    lags, lines = sorted({lag for _, _, lag in known}), []
    for node in graph:
        parents = [lagging(other, lag) for lag in lags for other in graph if (other, node, lag) in known]
        line = f"{node:<{width}} <- {', '.join(parents)}" if parents else f"{node:<{width}}    (root)"
        lines.append(f"{line}  (hidden)" if node in hidden else line)
    confounded = [(a, b, data.get("lag")) for a, b, data in graph.edges(data=True) if data["kind"] == "bidirected"]
    lines += [f"{lagging(a, lag)} <-> {b}  (hidden common cause)" for a, b, lag in confounded]
    return "\n".join(lines + [f"{a} ? {b}  (undecided)" for a, b in edges(graph, "undecided")])
