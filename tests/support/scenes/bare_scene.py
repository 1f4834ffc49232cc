"""A scene of nothing but equations, and a population of it."""

from __future__ import annotations

import numpy as np

from scmgen.checks.audit.population import Population
from scmgen.scene.scene import Scene, SceneDocument, compile_scene


def scene(equations: dict[str, str], *names: str) -> Scene:
    mark = {"mark": "disc", "x": 0.5, "y": 0.5, "radius": 0.2, "rgb": [0, 0, 0]}
    factors = {name: {"range": [-9, 9]} for name in names}
    return compile_scene(SceneDocument(name="s", equations=equations, factors=factors, draw=[mark]))  # type: ignore[arg-type]


def population(of: Scene, n: int = 50) -> Population:
    noise = of.noise(n)
    return Population(("train",), np.zeros(n, np.int64), of, noise, of.scm.solve(noise))
