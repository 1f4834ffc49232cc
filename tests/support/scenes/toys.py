"""A scene with twelve free factors of every type, and causal models drawn over them."""

from __future__ import annotations

import functools
import math

import numpy as np

from scmgen.scene.factor import Factor
from scmgen.scene.sampled import parse, sample
from scmgen.scene.scene import Scene, SceneDocument, compile_scene
from scmgen.scm.graph import edges
from scmgen.scm.noise import uniforms
from scmgen.scm.vocabulary import Array

KINDS = ("linear", "additive", "interaction", "mixed")
RECIPES = [
    *((f"er:{(d - 1) / 4},factors={d},mechanisms={kind}", d) for d in range(3, 13) for kind in KINDS),
    *((f"sf:2,factors={d},mechanisms={kind}", d) for d in (4, 9) for kind in KINDS),
]
DRAWS = [(recipe, 100 * number + size) for number, (recipe, size) in enumerate(RECIPES)]
N = 500
FACTORS: dict[str, Factor] = {
    "kind": Factor(levels=("ball", "cube", "star")),
    "mark": Factor(levels=("on", "off")),
    "shade": Factor(levels=("l0", "l1", "l2", "l3", "l4")),
    "hue": Factor(range=(0, 1), circular=True, unit="turn"),
    "turn": Factor(range=(0, 2 * math.pi), circular=True, unit="rad"),
    "wind": Factor(range=(-180, 180), circular=True, unit="deg"),
    "size": Factor(range=(0.1, 0.16)),
    "x": Factor(range=(-0.06, 0.06)),
    "y": Factor(range=(1000, 1001)),
    "mass": Factor(range=(0, 5000)),
    "depth": Factor(range=(-3e-6, 9e-6)),
    "age": Factor(range=(-7, -2)),
}


def root(factor: Factor) -> str:
    low, high = factor.bounds
    return f"category({', '.join('1' for _ in factor.levels)})" if factor.levels else f"uniform({low}, {high})"


DOCUMENT = SceneDocument.model_validate(
    {
        "name": "toys",
        "equations": {
            "tint": "uniform(0, 1)",
            "x_score": "2 * tint",
            **{name: root(factor) for name, factor in FACTORS.items()},
            "echo": "size + 0.01 * tint + uniform(0, 0.01)",
        },
        "factors": {**FACTORS, "echo": {"range": [0, 1]}},
        "free": list(FACTORS),
        "draw": [
            {
                "mark": "disc",
                "x": "0.5 + x",
                "y": "0.5",
                "radius": "where(kind == cube, size, echo)",
                "rgb": ["hue", "0.1 + 0.1 * x_score", "0.2 * (shade == l3) + 0.2 * (mark == off)"],
            }
        ],
    }
)


@functools.cache
def drawn(recipe: str, seed: int) -> Scene:
    return compile_scene(sample(DOCUMENT, parse(recipe), seed))


def parents(scene: Scene, child: str) -> list[str]:
    return [a for a, b in edges(scene.factor_graph, "directed") if b == child]


def free(scene: Scene) -> dict[str, Factor]:
    return {name: scene.factors[name] for name in scene.document.free}


def over(factor: Factor, label: str, n: int = N) -> Array:
    """Values from all over a factor's domain."""
    return factor.at(uniforms(1, "test", label, 0, n))


def distance(factor: Factor, a: Array, b: Array) -> Array:
    """A share of the range (the shorter way round a circle), or 1 for another level."""
    low, high = factor.bounds
    gap = np.abs(a - b) / (high - low)
    return (gap > 0).astype(np.float64) if factor.levels else np.minimum(gap, 1 - gap) if factor.circular else gap


def is_continuous(factor: Factor) -> bool:
    return not factor.levels and not factor.circular
