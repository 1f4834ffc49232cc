"""One mechanism at a time: what a factor would be if its noise or one cause were another, all else as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import networkx as nx
import numpy as np

from scmgen.expr import NOISE
from scmgen.graphs import edges
from scmgen.population import Population
from scmgen.scene import Scene
from scmgen.vocabulary import Array


def respond(
    population: Population,
    target: str,
    *,
    do: Mapping[str, Array] | None = None,
    noise: Mapping[str, Array] | None = None,
) -> Array:
    """Compute ``target`` with some variables set or some noises exchanged, every other factor held.

    Only what lies between the change and the target, and is no factor itself, is computed again.
    Rows in which that is not finite come out so.
    """
    scm, do, noise = population.scene.scm, do or {}, noise or {}
    again = _between(population.scene, target, do, noise)
    constants = {name: np.float64(value) for name, value in (*scm.parameters.items(), *scm.constants.items())}
    scope = {**constants, **population.values, **do}
    uniforms = {**population.noise, **noise}
    owners = {name: equation for equation in scm.equations for name in equation.targets}
    with np.errstate(all="ignore"):
        for name in [node for node in nx.topological_sort(scm.graph) if node in again]:
            equation = owners[name]
            scope[NOISE] = uniforms.get(equation.targets[0], np.float64(np.nan))
            result = equation.expression.evaluate(scope)
            if equation.expression.outputs > 1:
                result = result[equation.targets.index(name)]
            scope[name] = np.broadcast_to(result, population.size)
    return np.asarray(scope[target], np.float64)


def _between(scene: Scene, target: str, do: Collection[str], noise: Collection[str]) -> set[str]:
    graph = scene.graph.subgraph({*scene.hidden, target, *do, *noise})
    below = {*noise, *(name for source in (*do, *noise) for name in nx.descendants(graph, source))}
    return (below & {target, *nx.ancestors(graph, target)}) - set(do)


def private(scene: Scene, factor: str) -> tuple[str, ...]:
    """The variables whose noise reaches this factor and no other one before; the factor itself first."""
    free = nx.DiGraph([(a, b) for a, b in scene.graph.edges if a not in scene.factors])
    free.add_nodes_from(scene.scm.variables)
    own = [name for name in (factor, *scene.hidden) if name in scene.scm.exogenous]
    return tuple(name for name in own if ({name, *nx.descendants(free, name)} & set(scene.factors)) == {factor})


def caused(scene: Scene, factor: str) -> bool:
    """Whether anything but its own noise moves a factor: a factor, or a hidden cause that it shares."""
    graph = scene.factor_graph
    return graph.in_degree(factor) > 0 or any(factor in pair for pair in edges(graph, "bidirected"))
