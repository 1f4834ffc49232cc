"""A small scene with every type of factor, and what interventions make of it."""

from __future__ import annotations

import numpy as np

from scmgen.dataset.batch import Batch
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Spec
from scmgen.scene.document import parse as yaml
from scmgen.scene.scene import Scene, read_scene
from scmgen.scm.vocabulary import Array

# Every test of a distribution has this false-alarm rate; seeds are fixed, so a failure is a change.
ALARM = 1e-4

TEXT = """
name: chainlet
parameters: {gain: 0.5}
equations:
  a: uniform(0, 1)
  wind: uniform(0, 1)
  turn: uniform(0, 1)
  b: 0.1 + gain * a + 0.2 * wind + uniform(0, 0.2)
  shape: category(1, 1, 2)
  c: 0.1 + 0.5 * b + 0.1 * (shape == star) + uniform(0, 0.2)
factors:
  a: {range: [0, 1]}
  turn: {range: [0, 1], circular: true}
  b: {range: [0, 1.1]}
  shape: {levels: [ball, cube, star]}
  c: {range: [0, 1.1]}
draw:
  - mark: fill
    rgb: [a, b / 2, turn]
  - mark: disc
    x: 0.5 * b
    y: 0.5 * c
    radius: 0.1 + 0.05 * shape
    hsv: [turn, 0.5, 1]
"""
NAMES = ["a", "turn", "b", "shape", "c"]


def scene() -> Scene:
    return read_scene(yaml(TEXT, "chainlet.yaml"))


def dataset(text: str, **more: object) -> Dataset:
    return compile_spec(Spec(name="t", scene=scene().document, n=10, interventions=parse(text), **more))  # type: ignore[arg-type]


def sample(text: str, n: int = 6_000, **more: object) -> Batch:
    return dataset(text, **more).evaluate("train", 0, n)


def targeted(batch: Batch, name: str, step: int = 0) -> Array:
    return np.asarray(batch.twins[step].table.mask[:, NAMES.index(name)] == 1)
