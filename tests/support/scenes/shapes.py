"""A scene whose values are mostly whole numbers, and without a hidden variable."""

from __future__ import annotations

from typing import Any

from scmgen.dataset import catalogue
from scmgen.dataset.catalogue import Recipe, Resolved
from scmgen.dataset.spec import Spec
from scmgen.scene.document import parse
from scmgen.scene.scene import read_scene

SHAPES = """
name: shapes
equations:
  shape: category(1, 2, 1)
  tall: bernoulli(0.5)
  turn: uniform(0, 2 * pi)
  size: 0.1 + 0.05 * tall + 0.05 * shape + uniform(0, 0.05)
factors:
  shape: {levels: [ball, block, kite]}
  tall: {range: [0, 1]}
  turn: {range: [0, 6.2832], circular: true, unit: rad}
  size: {range: [0, 0.4]}
draw:
  - {mark: fill, rgb: [1, 1, 1]}
  - {mark: disc, x: 0.5, y: 0.5, radius: size, rgb: [0, 0, 0], when: shape == ball}
  - {mark: rect, x: 0.5, y: 0.5, width: size, height: size + tall/9, rotate: turn, rgb: [1, 0, 0], when: shape != ball}
"""
"""A scene whose values are mostly whole numbers, and without a hidden variable."""


def shapes(**overrides: Any) -> Spec:
    return catalogue.spec(
        Resolved("shapes", read_scene(parse(SHAPES, "shapes.yaml")), Recipe(scene="shapes")), **overrides
    )
