"""Graphs over the factors: the projection of a causal model, what a do cuts, edges and matrices."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from typing import Literal, TypeAlias

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError, suggestion
from scmgen.scm import lagged
from scmgen.scm.model import SCM
from scmgen.terminal import listed

Kind: TypeAlias = Literal["directed", "bidirected", "undecided"]
"""Of an edge: a cause, a hidden common cause, or a pair of which a learner could not tell."""

_DRAWN = 40  # nodes of a picture in a notebook


class CausalGraph(nx.MultiDiGraph):  # type: ignore[misc]  # networkx has no types
    """A graph of networkx that shows itself: its edges in a terminal, a picture in a notebook."""

    def __repr__(self) -> str:
        signs = {"directed": "->", "bidirected": "<->"}
        drawn = [
            f"{lagging(a, data.get('lag'))} {signs.get(data['kind'], '--')} {b}" for a, b, data in self.edges(data=True)
        ]
        return f"<CausalGraph of {listed(list(map(str, self)))}: {listed(drawn, 12) or 'no edges'}>"

    def _repr_html_(self) -> str | None:
        """The picture, unless it would be crowded or has no order from causes to effects."""
        from scmgen.scm.graph_picture.picture import svg

        try:
            return svg(self) if len(self) <= _DRAWN else None
        except ScmgenError:
            return None

    def do(self, *targets: str) -> CausalGraph:
        """The graph that setting these factors leaves: no edge points into them any more; see :func:`mutilated`.

        Raises:
            ScmgenError: if a target is no node of the graph.
        """
        return mutilated(self, targets)


def factor_graph(scm: SCM, factors: Sequence[str]) -> CausalGraph:
    """Project the full graph onto ``factors`` (latent projection, Verma 1993).

    ``a -> b`` (``kind="directed"``) stands where a directed path leads from a to b with no other
    factor on it. ``a <-> b`` (``kind="bidirected"``, stored once, in the order of ``factors``)
    stands where one hidden *noise* reaches both on such paths: a helper without noise is a function
    of its parents and confounds nothing.

    Of a model that moves every edge has a ``lag``, how many frames its cause comes before its effect (which is the
    second of a bidirected pair), and a node that is the same in all frames of a clip is marked ``constant=True``.
    """
    graph = CausalGraph()
    graph.add_nodes_from(factors)
    if scm.frames is not None:
        _add_lagged(graph, scm, factors)
        return graph
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


def _add_lagged(graph: CausalGraph, scm: SCM, factors: Sequence[str]) -> None:
    steady, _ = lagged.projected(scm, factors)
    for name in lagged.constants(scm) & {*factors}:
        graph.nodes[name]["constant"] = True
    for kind, found in steady.items():
        graph.add_edges_from((a, b, {"kind": kind, "lag": lag}) for a, b, lag in found)


def moves(graph: nx.MultiDiGraph) -> bool:
    """Whether a graph is over what changes in time: its edges have lags."""
    return any(lag is not None for _, _, lag in graph.edges(data="lag"))


def lagging(name: str, lag: int | None) -> str:
    """How a cause is spelled that comes so many frames before its effect.

    >>> lagging("height", 1), lagging("height", 0)
    ('height[t-1]', 'height')
    """
    return f"{name}[t-{lag}]" if lag else name


def unfolded(graph: nx.MultiDiGraph) -> CausalGraph:
    """A graph with lags as one without: what moves has a node a frame, ``x[t-1]`` and ``x[t]``, a constant has one.

    Its edges are those that end in frame t, or in a constant; of earlier frames only what causes something is there.
    """
    flat = CausalGraph()
    most = max((lag or 0 for _, _, lag in graph.edges(data="lag")), default=0)
    for lag in range(most, -1, -1):
        for name, said in graph.nodes(data=True):
            if not said.get("constant"):
                flat.add_node(_at(graph, name, lag), **said, column=most - lag, origin=name)
            elif lag == most:
                flat.add_node(name, **said, column=-1, origin=name)
    for a, b, data in graph.edges(data=True):
        rest = {key: value for key, value in data.items() if key != "lag"}
        flat.add_edge(_at(graph, a, data.get("lag") or 0), _at(graph, b, 0), **rest)
    early = [node for node, column in flat.nodes(data="column") if 0 <= column < most and not flat.degree(node)]
    flat.remove_nodes_from(early)
    return flat


def _at(graph: nx.MultiDiGraph, name: str, lag: int) -> str:
    return name if graph.nodes[name].get("constant") else f"{name}[t-{lag}]" if lag else f"{name}[t]"


def full_graph(scm: SCM, factors: Collection[str]) -> CausalGraph:
    """The graph over all variables, with the kinds of edges of :func:`factor_graph`.

    Bidirected edges stand only between the targets of one equation, which share its noise. Nodes
    that are no factors are marked ``hidden=True``.
    """
    graph = factor_graph(scm, scm.variables)
    graph.add_nodes_from((name, {"hidden": True}) for name in scm.variables if name not in factors)
    return graph


def mutilated(graph: nx.MultiDiGraph, targets: Collection[str]) -> CausalGraph:
    """Cut what a do on ``targets`` cuts (Pearl 2009, section 3.2): every edge that points into one of them.

    A bidirected edge points into both its ends: the hidden cause no longer moves the target. An
    intervention that keeps the parents (a shift, another equation over them) cuts nothing.

    Raises:
        ScmgenError: if a target is no node of the graph.
    """
    for target in targets:
        if target not in graph:
            raise ScmgenError(f"do({target}): no node of this graph; {suggestion(target, graph)}")
    cut = CausalGraph(**graph.graph)
    cut.add_nodes_from(graph.nodes(data=True))
    cut.add_edges_from(
        (a, b, data)
        for a, b, data in graph.edges(data=True)
        if data["kind"] == "undecided" or (b not in targets and (data["kind"] == "directed" or a not in targets))
    )
    return cut


def _reach(graph: nx.DiGraph, source: str, factors: set[str]) -> set[str]:
    """Factors at the end of a directed path from ``source`` that meets no factor before."""
    reached: set[str] = set()
    stack = list(graph.successors(source))
    seen = set(stack)
    while stack:
        node = stack.pop()
        if node in factors:
            reached.add(node)
            continue
        new = set(graph.successors(node)) - seen
        seen |= new
        stack += new
    return reached


def edges(graph: nx.MultiDiGraph, kind: Kind) -> list[tuple[str, str]]:
    """The edges of one kind, as (cause, effect) or as a pair."""
    return [(a, b) for a, b, each in graph.edges(data="kind") if each == kind]


def adjacency(graph: nx.MultiDiGraph, kind: Kind = "directed") -> NDArray[np.int8]:
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
