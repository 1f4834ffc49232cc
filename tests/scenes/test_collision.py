"""The scene `collision`: distributions against the closed form, effects, and what can be seen.

False alarms: every Kolmogorov-Smirnov test below fails with probability 1e-4 if the scene is right;
seeds are fixed, so a test that passes once passes always.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import scmgen
from scmgen.checks.audit.review import review
from scmgen.scene.scene import Scene

Array = NDArray[np.float64]
FALSE_ALARM = 1e-4
SPREAD = 0.045
ROOTS = {"speed": (3.0, 4.05), "mass": (0.7, 1.5), "friction": (0.2, 0.26)}
EDGES = {(root, leaf) for root in ROOTS for leaf in ("travel", "rebound")}
RISES = {("speed", "travel"), ("speed", "rebound"), ("mass", "travel")}
PIXELS = 64 / 3.75  # a metre


@functools.cache
def scene() -> Scene:
    return scmgen.load_scene("collision")


@functools.cache
def solved(n: int = 3_000, **do: float) -> dict[str, Array]:
    return scene().scm.solve(scene().noise(n, seed=7), do)


def closed_form(n: int, **do: float) -> dict[str, Array]:
    """Draw travel and rebound by the formulas of the impact, with a generator of our own."""
    rng = np.random.default_rng(11)
    speed, mass, friction = (np.full(n, do[r]) if r in do else rng.uniform(*ROOTS[r], n) for r in ROOTS)
    arrival = speed**2 - 2 * friction * 9.81 * 1.1
    block, ball = (1.95 * mass / (mass + 3)) ** 2 * arrival, ((2.85 - mass) / (mass + 3)) ** 2 * arrival
    return {
        "travel": block / (2 * friction * 9.81) + rng.uniform(-SPREAD, SPREAD, n),
        "rebound": ball / (2 * friction * 9.81) + rng.uniform(-SPREAD, SPREAD, n),
    }


def like(sample: Array, reference: Array) -> bool:
    return bool(stats.ks_2samp(sample, reference).pvalue > FALSE_ALARM)


def even(sample: Array, low: float, high: float) -> bool:
    return bool(stats.kstest(sample, stats.uniform(low, high - low).cdf).pvalue > FALSE_ALARM)


def every_do(n: int) -> dict[str, dict[str, Array]]:
    """Worlds: none, and for each factor both ends of its range and values all over it."""
    noise, shares = scene().noise(n, seed=3), scene().noise(n, seed=4)["warmth"]
    worlds = {"none": scene().scm.solve(noise)}
    for name, factor in scene().factors.items():
        low, high = factor.bounds
        for label, value in (("low", np.full(n, low)), ("high", np.full(n, high)), ("any", factor.at(shares))):
            worlds[f"{name} {label}"] = scene().scm.solve(noise, {name: value})
    return worlds


def test_the_graph_is_three_causes_of_two_ends() -> None:
    assert set(scene().factor_graph.edges()) == EDGES
    assert set(scene().scm.exogenous) == {*scene().factors, "warmth", "haze"}


def test_review_notes_nothing() -> None:
    assert review(scene()) == []


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_is_uniform_over_its_range(root: str) -> None:
    assert scene().factors[root].range == ROOTS[root]
    assert even(solved()[root], *ROOTS[root])


@pytest.mark.parametrize("leaf", ["travel", "rebound"])
def test_the_marginals_are_those_of_the_closed_form(leaf: str) -> None:
    assert like(solved()[leaf], closed_form(6_000)[leaf])


@pytest.mark.parametrize(("leaf", "helper"), [("travel", "slide"), ("rebound", "recoil")])
@pytest.mark.parametrize("root", ROOTS)
def test_given_the_causes_an_end_is_uniform_about_the_simulation(root: str, leaf: str, helper: str) -> None:
    values = solved()
    thirds = np.digitize(values[root], np.quantile(values[root], [1 / 3, 2 / 3]))
    for third in range(3):
        residual = (values[leaf] - values[helper])[thirds == third]
        assert len(residual) == 1_000
        assert even(residual, -SPREAD, SPREAD)


def test_the_two_ends_have_noises_of_their_own() -> None:
    values = solved()
    travel, rebound = values["travel"] - values["slide"], values["rebound"] - values["recoil"]
    assert stats.pearsonr(travel, rebound).pvalue > FALSE_ALARM


@pytest.mark.parametrize("end", [0, 1])
@pytest.mark.parametrize("root", ROOTS)
def test_the_effects_of_a_do_are_those_of_the_closed_form(root: str, end: int) -> None:
    value = ROOTS[root][end]
    after, expected = solved(1_500, **{root: value}), closed_form(6_000, **{root: value})
    assert like(after["travel"], expected["travel"])
    assert like(after["rebound"], expected["rebound"])
    assert not like(after["travel"], solved()["travel"])  # and the test can tell them from no do


@pytest.mark.parametrize(("leaf", "other"), [("travel", "rebound"), ("rebound", "travel")])
def test_a_do_on_one_end_leaves_all_else_alone(leaf: str, other: str) -> None:
    before, after = solved(1_500), solved(1_500, **{leaf: 0.5})
    assert (after[leaf] == 0.5).all()
    for name in (*ROOTS, other, "slide", "recoil", "warmth", "haze"):
        assert np.array_equal(after[name], before[name]), name


@pytest.mark.parametrize(("root", "leaf"), sorted(EDGES))
def test_every_edge_moves_every_sample_one_way_and_some_pixels_on_average(root: str, leaf: str) -> None:
    low, high = (solved(1_500, **{root: value})[leaf] for value in ROOTS[root])
    effect = (high - low) if (root, leaf) in RISES else (low - high)
    assert effect.min() > 0
    assert effect.mean() * PIXELS > 1.5
    assert effect.mean() > 4 * SPREAD / np.sqrt(3)


def test_the_ends_vary_by_many_pixels() -> None:
    for leaf in ("travel", "rebound"):
        assert np.ptp(np.quantile(solved()[leaf], [0.05, 0.95])) * PIXELS > 8


def test_observations_stay_in_their_ranges_at_the_corners_of_the_causes() -> None:
    corners = {root: [] for root in ROOTS}  # type: dict[str, list[float]]
    for point in np.stack(np.meshgrid(np.linspace(3, 4.05, 211), (0.7, 1.5), (0.2, 0.26)), -1).reshape(-1, 3):
        for root, value in zip(ROOTS, point, strict=True):
            corners[root].append(value)
    values = scene().scm.solve(scene().noise(len(corners["speed"])), corners)
    for leaf, helper in (("travel", "slide"), ("rebound", "recoil")):
        low, high = scene().factors[leaf].bounds
        assert low < values[helper].min() - SPREAD and values[helper].max() + SPREAD < high


def test_both_bodies_stay_in_the_frame_and_apart_under_every_do() -> None:
    for world, values in every_do(300).items():
        ball, block, radius, half = values["ball_x"], values["block_x"], values["radius"], 0.0735
        assert (ball - radius).min() > 0 and (block + half).max() < 1, world
        assert (ball + radius).max() <= 0.475 + 1e-9 and (block - half).min() >= 0.475, world
        assert (values["start_x"] - radius).min() > 0, world
        assert (0.08 + 0.18 * values["speed"]).max() < 1, world


def test_nothing_hides_the_arrow_the_solid_ball_or_the_solid_block_under_any_do() -> None:
    names = scene().renderer.groups
    for world, values in every_do(60).items():
        masks = scene().masks(values, 64)
        shown = {g: (masks == k + 1).sum(axis=(1, 2)) for k, g in enumerate(names)}
        area = np.pi * (64 * values["radius"]) ** 2
        assert (np.abs(shown["ball"] - area) < 0.2 * area).all(), world
        assert (shown["block"] >= 8 * 9).all(), world
        assert (shown["arrow"] >= 60).all() and (shown["start"] > 0).all(), world


def measurements(images: NDArray[np.uint8]) -> Array:
    """Five lengths and colours that an eye could take from ``(n, 64, 64, 3)`` images."""
    red, green, blue = np.moveaxis(images.astype(np.float64) / 255, -1, 0)
    arrow = (red - green)[:, 18:25]
    across = np.arange(64) + 0.5
    ball = np.clip(((red - green)[:, 33:48] - 0.36) / 0.2, 0, 1).sum(axis=1)
    block = np.clip(((blue - red)[:, 33:48] - 0.32) / 0.1, 0, 1).sum(axis=1)
    return np.stack(
        [
            (arrow - arrow[:, :, -1:]).sum(axis=(1, 2)),
            ball.sum(axis=1),
            (red - blue)[:, 61:].mean(axis=(1, 2)),
            (block * across).sum(axis=1) / block.sum(axis=1),
            (ball * across).sum(axis=1) / ball.sum(axis=1),
        ],
        axis=1,
    )


def test_every_factor_can_be_measured_at_64_pixels() -> None:
    """All five set at random and at once; a quadratic in five measurements explains 98 % of each."""
    n = 1_200
    noise = scene().noise(n, seed=5)
    values = scene().scm.solve(noise, {name: factor.at(noise[name]) for name, factor in scene().factors.items()})
    found = measurements(scene().render(values, 64))
    found = (found - found.mean(axis=0)) / found.std(axis=0)
    pairs = [found[:, i] * found[:, j] for i in range(5) for j in range(i, 5)]
    design = np.column_stack([np.ones(n), found, *pairs])
    for name in scene().factors:
        weights = np.linalg.lstsq(design[: n // 2], values[name][: n // 2], rcond=None)[0]
        rest = values[name][n // 2 :]
        assert 1 - np.var(rest - design[n // 2 :] @ weights) / np.var(rest) > 0.98, name


def test_the_nuisance_is_seen_in_the_wall_and_nowhere_else() -> None:
    noise = scene().noise(20, seed=6)
    image = scene().render(scene().scm.solve(noise))
    other = scene().render(scene().scm.solve(noise, {"warmth": 1 - noise["warmth"], "haze": 1 - noise["haze"]}))
    assert (image[:, :16] != other[:, :16]).any(axis=(1, 2, 3)).all()
    assert np.array_equal(image[:, 33:], other[:, 33:])
