"""Classes of graphs that the same data and interventions fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from scmgen.scm.graph import adjacency, edges, lagging, moves, unfolded


def equivalence_class(graph: nx.MultiDiGraph, targets: Sequence[frozenset[str]]) -> dict[str, Any]:
    """What observation and interventions on ``targets`` identify of a DAG.

    The interventional essential graph of Hauser and Buehlmann (2012, JMLR 13, definition 2): edges
    that every DAG of the class orients alike are ``directed``, the others ``undirected``. Where
    hidden common causes remain, classes of DAGs do not apply and ``kind`` is ``"none"``.
    """
    if edges(graph, "bidirected"):
        return {"kind": "none", "reason": "hidden common causes between factors: no class of DAGs applies"}
    if moves(graph):
        return _in_time(graph, targets)
    nodes, true = list(graph), adjacency(graph) > 0
    known = _oriented(true, np.array([[name in target for name in nodes] for target in targets], bool))
    directed, undirected = (
        sorted([nodes[i], nodes[j]] for i, j in np.argwhere(some).tolist()) for some in (known, true & ~known)
    )
    return {
        "kind": "interventional essential graph",
        "targets": [sorted(target) for target in targets],
        "directed": directed,
        "undirected": undirected,
    }


def _in_time(graph: nx.MultiDiGraph, targets: Sequence[frozenset[str]]) -> dict[str, Any]:
    """The same of a graph with lags: what comes before in time is no effect, so only edges within a frame are open."""
    flat = unfolded(graph)
    nodes, true = list(flat), adjacency(flat) > 0
    frame, origin = (np.array([flat.nodes[node][what] for node in nodes]) for what in ("column", "origin"))
    sets = np.array([[name in target for name in origin] for target in targets], bool)
    known = _oriented(true, sets, true & (frame[:, None] != frame))
    lags = frame.max() - frame

    def told(some: NDArray[np.bool_]) -> list[list[str]]:
        pairs = np.argwhere(some).tolist()
        return sorted([lagging(origin[i], 0 if frame[i] < 0 else int(lags[i])), str(origin[j])] for i, j in pairs)

    return {
        "kind": "interventional essential graph in time",
        "targets": [sorted(target) for target in targets],
        "directed": told(known),
        "undirected": told(true & ~known),
    }


def _oriented(
    true: NDArray[np.bool_], sets: NDArray[np.bool_], given: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """The edges of a DAG ``(d, d)`` that colliders, targets ``(sets, d)`` and Meek's rules (1995, UAI) orient.

    ``given`` are edges whose direction is known anyway.
    """
    far = ~(true | true.T | np.eye(len(true), dtype=bool))
    known = true & ((far @ true) | (sets.T @ ~sets) | (~sets.T @ sets))
    known = known if given is None else known | given
    while (free := true & ~known).any():
        line, two = free | free.T, known @ known
        fork = np.einsum("ac,cb,ad,db,cd->ab", *(part.astype(int) for part in (line, known, line, known, far))) > 0
        new = free & ((known.T @ far) | two | fork | (line @ (two & far)))  # rules 1, 2, 3 and 4
        if not new.any():
            break
        known |= new
    return known
