"""Classes of graphs that the same data and interventions fit."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import networkx as nx

from scmgen.scm.graph import edges


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
