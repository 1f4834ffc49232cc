"""One mechanism at a time: what a factor would be if its noise or one cause were another, all else as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import networkx as nx
import numpy as np

from scmgen.checks.audit.population import Population
from scmgen.errors import ScmgenError
from scmgen.scene.scene import Scene
from scmgen.scm.expression import NOISE
from scmgen.scm.graph import edges
from scmgen.scm.vocabulary import Array


def respond(
    population: Population,
    targets: Collection[str],
    *,
    do: Mapping[str, Array] | None = None,
    noise: Mapping[str, Array] | None = None,
) -> dict[str, Array]:
    """Compute ``targets`` with some variables set or some noises exchanged, every other factor held.

    Factors among the targets are held before one another too. Only what lies between the change and the targets, and is
    no factor itself, is computed again. Rows in which that is not finite come out so.
    """
    scene, do, noise = population.scene, do or {}, noise or {}
    scm, again = scene.scm, _between(scene, targets, do, noise)
    constants = {name: np.float64(value) for name, value in (*scm.parameters.items(), *scm.constants.items())}
    scope, uniforms = {**constants, **population.values, **do}, {**population.noise, **noise}
    values = {name: np.asarray(scope[name]) for name in targets}
    rank = {name: place for place, name in enumerate(nx.topological_sort(scm.graph))}
    with np.errstate(all="ignore"):
        for equation in sorted(scm.equations, key=lambda equation: max(rank[name] for name in equation.targets)):
            if not again.intersection(equation.targets):
                continue
            scope[NOISE] = uniforms.get(equation.targets[0], np.float64(np.nan))
            computed = equation.expression.evaluate(scope)
            outputs = computed if equation.expression.outputs > 1 else (computed,)
            new = {n: np.broadcast_to(x, population.size) for n, x in zip(equation.targets, outputs, strict=True)}
            values |= {name: new[name] for name in again.intersection(targets, new)}
            scope |= {name: new[name] for name in again.intersection(scene.hidden, new)}
    return values


def _between(scene: Scene, targets: Collection[str], do: Collection[str], noise: Collection[str]) -> set[str]:
    graph = scene.graph.subgraph({*scene.hidden, *targets, *do, *noise})
    free = nx.DiGraph([(a, b) for a, b in graph.edges if a not in scene.factors or a in do])
    free.add_nodes_from(graph)
    below = {*noise, *(name for source in (*do, *noise) for name in nx.descendants(free, source))}
    above = {*targets, *(name for target in targets for name in nx.ancestors(free, target))}
    return (below & above) - set(do)


@contextmanager
def doing(name: str) -> Iterator[None]:
    """Say of errors inside under which do they arose."""
    try:
        yield
    except ScmgenError as error:
        raise ScmgenError(f"under do({name}): {error}") from None


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
