"""What weakens a scene though it is valid: the part of an audit that draws nothing, and so takes no time."""

from __future__ import annotations

import networkx as nx
import numpy as np

from scmgen.checks.audit import clips
from scmgen.checks.audit.findings import Finding, fault, merge
from scmgen.checks.audit.population import Population, populations
from scmgen.checks.audit.response import doing
from scmgen.checks.audit.values import check, out_of_range
from scmgen.dataset.sampling import Dataset
from scmgen.scene.scene import Scene
from scmgen.scm.noise import uniforms
from scmgen.scm.vocabulary import Array

_N, _FEW = 2_000, 500


def review(scene: Scene) -> list[Finding]:
    """Sample a scene, in both worlds, and find the faults that its numbers show.

    Raises:
        ScmgenError: if a value or a channel is not finite, factually or under an intervention.
    """
    n = _N // min(scene.frames or 1, 40)
    noise = scene.noise(n)
    values = scene.scm.solve(noise)
    _rehearse(scene, values)
    for name, factor in scene.factors.items():
        with doing(name):
            wanted = factor.domain.at(uniforms(0, "review", f"do:{name}", 0, n))
            _rehearse(scene, scene.scm.solve(noise, {name: wanted}))
    population = Population((scene.name,), np.zeros(n, np.int64), scene, noise, values)
    found = check(population, 0) if scene.frames is None else clips.check(population, 0)
    faults = [finding for finding in found if finding.severity == "fault"]
    drawn = {name for name in scene.renderer.reads if name in scene.graph}
    visible = drawn.union(*(nx.ancestors(scene.graph, name) for name in drawn))
    unseen = [name for name in scene.factors if name not in visible]
    return faults + [fault("unreadable", name, 1.0, "nothing that is drawn depends on it") for name in unseen]


def ranges(dataset: Dataset) -> list[Finding]:
    """Of what :func:`review` finds the values outside their ranges, in the first samples of every split.

    What the data set waives is not found.

    Raises:
        ScmgenError: if a value is not finite.
    """
    sizes = {split: min(size, _FEW) for split, size in dataset.spec.sizes().items() if size}
    drawn = populations(dataset, {split: dataset.opening(split, size) for split, size in sizes.items()})
    found = merge(((population.splits, out_of_range(population)) for population in drawn), list(sizes))
    return [finding for finding in found if finding.condition not in dataset.spec.waives]


def _rehearse(scene: Scene, values: dict[str, Array]) -> None:
    scene.renderer.rehearse(scene.world(values))
