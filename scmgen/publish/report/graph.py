"""The causal graph of a data set, and what each intervention cuts of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx

from scmgen.publish.graph import picture
from scmgen.publish.report.gathered import Part, Regime, frequent, spelled
from scmgen.publish.report.markup import Safe, choice, element, joined
from scmgen.storage.entries import EdgeLists, GraphPart
from scmgen.storage.loading.reader import Data

_LEGEND = (
    "Causes above, effects below. A dashed line is a hidden common cause. Where there is an intervention, "
    "its target has a double border, and what it cuts is dotted."
)


def section(data: Data, parts: Sequence[Part]) -> Safe:
    """The graph under observation and under each intervention; a plain sentence where none is known."""
    known, graph = data.manifest.graph, data.graph
    if known is None or graph is None:
        return element("p", "The causal graph of this data set is not known.")
    panels = [("observed", _drawn(graph, f"Causal graph of {data.name}"))]
    panels += [(spelled(regime), _under(known, graph, regime)) for regime in _regimes(data, parts)]
    panels += [(name, _drawn(_graph(data, edges), f"Causal graph in {name}")) for name, edges in known.variants.items()]
    return joined([choice("graph", "Graph", panels), element("p", _LEGEND, class_="note")])


def _regimes(data: Data, parts: Sequence[Part]) -> list[Regime]:
    """What is recorded, or where nothing is, a do on each factor."""
    found = frequent([step for part in parts for step in part.steps], list(data.factors))
    return found or [("hard", (name,)) for name in data.factors]


def _under(known: GraphPart, graph: nx.MultiDiGraph, regime: Regime) -> Safe:
    kind, targets = regime
    return _drawn(graph, f"Causal graph under {spelled(regime)}", targets, _kept(known, graph, kind, targets))


def _kept(known: GraphPart, graph: nx.MultiDiGraph, kind: str, targets: tuple[str, ...]) -> set[tuple[str, str]] | None:
    """The edges that an intervention leaves, as the manifest tells; a soft one leaves all."""
    if kind == "soft":
        return set(graph.edges())
    for cut in known.mutilated:
        if cut.kind == kind and set(cut.targets) == set(targets):
            return {*cut.directed, *cut.bidirected}
    return None


def _graph(data: Data, edges: EdgeLists) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(data.factors)
    for kind, pairs in (("directed", edges.directed), ("bidirected", edges.bidirected)):
        graph.add_edges_from((a, b, {"kind": kind}) for a, b in pairs)
    return graph


def _drawn(graph: nx.MultiDiGraph, title: str, targets: Sequence[str] = (), kept: Any = None) -> Safe:
    return element("div", Safe(picture.svg(graph, targets=targets, kept=kept, title=title)), class_="drawn")
