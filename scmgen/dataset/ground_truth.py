"""What a data set's graph part says: every graph that its samples follow, and what they identify."""

from __future__ import annotations

from typing import Any

import networkx as nx

from scmgen.dataset.sampling import Dataset
from scmgen.scene.scene import Scene
from scmgen.scm import lagged
from scmgen.scm.equivalence import equivalence_class
from scmgen.scm.graph import adjacency, edges, factor_graph
from scmgen.scm.notation import node_link

_MOST_SETS = 2_000  # unions of target sets over a chain that are followed


def describe(dataset: Dataset) -> dict[str, Any]:
    """The full graph, the factor graph in several forms, and what interventions and regimes do to it."""
    scene = dataset.scene
    return {
        "full": node_link(scene.graph if scene.frames is None else factor_graph(scene.scm, scene.scm.variables)),
        **_forms(scene.factor_graph),
        **({} if scene.frames is None else {"first": _first(scene)}),
        "mutilated": _mutilated(dataset),
        "variants": _variants(dataset),
        "equivalence_class": equivalence_class(scene.factor_graph, targets(dataset)),
        "groups": _groups(scene),
    }


def given(data: dict[str, Any] | None) -> dict[str, Any] | None:
    """The same of a graph over factors that were observed only, from its node-link data; None if it is not known."""
    if data is None:
        return None
    graph = nx.node_link_graph(data, edges="edges")
    return {
        "full": node_link(graph),
        **_forms(graph),
        "mutilated": [],
        "variants": {},
        "equivalence_class": equivalence_class(graph, [frozenset()]),
        "groups": {},
    }


def _forms(graph: nx.MultiDiGraph) -> dict[str, Any]:
    """The factor graph as node-link data and as matrices."""
    return {
        "factors": node_link(graph),
        "adjacency": {
            "names": list(graph),
            "orientation": "row causes column: directed[i][j] = 1 for an edge names[i] -> names[j]",
            "directed": adjacency(graph).tolist(),
            "bidirected": adjacency(graph, "bidirected").tolist(),
        },
        "descendants": {
            "names": list(graph),
            "orientation": "row reaches column: matrix[i][j] = 1 if names[j] is names[i] or a descendant of it",
            "matrix": _descendants(graph),
        },
    }


def targets(dataset: Dataset) -> list[frozenset[str]]:
    """The target sets of all recorded interventions and environments; the empty one is observation."""
    sets: set[frozenset[str]] = {frozenset()}
    for regimes in dataset.regimes.values():
        held: set[frozenset[str]] = {frozenset()}
        for policy in regimes[0].steps:
            start = {frozenset[str]()} if policy.step.base == "factual" else held
            unions = {a | b for a in start for b in policy.sets}
            held = unions if len(unions) <= _MOST_SETS else set(policy.sets)
            sets |= held
    for environment in dataset.spec.environments:
        sets.add(_touched(dataset.scene, {*environment.replace}, {*environment.parameters}))
    return sorted(sets, key=lambda names: (len(names), sorted(names)))


def _touched(scene: Scene, variables: set[str], parameters: set[str]) -> frozenset[str]:
    """The factors whose mechanism differs when some variables have other equations or parameters other values."""
    reading = {t for e in scene.scm.equations if parameters & {*e.expression.names} for t in e.targets}
    inside = scene.graph.copy()
    inside.remove_edges_from([edge for name in scene.factors for edge in scene.graph.out_edges(name)])
    changed = reading | {name.strip() for key in variables for name in key.split(",")}
    return frozenset(f for f in scene.factors for v in changed if f == v or nx.has_path(inside, v, f))


def _descendants(graph: nx.MultiDiGraph) -> list[list[int]]:
    arrows = nx.DiGraph(edges(graph, "directed"))
    arrows.add_nodes_from(graph)
    reached = {name: nx.descendants(arrows, name) for name in graph}
    return [[int(b == a or b in reached[a]) for b in graph] for a in graph]


def _edges(graph: nx.MultiDiGraph) -> dict[str, list[list[str]]]:
    return {
        kind: [[a, b] for a, b in dict.fromkeys(edges(graph, kind))]  # once, whatever its lags
        for kind in ("directed", "bidirected")
    }


def _first(scene: Scene) -> dict[str, list[list[str]]]:
    """The edges between factors that only the first frame of a clip has, where no frame comes before."""
    _, begun = lagged.projected(scene.scm, list(scene.factors))
    return {kind: [[a, b] for a, b, _ in found] for kind, found in begun.items()}


def _mutilated(dataset: Dataset) -> list[dict[str, Any]]:
    """The factor graph under each do that cuts some of it, or puts another in its place."""
    policies = [part for regimes in dataset.regimes.values() for policy in regimes[0].steps for part in policy.plain]
    entries = {}
    for policy in policies:
        for chosen in filter(None, policy.sets):
            names = [name for name in dataset.scene.factors if name in chosen]
            after = policy.step.graph(dataset.scene, names)
            if after is not None:
                entries[policy.step.kind, chosen] = {"kind": policy.step.kind, "targets": names, **_edges(after)}
    return list(entries.values())


def _variants(dataset: Dataset) -> dict[str, Any]:
    """The factor graph of each split and environment that replaces equations."""
    spec, base = dataset.spec, dataset.scene
    changes = {f"split {split.name}": split.replace for split in spec.splits}
    changes |= {f"environment {environment.name}": environment.replace for environment in spec.environments}
    return {name: _edges(base.changed(replace).factor_graph) for name, replace in changes.items() if replace}


def _groups(scene: Scene) -> dict[str, list[str]]:
    """For each factor the groups of the drawing, the values of a mask, that show it."""
    shown: dict[str, list[str]] = {factor: [] for factor in scene.factors}
    for group, read in scene.renderer.shown.items():
        causes = {factor for name in read if name in scene.graph for factor in _nearest(scene, name)}
        for factor in scene.factors:
            shown[factor] += [group] if factor in causes else []
    return shown


def _nearest(scene: Scene, variable: str) -> set[str]:
    """The factors that a variable is computed from with no other factor between; a factor itself."""
    found: set[str] = set()
    seen, left = {variable}, [variable]
    while left:
        name = left.pop()
        if name in scene.factors:
            found.add(name)
            continue
        causes = set(scene.graph.predecessors(name)) - seen
        seen |= causes
        left += causes
    return found
