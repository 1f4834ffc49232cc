"""Do drawn causal models build, verify, and have the graph that was drawn?

    python benchmarks/sampled_scms.py -o benchmarks/sampled_scms.json

Draws 200 models of `shapes`: 3 to 12 factors, Erdos-Renyi and scale-free graphs, every kind of
mechanism. Each is built (pairs at 16 px) and verified whole, and every ordered pair of factors is tested:
all factors but the second are held by a do, the first is moved over its domain, and the second must move
if and only if the drawn graph has the edge.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from scmgen.build.generated import build
from scmgen.checks.audit.sortability import report
from scmgen.checks.verify.verify import verify
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.scene import sampled
from scmgen.scene.scene import Scene
from scmgen.scm.graph import edges
from scmgen.scm.noise import uniforms

DRAWS, SAMPLES, MOVED = 200, 30, 300
MECHANISMS = ("linear", "additive", "interaction", "mixed")


def recipe(number: int) -> str:
    """One of the ways to draw, in turn."""
    factors = 3 + number % 10
    graph = "sf:1" if number % 3 == 0 else "er:1" if factors < 5 else "er:1.5"
    return f"{graph},factors={factors},mechanisms={MECHANISMS[number // 10 % 4]}"


def moved(scene: Scene) -> set[tuple[str, str]]:
    """Pairs in which moving the first factor moves the second, all others held."""
    noise = scene.noise(MOVED, seed=3)
    values = scene.scm.solve(noise)
    pairs = set()
    for a, b in itertools.permutations(scene.factors, 2):
        held = {name: values[name] for name in scene.factors if name != b}
        wanted = scene.factors[a].at(uniforms(4, "move", a, 0, MOVED))
        if not np.array_equal(scene.scm.solve(noise, held)[b], scene.scm.solve(noise, {**held, a: wanted})[b]):
            pairs.add((a, b))
    return pairs


def measure(number: int, folder: Path) -> dict[str, object]:
    """Draw, build, verify and move one model."""
    source = catalogue.find("shapes", recipe(number), number)
    drawn = sampled.draw_graph(sampled.parse(recipe(number)), list(source.scene.factors), number)
    steps = parse("hard")
    spec = catalogue.spec(source, n=SAMPLES, size=16, interventions=steps)
    build(spec, folder)
    checked = verify(folder, samples=None)
    published = set(edges(source.scene.factor_graph, "directed"))
    return {
        "recipe": recipe(number),
        "seed": number,
        "edges": len(published),
        "verified": not checked.faults,
        "as drawn": published == set(drawn.edges),
        "as moved": published == moved(source.scene),
        "bidirected": len(edges(source.scene.factor_graph, "bidirected")),
        **{name: round(value, 3) for name, value in report(source.scene, 2_000).items() if value == value},
    }


def main() -> None:
    """Measure all and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/sampled_scms.json"))
    options = parser.parse_args()
    began, load = time.perf_counter(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        draws = [measure(number, Path(scratch) / str(number)) for number in range(DRAWS)]
    good = sum(bool(d["verified"] and d["as drawn"] and d["as moved"] and not d["bidirected"]) for d in draws)
    summary = {"draws": DRAWS, "good": good, "seconds": round(time.perf_counter() - began), "load": load}
    print(summary)
    options.out.write_text(json.dumps({"summary": summary, "draws": draws}, indent=1) + "\n")


if __name__ == "__main__":
    main()
