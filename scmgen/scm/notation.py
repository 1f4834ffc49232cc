"""The notations for graphs that the field reads."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any, Literal, TypeAlias

import networkx as nx

from scmgen.scm.graph import adjacency, edges

Notation: TypeAlias = Literal["text", "dot", "dagitty", "json", "csv", "graphml"]


def write(graph: nx.MultiDiGraph, notation: Notation) -> str:
    """Spell a graph of :func:`factor_graph` as readable text or in a notation that other tools read.

    ``dot`` is Graphviz, ``json`` node-link data (networkx, D3), ``graphml`` that of networkx, igraph
    and Gephi. ``csv`` is one named adjacency matrix in which the row causes the column: 1 for ``->``,
    2 for ``<->`` (in both cells of the pair), 3 for both; so a graph without hidden common causes
    is a matrix of zeros and ones.
    """
    directed, bidirected = edges(graph, "directed"), edges(graph, "bidirected")
    hidden = {node for node, is_hidden in graph.nodes(data="hidden") if is_hidden}
    match notation:
        case "text":
            return _text(graph, bidirected, hidden)
        case "dot":
            lines = [f'  "{node}"{" [style=dashed]" if node in hidden else ""};' for node in graph]
            lines += [f'  "{a}" -> "{b}"{_sure(graph, a, b)};' for a, b in directed]
            lines += [f'  "{a}" -> "{b}" [dir=both, style=dashed];' for a, b in bidirected]
            lines += [f'  "{a}" -> "{b}" [dir=none, style=dotted];' for a, b in edges(graph, "undecided")]
            return "\n".join(["digraph {", *lines, "}"])  # without a name: readers stumble over one
        case "dagitty":
            nodes = [f"{node} [latent]" if node in hidden else node for node in graph]
            arrows = [f"{a} -> {b}" for a, b in directed] + [f"{a} <-> {b}" for a, b in bidirected]
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


def _sure(graph: nx.MultiDiGraph, a: str, b: str) -> str:
    """How sure a learner is of an edge, as an option of DOT."""
    sure = next((data["probability"] for data in graph[a][b].values() if "probability" in data), None)
    return "" if sure is None else f' [label="{sure:.2f}"]'


def node_link(graph: nx.Graph) -> dict[str, Any]:
    """The canonical JSON of networkx."""
    data: dict[str, Any] = nx.node_link_data(graph, edges="edges")
    return data


def _text(graph: nx.MultiDiGraph, bidirected: Iterable[tuple[str, str]], hidden: Collection[str]) -> str:
    width = max(len(node) for node in graph)
    directed = set(edges(graph, "directed"))
    lines = []
    for node in graph:
        parents = [other for other in graph if (other, node) in directed]
        line = f"{node:<{width}} <- {', '.join(parents)}" if parents else f"{node:<{width}}    (root)"
        lines.append(f"{line}  (hidden)" if node in hidden else line)
    lines += [f"{a} <-> {b}  (hidden common cause)" for a, b in bidirected]
    return "\n".join(lines + [f"{a} ? {b}  (undecided)" for a, b in edges(graph, "undecided")])
