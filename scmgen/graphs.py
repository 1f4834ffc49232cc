"""Graphs over the factors, and the notations that the field reads."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal, TypeAlias

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError, suggestion
from scmgen.scm import SCM

Notation: TypeAlias = Literal["text", "dot", "dagitty", "json", "csv", "graphml"]


def factor_graph(scm: SCM, factors: Sequence[str]) -> nx.MultiDiGraph:
    """Project the full graph onto ``factors`` (latent projection, Verma 1993).

    ``a -> b`` (``kind="directed"``) stands where a directed path leads from a to b with no other
    factor on it. ``a <-> b`` (``kind="bidirected"``, stored once, in the order of ``factors``)
    stands where one hidden *noise* reaches both on such paths: a helper without noise is a function
    of its parents and confounds nothing.
    """
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(factors)
    confounded: set[tuple[str, str]] = set()
    for equation in scm.equations:
        shaken: set[str] = set()  # by the noise of this equation, which all its targets share
        for target in equation.targets:
            reached = _reach(scm.graph, target, set(factors))
            if target in factors:
                graph.add_edges_from((target, factor, {"kind": "directed"}) for factor in factors if factor in reached)
            shaken |= {target} if target in factors else reached
        if equation.expression.noise:
            confounded.update(itertools.combinations([factor for factor in factors if factor in shaken], 2))
    graph.add_edges_from(
        (a, b, {"kind": "bidirected"}) for a, b in sorted(confounded, key=lambda pair: [factors.index(f) for f in pair])
    )
    return graph


def full_graph(scm: SCM, factors: Collection[str]) -> nx.MultiDiGraph:
    """The graph over all variables, with the kinds of edges of :func:`factor_graph`.

    Bidirected edges stand only between the targets of one equation, which share its noise. Nodes
    that are no factors are marked ``hidden=True``.
    """
    graph = factor_graph(scm, scm.variables)
    graph.add_nodes_from((name, {"hidden": True}) for name in scm.variables if name not in factors)
    return graph


def mutilated(graph: nx.MultiDiGraph, targets: Collection[str]) -> nx.MultiDiGraph:
    """Cut what a do on ``targets`` cuts (Pearl 2009, section 3.2): every edge that points into one of them.

    A bidirected edge points into both its ends: the hidden cause no longer moves the target. An
    intervention that keeps the parents (a shift, another equation over them) cuts nothing.

    Raises:
        ScmgenError: if a target is no node of the graph.
    """
    for target in targets:
        if target not in graph:
            raise ScmgenError(f"do({target}): no node of this graph; {suggestion(target, graph)}")
    cut = nx.MultiDiGraph(**graph.graph)
    cut.add_nodes_from(graph.nodes(data=True))
    cut.add_edges_from(
        (a, b, data)
        for a, b, data in graph.edges(data=True)
        if b not in targets and (data["kind"] == "directed" or a not in targets)
    )
    return cut


def _reach(graph: nx.DiGraph, source: str, factors: set[str]) -> set[str]:
    """Factors at the end of a directed path from ``source`` that meets no factor before."""
    found: set[str] = set()
    stack = list(graph.successors(source))
    seen = set(stack)
    while stack:
        node = stack.pop()
        if node in factors:
            found.add(node)
            continue
        new = set(graph.successors(node)) - seen
        seen |= new
        stack += new
    return found


def edges(graph: nx.MultiDiGraph, kind: Literal["directed", "bidirected"]) -> list[tuple[str, str]]:
    """The edges of one kind, as (cause, effect) or as a pair."""
    return [(a, b) for a, b, found in graph.edges(data="kind") if found == kind]


def adjacency(graph: nx.MultiDiGraph, kind: Literal["directed", "bidirected"] = "directed") -> NDArray[np.int8]:
    """Matrix ``A`` of shape (d, d) with ``A[i, j] = 1`` for an edge i -> j (row causes column).

    Bidirected edges make it symmetric.
    """
    nodes = list(graph)
    matrix = np.zeros((len(nodes), len(nodes)), dtype=np.int8)
    for a, b in edges(graph, kind):
        matrix[nodes.index(a), nodes.index(b)] = 1
        if kind == "bidirected":
            matrix[nodes.index(b), nodes.index(a)] = 1
    return matrix


def write(graph: nx.MultiDiGraph, notation: Notation) -> str:
    """Spell a graph of :func:`factor_graph` as readable text or in a notation that other tools read.

    ``dot`` is Graphviz, ``json`` node-link data (networkx, D3), ``graphml`` that of networkx, igraph
    and Gephi. ``csv`` is one named adjacency matrix in which the row causes the column: 1 for ``->``,
    2 for ``<->`` (in both cells of the pair), 3 for both; so a graph without hidden common causes
    is a matrix of zeros and ones.
    """
    directed, bidirected = edges(graph, "directed"), edges(graph, "bidirected")
    hidden = {node for node, found in graph.nodes(data="hidden") if found}
    match notation:
        case "text":
            return _text(graph, bidirected, hidden)
        case "dot":
            lines = [f'  "{node}"{" [style=dashed]" if node in hidden else ""};' for node in graph]
            lines += [f'  "{a}" -> "{b}";' for a, b in directed]
            lines += [f'  "{a}" -> "{b}" [dir=both, style=dashed];' for a, b in bidirected]
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
    return "\n".join(lines + [f"{a} <-> {b}  (hidden common cause)" for a, b in bidirected])


def equivalence_class(graph: nx.MultiDiGraph, targets: Sequence[frozenset[str]]) -> dict[str, Any]:
    """What observation and interventions on ``targets`` identify of a DAG.

    The interventional essential graph of Hauser and Buehlmann (2012, JMLR 13, definition 2): edges
    that every DAG of the class orients alike are ``directed``, the others ``undirected``. Where
    hidden common causes remain, classes of DAGs do not apply and ``kind`` is ``"none"``.
    """
    if edges(graph, "bidirected"):
        return {"kind": "none", "reason": "hidden common causes between factors: no class of DAGs applies"}
    directed, undirected = _essential(edges(graph, "directed"), list(graph), targets)
    return {
        "kind": "interventional essential graph",
        "targets": [sorted(target) for target in targets],
        "directed": sorted(map(list, directed)),
        "undirected": sorted(map(list, undirected)),
    }


def _essential(
    arrows: list[tuple[str, str]], nodes: list[str], targets: Sequence[frozenset[str]]
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    true = set(arrows)

    def adjacent(a: str, b: str) -> bool:
        return (a, b) in true or (b, a) in true

    def collider(a: str, b: str) -> bool:
        return any((c, b) in true and c != a and not adjacent(a, c) for c in nodes)

    known = {(a, b) for a, b in true if collider(a, b) or any(len({a, b} & target) == 1 for target in targets)}
    while True:  # Meek's rules 1 to 4 (1995); all they orient agrees with the true graph
        free = true - known
        new = {(a, b) for a, b in free if _meek(a, b, nodes, known, free, adjacent)}
        if not new:
            return known, free
        known |= new


def _meek(
    a: str, b: str, nodes: list[str], known: set[tuple[str, str]], free: set[tuple[str, str]], adjacent: Any
) -> bool:
    def loose(x: str, y: str) -> bool:
        return (x, y) in free or (y, x) in free

    into = [c for c in nodes if (c, b) in known]
    return (
        any((c, a) in known and not adjacent(c, b) for c in nodes if c != b)
        or any((a, c) in known for c in into)
        or any(loose(a, c) and loose(a, d) and not adjacent(c, d) for c, d in itertools.combinations(into, 2))
        or any(loose(a, d) and (d, c) in known and not adjacent(d, b) for c in into for d in nodes if d not in (a, b))
    )
