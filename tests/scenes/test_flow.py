"""The scene `flow`: its distributions are those of the formulas, and what is set is what is drawn.

Statistical tests compare N samples of a fixed seed with the closed form; each fails a right scene with
probability ALARM, all of them together with less than 1 in 500.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

import scmgen
from scmgen.scene.scene import Scene
from scmgen.scm import graph
from scmgen.scm.vocabulary import Array

N, ALARM = 20_000, 1e-4
WATER = (1.5, 2.8)  # the water without the ball
UNIT = 64 / 10.8  # pixels a world unit at 64 px


@pytest.fixture(scope="module")
def scene() -> Scene:
    return scmgen.load_scene("flow")


def solve(scene: Scene, do: dict[str, float] | None = None, n: int = N) -> dict[str, Array]:
    return scene.scm.solve(scene.noise(n, seed=11), do)


def assert_uniform(values: Array, low: float, high: float) -> None:
    assert low < values.min() and values.max() < high
    assert stats.kstest(values, "uniform", (low, high - low)).pvalue > ALARM


def assert_unrelated(values: Array, cause: Array) -> None:
    """Values are distributed alike where the cause is low and where it is high."""
    low = cause < np.median(cause)
    assert stats.ks_2samp(values[low], values[~low]).pvalue > ALARM


def landing(values: dict[str, Array]) -> Array:
    return np.sqrt(1.96 * values["water_height"] * (values["hole_height"] - 0.5))


def group(scene: Scene, values: dict[str, Array], name: str) -> Array:
    return scene.masks(values, 64) == scene.renderer.groups.index(name) + 1


def test_the_graph_is_that_of_the_published_scene(scene: Scene) -> None:
    assert set(graph.edges(scene.factor_graph, "directed")) == {
        ("ball_radius", "water_height"),
        ("water_height", "flow"),
        ("hole_height", "flow"),
    }
    assert graph.edges(scene.factor_graph, "bidirected") == []


def test_ball_and_hole_are_uniform_and_independent(scene: Scene) -> None:
    values = solve(scene)
    assert_uniform(values["ball_radius"], 0.4, 1.1)
    assert_uniform(values["hole_height"], 2, 4.6)
    assert_unrelated(values["ball_radius"], values["hole_height"])


def test_the_ball_lifts_the_water_by_the_cube_of_its_radius(scene: Scene) -> None:
    values = solve(scene)
    rest = values["water_height"] - values["ball_radius"] ** 3
    assert_uniform(rest, *WATER)
    assert_unrelated(rest, values["ball_radius"])
    assert_unrelated(values["water_height"], values["hole_height"])


def test_the_marginal_of_the_water_is_the_mixture_over_balls(scene: Scene) -> None:
    lift = np.linspace(0.4, 1.1, 10_001) ** 3
    low, high = WATER

    def cumulative(height: Array) -> Array:
        grid = np.linspace(1.5, 4.2, 500)
        share = np.clip((grid[:, None] - lift - low) / (high - low), 0, 1).mean(axis=1)
        return np.interp(height, grid, share)

    assert stats.kstest(solve(scene)["water_height"], cumulative).pvalue > ALARM


def test_the_jet_lands_where_torricelli_says_but_for_its_noise(scene: Scene) -> None:
    values = solve(scene)
    rest = values["flow"] - landing(values)
    assert_uniform(rest, -0.3, 0.3)
    for cause in ("ball_radius", "water_height", "hole_height"):
        assert_unrelated(rest, values[cause])


@pytest.mark.parametrize("radius", [0.4, 0.8, 1.1])
def test_setting_the_ball_moves_water_and_jet_only(scene: Scene, radius: float) -> None:
    values, before = solve(scene, {"ball_radius": radius}), solve(scene)
    assert_uniform(values["water_height"], WATER[0] + radius**3, WATER[1] + radius**3)
    assert_uniform(values["flow"] - landing(values), -0.3, 0.3)
    assert np.array_equal(values["hole_height"], before["hole_height"])


@pytest.mark.parametrize("height", [1.5, 3.0, 4.2])
def test_setting_the_water_leaves_the_ball_and_decides_the_jet(scene: Scene, height: float) -> None:
    values, before = solve(scene, {"water_height": height}), solve(scene)
    assert np.array_equal(values["ball_radius"], before["ball_radius"])
    assert_unrelated(values["flow"], values["ball_radius"])
    assert_uniform(values["flow"] - np.sqrt(1.96 * height * (values["hole_height"] - 0.5)), -0.3, 0.3)


@pytest.mark.parametrize("factor", ["hole_height", "flow"])
def test_hole_and_jet_leave_the_water_alone(scene: Scene, factor: str) -> None:
    values, before = solve(scene, {factor: 3.0}), solve(scene)
    assert np.array_equal(values["water_height"], before["water_height"])


def test_the_range_of_every_factor_holds_under_every_do(scene: Scene) -> None:
    for name, factor in scene.factors.items():
        for end in factor.bounds:
            values = solve(scene, {name: end})
            for other, its in scene.factors.items():
                low, high = its.bounds
                assert low <= values[other].min() and values[other].max() <= high, (name, end, other)


def test_everything_is_whole_and_in_the_frame_in_every_corner(scene: Scene) -> None:
    """Every combination of the ends of all ranges, physics or not."""
    corners = np.array(list(itertools.product(*(factor.bounds for factor in scene.factors.values()))))
    do = dict(zip(scene.factors, corners.T, strict=True))
    values = scene.scm.solve(scene.noise(len(corners)), do)
    for name in scene.renderer.groups:
        mask = group(scene, values, name)
        assert mask.any(axis=(1, 2)).all(), name
        edge = mask[:, 0].any() or mask[:, -1].any() or mask[:, :, 0].any() or mask[:, :, -1].any()
        assert edge == (name == "floor"), name
    seen = group(scene, values, "ball").sum(axis=(1, 2))
    np.testing.assert_allclose(seen, np.pi * (values["ball_radius"] * UNIT) ** 2, rtol=0.2)


@pytest.mark.parametrize("reach", [1.7, 3.0, 6.2])
def test_the_jet_is_drawn_from_the_hole_to_where_flow_is_set(scene: Scene, reach: float) -> None:
    values = solve(scene, {"flow": reach}, 200)
    mask = group(scene, values, "jet")
    top = mask.argmax(axis=1).astype(float)  # the topmost row of each column, from above
    columns = np.flatnonzero(mask.any(axis=(0, 1)))
    assert columns.min() == pytest.approx((3.4 + 0.3) * UNIT, abs=2)
    assert columns.max() + 1 == pytest.approx((3.4 + reach + 0.56) * UNIT, abs=2)
    middle = round((3.4 + reach / 2) * UNIT)
    height = values["hole_height"] - (values["hole_height"] - 0.5) / 4 + 0.6  # half way along the parabola
    np.testing.assert_allclose(64 - top[:, middle], height * UNIT, atol=3.0)


@pytest.mark.parametrize("height", [1.5, 3.0, 4.2])
def test_the_water_is_drawn_as_high_as_it_is_set(scene: Scene, height: float) -> None:
    values = solve(scene, {"water_height": height}, 200)
    column = group(scene, values, "water")[:, :, round(0.7 * UNIT)]  # beside the ball
    np.testing.assert_allclose(64 - column.argmax(axis=1), (values["hole_height"] + 0.6 + height) * UNIT, atol=1.0)


def test_each_factor_moves_something_by_six_pixels(scene: Scene) -> None:
    ends = {name: np.ptp(factor.bounds) * UNIT for name, factor in scene.factors.items()}
    ends["ball_radius"] *= 2  # its diameter
    assert min(ends.values()) > 6
