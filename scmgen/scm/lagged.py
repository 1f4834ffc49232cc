"""Graphs in time: the model unrolled over frames, and what of it repeats itself, with the lag of each edge.

A node of an unrolled graph is a variable in a frame, ``(name, frame)``. What is the same in all frames of a clip, a
constant of it, has one node, whose frame is None.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import networkx as nx

from scmgen.scm.model import SCM
from scmgen.scm.solving import TIME

Node: TypeAlias = tuple[str, int | None]
Edge: TypeAlias = tuple[str, str, int]
"""Cause, effect, and how many frames before."""

LAGS = 8  # that are looked for behind hidden variables which remember, however long they do
_NOISE = "~"


def constants(scm: SCM) -> frozenset[str]:
    """The variables that are the same in all frames of a clip: no clock, other frame or fresh noise reaches them."""
    moving = {
        target
        for equation in scm.equations
        for target in equation.targets
        if equation.expression.each or equation.expression.lags or TIME in equation.expression.names
    }
    return frozenset(scm.variables) - moving.union(*(nx.descendants(scm.graph, name) for name in moving))


def unrolled(scm: SCM, frames: int | None = None) -> nx.DiGraph:
    """The graph over variables in frames: what each reads where, first values only where there is no earlier frame.

    Args:
        scm: a model that moves.
        frames: how many; those of a clip if None.
    """
    still, known, count = constants(scm), {*scm.variables}, scm.frames or 1
    count = count if frames is None else frames
    graph = nx.DiGraph()
    for equation in scm.equations:
        read = equation.expression
        for target in equation.targets:
            for frame in (None,) if target in still else range(count):
                graph.add_node((target, frame))
                for name in known & {*read.names}:
                    early = any(frame is not None and frame < lag for _, lag in read.lags)
                    if name not in read.starting or early:
                        graph.add_edge((name, None if name in still else frame), (target, frame))
                for name, lag in read.lags:
                    if frame is not None and frame >= lag:
                        graph.add_edge((name, None if name in still else frame - lag), (target, frame))
    return graph


def projected(scm: SCM, factors: Sequence[str]) -> tuple[dict[str, list[Edge]], dict[str, list[Edge]]]:
    """The latent projection onto factors in frames: directed and bidirected edges, by how far they reach back.

    Returns:
        The edges that every frame has, once it has frames enough before it, and those that only the first frame has;
        by kind. Edges from a constant of the clip have lag 0. A hidden variable that remembers brings edges of every
        lag, of which those up to :data:`LAGS` frames (or the longest lag that is written) are told.
    """
    longest = max((lag for equation in scm.equations for _, lag in equation.expression.lags), default=0)
    most = max(longest, LAGS)
    frames = min(scm.frames or 1, 2 * most + longest + 1)
    graph = _with_noise(scm, frames)
    last, first = frames - 1, 0
    steady = _edges(graph, factors, last, min(most, last))
    begun = _edges(graph, factors, first, 0)
    return steady, {kind: [edge for edge in begun[kind] if edge not in steady[kind]] for kind in begun}


def _with_noise(scm: SCM, frames: int) -> nx.DiGraph:
    """The unrolled graph, and above each variable that has noise the noise that it has."""
    graph = unrolled(scm, frames)
    for equation in scm.equations:
        name = equation.targets[0]
        if equation.expression.noise:
            ends = [node for node in graph if node[0] in equation.targets]
            graph.add_edges_from(
                ((_NOISE + name, node[1] if equation.expression.each else None), node) for node in ends
            )
    return graph


def _edges(graph: nx.DiGraph, factors: Sequence[str], frame: int, most: int) -> dict[str, list[Edge]]:
    """The edges that end in one frame, or between constants."""
    found: dict[str, set[Edge]] = {"directed": set(), "bidirected": set()}
    reached: dict[Node, set[Node]] = defaultdict(set)
    for source in list(graph):
        ends = _reach(graph, source, factors)
        if source[0] in factors:
            for end in ends:
                found["directed"] |= set(_span(source, end, frame, most))
        elif source[0].startswith(_NOISE):
            reached[source] = ends
    for ends in reached.values():
        for one in ends:
            for other in ends - {one}:
                ranked = one[1] != other[1] or factors.index(one[0]) < factors.index(other[0])
                found["bidirected"] |= set(_span(one, other, frame, most)) if ranked else set()
    rank = {name: i for i, name in enumerate(factors)}
    return {
        kind: sorted(edges, key=lambda edge: (rank[edge[1]], edge[2], rank[edge[0]])) for kind, edges in found.items()
    }


def _span(cause: Node, effect: Node, frame: int, most: int) -> Iterator[Edge]:
    """The edge between two nodes, if it ends in the frame."""
    if effect[1] not in (None, frame):
        return
    lag = 0 if cause[1] is None or effect[1] is None else effect[1] - cause[1]
    if 0 <= lag <= most:
        yield cause[0], effect[0], lag


def _reach(graph: nx.DiGraph, source: Node, factors: Sequence[str]) -> set[Node]:
    """Factors at the end of a directed path that meets no factor before."""
    reached: set[Node] = set()
    stack = list(graph.successors(source))
    seen = {*stack}
    while stack:
        node = stack.pop()
        if node[0] in factors:
            reached.add(node)
            continue
        new = {*graph.successors(node)} - seen
        seen |= new
        stack += new
    return reached
