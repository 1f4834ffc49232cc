"""A small scene in environments and splits, of which some hold out."""

from __future__ import annotations

from typing import Any

from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Environment, Spec
from scmgen.scene.document import parse as yaml
from scmgen.scene.scene import read_scene

ALARM = 1e-4  # false-alarm rate of each test of a distribution; seeds are fixed


TEXT = """
name: toy
parameters: {agreement: 0.8, tint: 0.2}
equations:
  side: bernoulli(0.5)
  hue: bernoulli(where(side == right, agreement, 1 - agreement))
  wind: uniform(0, 1)
  size: 0.2 + 0.3 * wind + uniform(0, 0.1)
  x: 0.2 + 0.3 * size + 0.1 * wind + uniform(0, 0.2)
factors:
  side: {levels: [left, right]}
  hue: {levels: [blue, red]}
  size: {range: [0.1, 0.7]}
  x: {range: [0, 1]}
draw:
  - mark: fill
    hsv: [0.6 - 0.6 * hue, tint, 1]
  - mark: disc
    x: x
    y: 0.3 + 0.4 * side
    radius: size / 4
    rgb: [0, 0, 0]
    group: disc
  - mark: rect
    x: 0.9
    y: 0.5
    width: 0.1
    height: wind
    rgb: [0.5, 0.5, 0.5]
    group: flag
"""


def dataset(**more: Any) -> Dataset:
    document = read_scene(yaml(TEXT, "toy.yaml")).document
    return compile_spec(Spec(**{"name": "t", "scene": document, "n": 60, "size": 16, **more}))


ENVIRONMENTS = (
    Environment(name="usual", share=2.0),
    Environment(name="bright", parameters={"tint": 0.9}),
    Environment(name="fixed", replace={"size": "uniform(0.1, 0.7)"}),
)
