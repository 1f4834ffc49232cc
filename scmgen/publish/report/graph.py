"""The causal graph of a data set, and what each intervention cuts of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import networkx as nx

from scmgen.publish.markup import Safe, choice, element, joined
from scmgen.publish.report.gathered import Part, Regime, frequent, spelled
from scmgen.scm.graph_picture import picture
from scmgen.storage.entries import EdgeLists, GraphPart
from scmgen.storage.loading.reader import Data

_ABOVE = "Causes above, effects below. "
_BEFORE = (
    "Time runs from left to right: x[t-1] is x in the frame before, x[t] in this one; what is constant has no time. "
)
_LEGEND = (
    "A dashed line is a hidden common cause. Where there is an intervention, "
    "its target has a double border, and what it cuts is dotted."
)

Kept: TypeAlias = set[tuple[str, str]] | None
"""The edges that an intervention leaves; None for a do, which cuts all that point into a target."""


def section(data: Data, parts: Sequence[Part]) -> Safe:
    """The graph under observation and under each intervention; a plain sentence where none is known."""
    known, graph = data.manifest.graph, data.graph
    if known is None or graph is None:
        return element("p", "The causal graph of this data set is not known.")
    panels = [("observed", _drawn(graph, f"Causal graph of {data.name}"))]
    panels += [
        (name, _drawn(graph, f"Causal graph under {name}", targets, kept))
        for name, targets, kept in _interventions(data, known, graph, parts)
    ]
    still = data.frame.frames is None  # of clips a manifest tells no lags of variants
    variants = known.variants.items() if still else ()
    panels += [(name, _drawn(_graph(data, edges), f"Causal graph in {name}")) for name, edges in variants]
    legend = (_ABOVE if still else _BEFORE) + _LEGEND
    return joined([choice("graph", "Graph", panels), element("p", legend, class_="note")])


def _interventions(
    data: Data, known: GraphPart, graph: nx.MultiDiGraph, parts: Sequence[Part]
) -> list[tuple[str, tuple[str, ...], Kept]]:
    """Name, targets and kept edges of what is recorded, or where nothing is, of a do on each factor."""
    recorded = frequent([step for part in parts for step in part.steps], list(data.factors))
    if not recorded:
        return [(f"do({name})", (name,), None) for name in data.factors]
    return [(spelled(regime), regime[1], _kept(known, graph, regime)) for regime in recorded]


def _kept(known: GraphPart, graph: nx.MultiDiGraph, regime: Regime) -> Kept:
    """The edges that an intervention leaves, as the manifest tells; a kind of which it tells nothing leaves all."""
    kind, targets = regime
    entries = [cut for cut in known.mutilated if cut.kind == kind]
    for cut in entries:
        if set(cut.targets) == set(targets):
            return {*cut.directed, *cut.bidirected}
    return None if entries else set(graph.edges())


def _graph(data: Data, edges: EdgeLists) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(data.factors)
    for kind, pairs in (("directed", edges.directed), ("bidirected", edges.bidirected)):
        graph.add_edges_from((a, b, {"kind": kind}) for a, b in pairs)
    return graph


def _drawn(graph: nx.MultiDiGraph, title: str, targets: Sequence[str] = (), kept: Any = None) -> Safe:
    return element("div", Safe(picture.svg(graph, targets=targets, kept=kept, title=title)), class_="drawn")
