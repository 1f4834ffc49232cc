"""What weakens a scene though it is valid: the part of an audit that draws nothing, and so takes no time."""

from __future__ import annotations

import networkx as nx
import numpy as np

from scmgen.checks.audit.findings import Finding, fault
from scmgen.checks.audit.population import Population
from scmgen.checks.audit.response import doing
from scmgen.checks.audit.values import check
from scmgen.scene.scene import Scene
from scmgen.scm.noise import uniforms
from scmgen.scm.vocabulary import Array

_N = 2_000


def review(scene: Scene) -> list[Finding]:
    """Sample a scene, in both worlds, and find the faults that its numbers show.

    Raises:
        ScmgenError: if a value or a channel is not finite, factually or under an intervention.
    """
    noise = scene.noise(_N)
    values = scene.scm.solve(noise)
    _rehearse(scene, values)
    for name, factor in scene.factors.items():
        with doing(name):
            wanted = factor.domain.at(uniforms(0, "review", f"do:{name}", 0, _N))
            _rehearse(scene, scene.scm.solve(noise, {name: wanted}))
    population = Population((scene.name,), np.zeros(_N, np.int64), scene, noise, values)
    faults = [finding for finding in check(population, 0) if finding.severity == "fault"]
    drawn = {name for name in scene.renderer.reads if name in scene.graph}
    visible = drawn.union(*(nx.ancestors(scene.graph, name) for name in drawn))
    unseen = [name for name in scene.factors if name not in visible]
    return faults + [fault("unreadable", name, 1.0, "nothing that is drawn depends on it") for name in unseen]


def _rehearse(scene: Scene, values: dict[str, Array]) -> None:
    scene.renderer.rehearse(scene.world(values))
