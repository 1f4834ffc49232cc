"""Sampled models of scmgen's scene `shapes`: steep mechanisms, angles and levels, no hidden causes."""

from __future__ import annotations

import math

import numpy as np

from scmgen.dataset import catalogue
from scmgen.scm.graph import edges

Array = np.ndarray
_FIRST = 50_000  # seed of the first: no data set of the catalogue or of a benchmark has such a one


def solved(seed: int, factors: int, mask: Array, places: Array) -> tuple[list[str], list[int], Array, Array, Array]:
    """Draw a model and solve it.

    Args:
        seed: of the model and its noise.
        factors: how many.
        mask, places: ``(n, d)``, targets, and where in its domain, from 0 to 1, a target is set.

    Returns:
        Kinds, numbers of levels, the adjacency, and values ``(n, d)`` without and with the do, numbers from -1 to 1.
    """
    recipe = f"{'sf:1' if seed % 2 else 'er:1.5'},factors={factors}"
    scene = catalogue.find("shapes", recipe, _FIRST + seed).scene
    names, n = list(scene.factors), len(mask)
    noise = scene.noise(n, seed=seed)
    before = scene.scm.solve(noise)
    after = {name: np.array(before[name]) for name in names}
    for targets in {tuple(row) for row in mask.tolist()} - {(0.0,) * factors}:
        rows = np.nonzero((mask == targets).all(1))[0]
        do = {name: scene.factors[name].at(places[rows, k]) for k, name in enumerate(names) if targets[k]}
        changed = scene.scm.solve({key: value[rows] for key, value in noise.items()}, do)
        for name in names:
            after[name][rows] = changed[name]
    domains = [scene.factors[name].domain for name in names]
    kinds = [type(domain).__name__.lower() for domain in domains]
    levels = [max(2, len(getattr(domain, "levels", ()))) for domain in domains]
    there = set(edges(scene.factor_graph, "directed"))
    directed = np.array([[int((a, b) in there) for b in names] for a in names])
    sides = (np.stack([_unit(side[name], domains[k]) for k, name in enumerate(names)], 1) for side in (before, after))
    return kinds, levels, directed, *sides


def _unit(values: Array, domain: object) -> Array:
    """Numbers from -1 to 1, angles in radians, levels as they are."""
    kind = type(domain).__name__
    if kind == "Categorical":
        return np.asarray(values, float)
    share = (np.asarray(values) - domain.low) / (domain.high - domain.low)  # type: ignore[attr-defined]
    return 2 * share - 1 if kind == "Continuous" else share * 2 * math.pi
