"""Sortability against cases that were worked out by hand, and that sampled models betray nothing by it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scmgen.checks.audit import sortability
from scmgen.checks.audit.sortability import alignment, r2_sortability, varsortability
from scmgen.dataset import catalogue
from scmgen.scene import sampled
from scmgen.scene.factor import Factor
from scmgen.scene.scene import SceneDocument, compile_scene
from scmgen.scm import graph

# Three columns of mean 0 and variance 1 that are uncorrelated, so that every R2 is a small fraction.
A, B, C = np.array([[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]], np.float64)
CHAIN = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
COLLIDER = np.array([[0, 0, 1], [0, 0, 1], [0, 0, 0]])


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([1, 2, 3], 1),
        ([3, 2, 1], 0),
        ([1, 1, 1], 0.5),
        ([1, 3, 2], 2 / 3),  # x -> y and the path to z of length 2 grow, y -> z does not
        ([1, 1, 2], 2.5 / 3),
    ],
)
def test_alignment_counts_each_path_of_a_chain_once(scores: list[float], expected: float) -> None:
    assert alignment(scores, CHAIN) == pytest.approx(expected)
    assert alignment(scores, CHAIN * -0.7) == pytest.approx(expected)  # weights serve as well


def test_alignment_counts_a_pair_once_for_each_length_of_its_paths() -> None:
    """Here the pair (0, 3) has two paths of length 2, which count once, and one of length 1."""
    diamond = np.zeros((4, 4))
    diamond[[0, 0, 1, 2, 0], [1, 2, 3, 3, 3]] = 1
    assert alignment([0, 1, 1, -1], diamond) == pytest.approx(2 / 6)  # 0-1 and 0-2 grow; 1-3, 2-3, 0-3, 0-3 fall


def test_alignment_leaves_out_what_has_no_score() -> None:
    assert alignment([1, np.nan, 2], CHAIN) == 1  # only the path of length 2 remains
    assert math.isnan(alignment([1, np.nan, np.nan], CHAIN))
    assert math.isnan(alignment([1, 2, 3], np.zeros((3, 3))))


def test_varsortability_compares_variances() -> None:
    values = np.stack([A, 3 * B + 5, 2 * C], axis=1)  # variances 1, 9, 4
    assert varsortability(values, CHAIN) == pytest.approx(2 / 3)
    assert varsortability(values, CHAIN.T) == pytest.approx(1 / 3)


def test_r2_sortability_compares_shares_of_explained_variance() -> None:
    """Of x = a, y = b, z = a + b + c: R2 is 1/2, 1/2 and 2/3."""
    values = np.stack([A, B, A + B + C], axis=1)
    assert r2_sortability(values, COLLIDER) == 1
    assert r2_sortability(values, COLLIDER.T) == 0
    assert r2_sortability(values, np.array([[0, 1, 1], [0, 0, 0], [0, 0, 0]])) == pytest.approx(0.75)  # a tie, and 1


def test_r2_sortability_knows_no_scale() -> None:
    values = np.stack([A, B, A + B + C], axis=1)
    assert r2_sortability(values * [1e6, 1e-6, -3] + [0, 7, 1e3], COLLIDER) == 1


def test_r2_of_two_variables_is_a_tie() -> None:
    assert r2_sortability(np.stack([A, 2 * A + B], axis=1), np.array([[0, 1], [0, 0]])) == pytest.approx(0.5)


def test_r2_of_several_columns_is_the_mean_of_squared_canonical_correlations() -> None:
    """The pair (a, b) is explained by a + c with 1/2 in one direction and 0 in the other: 1/4 against 1/2."""
    edge = np.array([[0, 1], [0, 0]])
    pair = np.stack([A, B], axis=1)
    assert r2_sortability([pair, A + C], edge) == 1
    assert r2_sortability([A + C, pair], edge) == 0
    mixed = pair @ np.array([[1, 5], [2, -1]])  # other columns for the same thing
    assert r2_sortability([mixed, A + C], edge) == 1


def test_dependent_and_constant_columns_are_no_trouble() -> None:
    assert r2_sortability(np.stack([A, 2 * A, B], axis=1), CHAIN) == pytest.approx((0.5 + 0 + 0) / 3)  # 1, 1 and 0
    assert r2_sortability(np.stack([0 * A, A, A + B], axis=1), CHAIN) == pytest.approx((1 + 0.5 + 1) / 3)  # 0, 1/2, 1/2


def test_factors_are_compared_in_shares_of_their_ranges_and_by_their_types() -> None:
    factors = {
        "x": Factor(range=(0, 10)),
        "y": Factor(range=(0, 1)),
        "hue": Factor(range=(0, 4), circular=True),
        "kind": Factor(levels=("a", "b")),
    }
    values = {"x": 5 + A, "y": 0.5 + 0.2 * B, "hue": np.array([0.0, 1, 2, 3]), "kind": np.array([0.0, 1, 1, 0])}
    chain = np.diag(np.ones(3), 1)
    found = sortability.of_factors(factors, values, chain)
    assert found["varsortability"] == 1  # 0.1 of its range against 0.2; the variances themselves fall
    swapped = sortability.of_factors(factors, values, chain.T)
    assert swapped["varsortability"] == 0
    # sine and cosine of the four angles hold a and c, the levels c: R2 is 1, 0, 1, 1
    assert found["r2_sortability"] == pytest.approx((0 + 1 + 0.5 + 0.5 + 1 + 0.5) / 6)


def test_a_plain_linear_model_is_sortable_and_a_sampled_one_is_not() -> None:
    dot = {"mark": "disc", "x": "v0", "y": "0.5", "radius": "0.1", "rgb": ["0", "0", "0"]}
    parameters = {"name": "chain", "draw": [dot], "factors": {f"v{k}": {"range": [-99, 99]} for k in range(6)}}
    equations = {"v0": "uniform(-1, 1)", **{f"v{k}": f"1.5 * v{k - 1} + uniform(-1, 1)" for k in range(1, 6)}}
    plain = SceneDocument.model_validate({**parameters, "equations": equations, "free": list(equations)})
    assert sortability.report(compile_scene(plain))["varsortability"] == 1
    assert sortability.report(compile_scene(plain))["r2_sortability"] > 0.6
    recipe = sampled.parse("er:1.5,mechanisms=linear")
    found = [sortability.report(compile_scene(sampled.sample(plain, recipe, seed)), 4_000) for seed in range(40)]
    for name in ("varsortability", "r2_sortability"):
        assert abs(np.mean([numbers[name] for numbers in found]) - 0.5) < 0.15, name


def test_a_report_is_of_the_labels_of_the_scene() -> None:
    scene = catalogue.load_scene("pendulum")
    values = scene.scm.solve(scene.noise(1_000, seed=3))
    shares = [np.var(values[name]) / np.ptp(factor.bounds) ** 2 for name, factor in scene.factors.items()]
    found = sortability.report(scene, 1_000, 3)
    assert found["varsortability"] == alignment(shares, graph.adjacency(scene.factor_graph))
    assert found == sortability.report(scene, 1_000, 3)
