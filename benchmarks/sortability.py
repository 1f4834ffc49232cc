"""Do labels of sampled causal models betray their causal order? Sortability of 50 draws a recipe.

    python benchmarks/sortability.py -o benchmarks/sortability.json

0.5 tells nothing (scmgen.checks.audit.sortability). For each recipe: mean over the draws, its standard error, the
standard deviation between draws, and the draws that have a number at all (varsortability needs two
continuous factors on one path). `share` is the standard deviation of every continuous factor as a
share of its range: mean, and the smallest of the draws.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from scmgen.checks.audit import sortability
from scmgen.dataset import catalogue
from scmgen.scene import sampled
from scmgen.scene.scene import SceneDocument, compile_scene

RECIPES = (
    "er:1,factors=3",
    "er:1.5,factors=6",
    "er:1.5",
    "er:1.5,mechanisms=linear",
    "er:1.5,mechanisms=additive",
    "er:1.5,mechanisms=interaction",
    "er:3",
    "sf:2",
)
DRAWS, N = 50, 5_000


def draw(document: SceneDocument, recipe: str, seed: int) -> dict[str, float]:
    """Sample one causal model, and N samples of it."""
    scene = compile_scene(sampled.sample(document, sampled.parse(recipe), seed))
    values = scene.scm.solve(scene.noise(N))
    spreads = [values[k].std() / np.ptp(f.bounds) for k, f in scene.factors.items() if not (f.circular or f.levels)]
    return {**sortability.report(scene, N), "share": float(np.mean(spreads))}


def summary(values: list[float]) -> dict[str, float]:
    """Mean, standard error and spread of what is a number."""
    finite = np.array([value for value in values if np.isfinite(value)])
    if not finite.size:
        return {"draws": 0}
    spread = finite.std(ddof=1)
    figures = {
        "mean": finite.mean(),
        "standard_error": spread / np.sqrt(finite.size),
        "sd": spread,
        "min": finite.min(),
    }
    return {"draws": int(finite.size), **{name: round(float(figure), 3) for name, figure in figures.items()}}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/sortability.json"))
    options = parser.parse_args()
    document = catalogue.load_scene("shapes").document
    results = {}
    for recipe in RECIPES:
        draws = [draw(document, recipe, seed) for seed in range(DRAWS)]
        results[recipe] = {name: summary([figures[name] for figures in draws]) for name in draws[0]}
        print(recipe, json.dumps(results[recipe]), flush=True)
    settings = {"scene": "shapes", "draws": DRAWS, "samples": N}
    options.out.write_text(json.dumps({"settings": settings, "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
