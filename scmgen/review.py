"""What weakens a scene though it is valid: a short numerical look at its own samples."""

from __future__ import annotations

import numpy as np

from scmgen import streams
from scmgen.errors import ScmgenError
from scmgen.scene import Scene
from scmgen.vocabulary import Array

_N = 2_000


def review(scene: Scene) -> list[str]:
    """Sample a scene, in both worlds, and note what a user would want to know.

    Raises:
        ScmgenError: if a value or a channel is not finite, factually or under an intervention.
    """
    noise = scene.noise(_N)
    values = scene.scm.solve(noise)
    scene.drawing.shapes(values, {**scene.scm.parameters, **scene.scm.constants})
    notes = []
    roots = {name for name in scene.factors if not scene.graph.in_degree(name)}
    for name, factor in scene.factors.items():
        low, high = factor.bounds
        outside = np.mean((values[name] < low) | (values[name] > high))
        if outside:
            notes.append(f"{name}: {outside:.1%} of observations lie outside its range {low:g} to {high:g}")
        if name not in roots and name not in scene.scm.exogenous:
            notes.append(
                f"{name}: a factor with causes but no noise of its own; abduction cannot tell it from its causes"
            )
        changed = _under(scene, noise, name)
        for child in scene.graph.successors(name):
            if np.array_equal(values[child], changed[child]):
                notes.append(f"{name} -> {child}: the equation reads {name}, but no sample shows an effect")
    drawn = {name for mark in scene.drawing.marks for e in mark.expressions() for name in e.names}
    visible = drawn | {cause for name in drawn & set(scene.scm.variables) for cause in _ancestors(scene, name)}
    notes += [f"{name}: nothing that is drawn depends on it" for name in scene.factors if name not in visible]
    return notes


def _under(scene: Scene, noise: dict[str, Array], name: str) -> dict[str, Array]:
    """Solve and evaluate the drawing under do(name), its values those of the factor's domain."""
    values = scene.factors[name].at(streams.uniforms(0, "review", f"do:{name}", 0, _N))
    try:
        changed = scene.scm.solve(noise, {name: values})
        scene.drawing.shapes(changed, {**scene.scm.parameters, **scene.scm.constants})
    except ScmgenError as error:
        raise ScmgenError(f"under do({name}): {error}") from None
    return changed


def _ancestors(scene: Scene, name: str) -> set[str]:
    return {other for other in scene.scm.variables if name in scene.scm.descendants(other)}
