"""What an intervention does to a distribution, for every scene and every kind.

The reference is the mutilated model: the scene whose equation of the target is replaced by what the
intervention makes of it, sampled with another seed. Marginals of every variable must agree
(Kolmogorov-Smirnov for continuous ones, chi-square for discrete ones). All comparisons of one test
together have a false-alarm rate of at most ALARM (Bonferroni); seeds are fixed, so a failure is a change.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from scmgen.dataset import catalogue
from scmgen.dataset.interventions.kinds import Step
from scmgen.dataset.interventions.steps import parse, read
from scmgen.dataset.sampling import compile_spec
from scmgen.scene.factor import Factor
from scmgen.scene.scene import Scene
from scmgen.scm.vocabulary import Array

ALARM = 1e-3
N = 800  # samples a target
SCENES = [name for name in catalogue.scenes() if catalogue.load_scene(name).frames is None]


def domain(factor: Factor) -> str:
    """The equation of a variable under a hard do that is uniform over its domain."""
    low, high = factor.bounds
    return f"category({', '.join('1' for _ in factor.levels)})" if factor.levels else f"uniform({low!r}, {high!r})"


def narrow(factor: Factor) -> str:
    """A stochastic do: the middle fifth of the range, or the first two levels at 3 to 1."""
    low, high = factor.bounds
    if factor.levels:
        return "bernoulli(0.25)"
    return f"uniform({low + 0.4 * (high - low)!r}, {low + 0.6 * (high - low)!r})"


def equation(scene: Scene, name: str) -> str:
    return next(e.expression.text for e in scene.scm.equations if e.targets == (name,))


def softened(scene: Scene, name: str) -> str:
    low, high = scene.factors[name].bounds
    return f"{(low + high) / 2!r} + 0.5 * (({equation(scene, name)}) - {(low + high) / 2!r})"


def p_value(found: Array, expected: Array) -> float:
    values = np.unique(np.concatenate([found, expected]))
    if len(values) > 20:
        return float(stats.ks_2samp(found, expected).pvalue)
    counts = np.array([[(side == value).sum() for value in values] for side in (found, expected)])
    return 1.0 if len(values) == 1 else float(stats.chi2_contingency(counts).pvalue)


def steps(kind: str, scene: Scene) -> tuple[Step, ...]:
    names = list(scene.factors)
    match kind:
        case "hard":
            return parse("hard")
        case "stochastic":
            return read([{"kind": "hard", "value": {name: narrow(scene.factors[name]) for name in names}}])
        case "soft":
            return parse("soft:scale=0.5")
        case "mechanism":
            return read([{"kind": "mechanism", "replace": {name: narrow(scene.factors[name]) for name in names}}])
    return read([{"kind": "hard", "sets": [list(pair) for pair in itertools.pairwise(names)]}])


def reference(kind: str, scene: Scene, targets: list[str]) -> Scene:
    made = {"hard": domain, "pairs": domain, "stochastic": narrow, "mechanism": narrow}
    if kind == "soft":
        return scene.changed({name: softened(scene, name) for name in targets})
    return scene.changed({name: made[kind](scene.factors[name]) for name in targets})


@pytest.mark.parametrize("kind", ["hard", "stochastic", "soft", "mechanism", "pairs"])
@pytest.mark.parametrize("name", SCENES)
def test_an_intervention_gives_the_distribution_of_the_mutilated_model(name: str, kind: str) -> None:
    source = catalogue.find(name)
    spec = catalogue.spec(source, interventions=steps(kind, source.scene), seed=11, environments=())
    whole = compile_spec(spec)
    scene, split = whole.scenes["train"], "train"
    count = N * (len(scene.factors) + (kind != "pairs"))
    batch = whole.evaluate(split, 0, count)
    twin, observed = batch.twins[0], scene.scm.solve(scene.noise(N, seed=12))
    nothing = twin.table.mask.sum(axis=1) == 0
    found = {variable: p_value(batch.values[variable], observed[variable]) for variable in scene.scm.variables}
    for pattern in np.unique(twin.table.mask[~nothing], axis=0):
        rows = (twin.table.mask == pattern).all(axis=1)
        targets = [factor for factor, hit in zip(scene.factors, pattern, strict=True) if hit]
        other = reference(kind, scene, targets)
        expected = other.scm.solve(other.noise(N, seed=13))
        for variable in scene.scm.variables:
            found[f"{variable} under {targets}"] = p_value(twin.values[variable][rows], expected[variable])
    worst = min(found, key=lambda key: found[key])
    assert found[worst] > ALARM / len(found), (worst, found[worst])
