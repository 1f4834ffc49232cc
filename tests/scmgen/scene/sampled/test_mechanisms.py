"""Sampled mechanisms: nothing leaves its range, variances tell nothing, and each kind is what it is called."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from toys import DRAWS, FACTORS, KINDS, N, distance, drawn, free, is_continuous, over, parents

from scmgen.scene.scene import Scene
from scmgen.scm.noise import uniforms
from scmgen.scm.vocabulary import Array


@pytest.mark.parametrize(("recipe", "seed"), DRAWS)
def test_samples_lie_strictly_inside_their_ranges_and_use_every_level(recipe: str, seed: int) -> None:
    scene = drawn(recipe, seed)
    values = scene.scm.solve(scene.noise(4_000, seed))
    for name, factor in free(scene).items():
        low, high = factor.bounds
        found = values[name]
        assert np.isfinite(found).all()
        if factor.levels:
            counts = np.bincount(found.astype(int), minlength=len(factor.levels))
            assert counts.min() > 0.6 * 4_000 / len(factor.levels), name
        elif factor.circular:
            assert low <= found.min() and found.max() < high, name
        else:
            assert low + 0.01 * (high - low) < found.min() and found.max() < high - 0.01 * (high - low), name


@pytest.mark.parametrize(("recipe", "seed"), DRAWS)
def test_no_intervention_inside_the_ranges_leads_out_of_them(recipe: str, seed: int) -> None:
    """Every other factor is set to one of its ends, all corners at random: the worst that a do can do."""
    scene = drawn(recipe, seed)
    noise = scene.noise(N, seed)
    noise = {name: np.where(u < 0.5, 1e-9, 1 - 1e-9) if name in FACTORS else u for name, u in noise.items()}
    for name, factor in free(scene).items():
        corners = {
            other: np.where(uniforms(2, "test", other, 0, N) < 0.5, *bounds.bounds)
            for other, bounds in free(scene).items()
            if other != name
        }
        low, high = factor.bounds
        found = scene.scm.solve(noise, corners)[name]
        assert low <= found.min() and found.max() <= high, name


@pytest.mark.parametrize(("recipe", "seed"), DRAWS)
def test_continuous_factors_share_one_standard_deviation(recipe: str, seed: int) -> None:
    scene = drawn(recipe, seed)
    values = scene.scm.solve(scene.noise(20_000, seed))
    names = free(scene)
    shares = [values[name].std() / np.ptp(factor.bounds) for name, factor in names.items() if is_continuous(factor)]
    assert max(shares) < 1.04 * min(shares)
    assert min(shares) > (0.12 if len(names) < 6 else 0.08)


@pytest.mark.parametrize("kind", KINDS)
def test_the_own_noise_of_a_child_has_the_share_that_was_asked_for(kind: str) -> None:
    """It keeps its size against that of one parent, so its share falls with the number of parents."""
    seen = set()
    for seed in range(6):
        scene = drawn(f"er:1.5,noise=0.3,mechanisms={kind}", seed)
        noise = scene.noise(20_000, 7)
        values = scene.scm.solve(noise)
        for name, factor in free(scene).items():
            count = len(parents(scene, name))
            if count and is_continuous(factor):
                held = {parent: values[parent] for parent in parents(scene, name)}
                own = values[name] - scene.scm.solve({**noise, name: np.full(20_000, 0.5)}, held)[name]
                wanted = 0.3 / (0.3 + 0.7 * count)
                assert np.var(own) / np.var(values[name]) == pytest.approx(wanted, rel=0.06), (seed, name)
                seen.add(count)
    assert seen >= {1, 2, 3}


@pytest.mark.parametrize("kind", KINDS)
def test_a_continuous_child_grows_strictly_with_its_noise_and_a_circular_one_never_laps_itself(kind: str) -> None:
    scene = drawn(f"er:2,mechanisms={kind}", 11)
    values = {name: np.full(N, array[0]) for name, array in scene.scm.solve(scene.noise(1, 3)).items()}
    grid = (np.arange(N) + 0.5) / N
    noise = {name: grid for name in scene.scm.exogenous}
    for name, factor in free(scene).items():
        found = scene.scm.solve(noise, {parent: values[parent] for parent in parents(scene, name)})[name]
        if is_continuous(factor):
            assert (np.diff(found) > 0).all(), name
        elif factor.circular and parents(scene, name):
            assert distance(factor, found[1:], found[:-1]).sum() < 0.6, name


def without_noise(scene: Scene, child: str, values: dict[str, Array]) -> Array:
    """What the parents alone contribute."""
    n = len(values[child])
    noise = {name: np.full(n, 0.5) for name in scene.scm.exogenous}
    return scene.scm.solve(noise, {parent: values[parent] for parent in parents(scene, child)})[child]


def children(scene: Scene, fewest: int) -> list[str]:
    return [
        name for name, factor in free(scene).items() if is_continuous(factor) and len(parents(scene, name)) >= fewest
    ]


def test_linear_mechanisms_are_exactly_linear_where_observed() -> None:
    """In continuous parents, in sine and cosine of circular ones, in indicators of levels."""
    checked = 0
    for seed in range(6):
        scene = drawn("er:2,mechanisms=linear", seed)
        values = scene.scm.solve(scene.noise(2_000, seed))
        for child in children(scene, 1):
            columns = [np.ones(2_000)]
            for parent in parents(scene, child):
                factor, array = scene.factors[parent], values[parent]
                low, high = factor.bounds
                angle = 2 * np.pi * (array - low) / (high - low)
                columns += (
                    [array == level for level in range(1, len(factor.levels))]
                    if factor.levels
                    else [np.sin(angle), np.cos(angle)]
                    if factor.circular
                    else [(array - low) / (high - low)]
                )
            design, target = np.stack(columns, axis=1).astype(np.float64), without_noise(scene, child, values)
            residual = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
            assert np.abs(residual).max() < 1e-9 * np.ptp(target), (seed, child)
            checked += 1
    assert checked > 15


def interaction(scene: Scene, child: str, one: str, other: str) -> float:
    """The largest second difference in two parents, against the child's range."""
    base = {name: over(factor, name, 400) for name, factor in free(scene).items()}
    moved = {name: over(scene.factors[name], f"moved {name}", 400) for name in (one, other)}
    corners = [
        without_noise(scene, child, {**base, **{name: moved[name] for name in names}})
        for names in ((), (one,), (other,), (one, other))
    ]
    return float(np.abs(corners[0] - corners[1] - corners[2] + corners[3]).max() / np.ptp(scene.factors[child].bounds))


def test_additive_mechanisms_add_up_and_interactions_do_not() -> None:
    for seed in range(4):
        for kind in ("additive", "interaction"):
            scene = drawn(f"er:2,mechanisms={kind}", seed)
            for child in children(scene, 2):
                pairs = itertools.combinations(parents(scene, child), 2)
                if "tanh((abs" in scene.document.equations[child]:
                    continue  # bent where the parents of such a child are set to extremes
                sizes = [interaction(scene, child, one, other) for one, other in pairs]
                assert max(sizes) < 1e-9 if kind == "additive" else max(sizes) > 0.02, (kind, seed, child)


def test_additive_mechanisms_are_not_linear() -> None:
    scene = drawn("er:2,mechanisms=additive", 3)
    for child in children(scene, 1):
        for parent in parents(scene, child):
            factor = scene.factors[parent]
            if is_continuous(factor):
                low, high = factor.bounds
                line = np.linspace(low, high, N)
                base = {name: np.full(N, over(other, name, 1)[0]) for name, other in free(scene).items()}
                curve = without_noise(scene, child, {**base, parent: line})
                fit = np.polyval(np.polyfit(line - low, curve, 1), line - low)
                assert np.abs(curve - fit).max() > 0.05 * np.ptp(curve), (parent, child)


def test_an_effect_is_the_same_at_both_ends_of_a_circle() -> None:
    for kind in KINDS:
        scene = drawn(f"er:2,mechanisms={kind}", 5)
        base = {name: over(factor, name, 50) for name, factor in free(scene).items()}
        for child in children(scene, 1):
            for parent in parents(scene, child):
                factor = scene.factors[parent]
                if factor.circular:
                    ends = [without_noise(scene, child, {**base, parent: np.full(50, end)}) for end in factor.bounds]
                    assert np.allclose(*ends, rtol=0, atol=1e-9 * np.ptp(scene.factors[child].bounds))
