"""The scene ``shapes``: its distributions against their closed forms, and where its objects can be seen.

Each statistical test rejects with probability 1e-4 if the scene is right; there are 29 of them, so a
fresh seed gives a false alarm in 0.3 % of runs. The seed is fixed.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

import scmgen
from scmgen.scm.model import Do
from scmgen.scm.noise import uniforms
from scmgen.scm.vocabulary import Array

SCENE = scmgen.load_scene("shapes")
N, SEED, ALARM = 20_000, 7, 1e-4
TURN = 2 * np.pi
SIDES = ("left", "right")
OBJECT = ("shape", "hue", "size", "x", "y", "turn")


def solved(do: Do | None = None, n: int = N) -> dict[str, Array]:
    return SCENE.scm.solve(SCENE.noise(n, SEED), do)


def drawn(name: str, n: int = N) -> Array:
    """Values as a do draws them."""
    return SCENE.factors[name].at(uniforms(SEED, "test", f"do:{name}", 0, n))


def assert_uniform(values: Array, middle: float | Array, half: float) -> None:
    """Kolmogorov-Smirnov: values lie uniformly within ``half`` of their middle."""
    spread = (values - middle) / (2 * half) + 0.5
    assert stats.kstest(spread, "uniform").pvalue > ALARM


def assert_frequencies(values: Array, weights: Array) -> None:
    """Chi-square: levels are as frequent as their weights say."""
    counts = np.bincount(values.astype(int), minlength=len(weights))
    assert stats.chisquare(counts, len(values) * weights / weights.sum()).pvalue > ALARM


def around(values: Array, middle: float | Array, period: float) -> Array:
    """The way round a circle from the middle, at most half a period long."""
    return np.asarray((values - middle + period / 2) % period - period / 2)


def test_it_has_twelve_free_factors_of_three_kinds() -> None:
    assert list(SCENE.factors) == [f"{name}_{side}" for side in SIDES for name in OBJECT]
    assert SCENE.document.free == tuple(SCENE.factors)
    assert sum(bool(factor.levels) for factor in SCENE.factors.values()) == 2
    assert sum(factor.circular for factor in SCENE.factors.values()) == 4


def test_its_graph_has_the_edges_that_the_documentation_lists() -> None:
    causes = {name: set(SCENE.factor_graph.predecessors(name)) for name in SCENE.factors}
    assert {name: found for name, found in causes.items() if found} == {
        "size_left": {"shape_left"},
        "x_left": {"hue_left"},
        "turn_left": {"y_left"},
        "shape_right": {"y_left"},
        "size_right": {"size_left"},
        "hue_right": {"hue_left", "size_left"},
        "x_right": {"shape_right", "x_left"},
        "y_right": {"y_left", "size_right"},
        "turn_right": {"turn_left", "hue_right"},
    }
    assert set(SCENE.factors) - {name for name, found in causes.items() if not found} <= set(SCENE.scm.exogenous)


# Marginals


@pytest.mark.parametrize(
    ("name", "middle", "half"),
    [("hue_left", 0.5, 0.5), ("y_left", 0, 0.27), ("backdrop", 0.5, 0.5), ("dusk", 0.5, 0.5)],
)
def test_roots_are_uniform(name: str, middle: float, half: float) -> None:
    assert_uniform(solved()[name], middle, half)


def test_the_kinds_of_the_left_object_are_equally_frequent() -> None:
    assert_frequencies(solved()["shape_left"], np.ones(4))


def test_the_turn_of_the_left_object_is_a_sum_of_two_uniforms() -> None:
    wide, narrow = 6.8 * 0.27, 1.25
    both = wide + narrow
    law = stats.trapezoid(narrow / both, wide / both, np.pi - both, 2 * both)
    assert stats.kstest(solved()["turn_left"], law.cdf).pvalue > ALARM


def test_the_place_of_the_left_object_is_an_arcsine_and_a_uniform() -> None:
    grid = np.linspace(-0.06, 0.06, 2_001)
    parts = stats.arcsine(-0.033, 0.066).ppf((np.arange(4_000) + 0.5) / 4_000)
    cdf = np.array([stats.uniform(-0.026, 0.052).cdf(x - parts).mean() for x in grid])
    assert stats.kstest(solved()["x_left"], lambda x: np.interp(x, grid, cdf)).pvalue > ALARM


# Conditionals


@pytest.mark.parametrize(("level", "middle"), list(enumerate([0.1015, 0.1105, 0.1195, 0.1285])))
def test_the_size_of_the_left_object_given_its_kind(level: int, middle: float) -> None:
    values = solved()
    assert_uniform(values["size_left"][values["shape_left"] == level], middle, 0.0155)


def test_the_places_given_their_causes() -> None:
    values = solved()
    assert_uniform(values["x_left"], 0.033 * np.sin(TURN * values["hue_left"]), 0.026)
    steps = np.array([-0.021, -0.007, 0.007, 0.021])[values["shape_right"].astype(int)]
    assert_uniform(values["x_right"], steps - 0.4 * values["x_left"], 0.013)
    assert_uniform(values["y_right"], -0.45 * values["y_left"] - 3.8 * (values["size_right"] - 0.115), 0.045)


def test_the_size_of_the_right_object_given_the_other_size() -> None:
    values = solved()
    assert_uniform(values["size_right"], 0.115 - 0.6 * (values["size_left"] - 0.115), 0.0115)


# Effects of interventions


@pytest.mark.parametrize("height", [-0.28, -0.1, 0.05, 0.28])
def test_the_kind_of_the_right_object_under_a_do_on_the_height_of_the_left(height: float) -> None:
    weights = np.exp(np.array([8, 3, -3, -8]) * height)
    assert_frequencies(solved({"y_left": height})["shape_right"], weights)


@pytest.mark.parametrize(("hue", "size"), [(0.25, 0.09), (0.75, 0.14), (0, 0.115)])
def test_the_hue_of_the_right_object_under_a_do_on_both_causes(hue: float, size: float) -> None:
    middle = 0.3 + 0.2 * np.sin(TURN * hue) + 7 * (size - 0.115)
    values = solved({"hue_left": hue, "size_left": size})["hue_right"]
    assert_uniform(around(values, middle, 1), 0, 0.12)


@pytest.mark.parametrize(("turn", "hue"), [(0, 0.25), (3, 0.75), (6, 0.5)])
def test_the_turn_of_the_right_object_under_a_do_on_both_causes(turn: float, hue: float) -> None:
    values = solved({"turn_left": turn, "hue_right": hue})["turn_right"]
    assert_uniform(around(values, -turn + 0.9 * np.sin(TURN * hue), TURN), 0, 0.6)


@pytest.mark.parametrize("shape", range(4))
def test_the_place_of_the_right_object_under_a_do_on_its_kind_and_the_other_place(shape: int) -> None:
    values = solved({"shape_right": shape, "x_left": -0.05})["x_right"]
    assert_uniform(values, -0.021 + 0.014 * shape + 0.02, 0.013)


def test_the_height_of_the_right_object_under_a_do_on_the_kind_of_the_left() -> None:
    """The mean effect along shape_left -> size_left -> size_right -> y_right is a product of slopes."""
    disc, star = (solved({"shape_left": level})["y_right"] for level in (0, 3))
    np.testing.assert_allclose(star - disc, 3.8 * 0.6 * 0.027, atol=1e-12)


@pytest.mark.parametrize("edge", list(SCENE.factor_graph.edges(keys=False)), ids=" -> ".join)
def test_every_edge_shows_beside_the_noise_of_its_effect(edge: tuple[str, str]) -> None:
    """Another value of the cause changes the effect on average at least 0.9 times as much as another noise does."""
    cause, effect = edge
    noise, values, factor = SCENE.noise(N, SEED), solved(), SCENE.factors[effect]
    period = factor.bounds[1] - factor.bounds[0] if factor.circular else 1e9

    def change(other: dict[str, Array]) -> float:
        gap = around(other[effect], values[effect], period)
        return float(np.mean(gap != 0) if factor.levels else np.mean(gap**2))

    by_cause = change(SCENE.scm.solve(noise, {cause: np.roll(values[cause], 1)}))
    by_noise = change(SCENE.scm.solve({**noise, effect: np.roll(noise[effect], 1)}))
    assert by_cause > 0.9 * by_noise


# What can be seen


@pytest.mark.parametrize("name", [None, *SCENE.factors])
def test_observations_stay_in_range_under_every_do(name: str | None) -> None:
    values = solved({name: drawn(name)} if name else None)
    for other, factor in SCENE.factors.items():
        low, high = factor.bounds
        assert low <= values[other].min() and values[other].max() <= high, other


def extremes(side: str) -> dict[str, Array]:
    """Every combination of kind, turn and the ends of size and place of one object; the rest is fixed."""
    ends = [SCENE.factors[f"{name}_{side}"].bounds for name in ("size", "x", "y")]
    rows = np.array(list(itertools.product(range(4), np.linspace(0, TURN, 24), *ends)))
    rest = {name: values[:1] for name, values in solved(n=1).items()}
    columns = dict(zip((f"{name}_{side}" for name in ("shape", "turn", "size", "x", "y")), rows.T, strict=True))
    return {name: np.broadcast_to(columns.get(name, values), len(rows)) for name, values in rest.items()}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("size", [32, 64, 128])
def test_an_object_never_leaves_its_half_of_the_frame(side: str, size: int) -> None:
    images = SCENE.render(extremes(side), size)
    other = images[:, :, size // 2 :] if side == "left" else images[:, :, : size // 2]
    assert (other == other[:1]).all()
    assert not (images == images[:1]).all()


@pytest.mark.parametrize("side", SIDES)
def test_an_object_never_touches_the_rim_of_the_frame(side: str) -> None:
    images = SCENE.render(extremes(side), 128)
    for rim in (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]):
        assert (rim == rim[:1]).all()


@pytest.mark.parametrize("side", SIDES)
def test_the_smallest_object_is_nine_pixels_wide_and_high_and_its_hand_is_dark_for_every_hue(side: str) -> None:
    values = extremes(side)
    n = len(values["dusk"])
    values[f"size_{side}"] = np.full(n, SCENE.factors[f"size_{side}"].bounds[0])
    covered = SCENE.masks(values, 64) == SIDES.index(side) + 1
    assert min(covered.any(axis=axis).sum(axis=1).min() for axis in (1, 2)) >= 9
    for hue in np.linspace(0, 1, 12, endpoint=False):
        brightest = SCENE.render({**values, f"hue_{side}": np.full(n, hue)}, 64).max(axis=3)
        hand, body = (brightest < 110) & covered, (brightest > 190) & covered
        assert hand.sum(axis=(1, 2)).min() >= 8 and body.sum(axis=(1, 2)).min() >= 20


@pytest.mark.parametrize("name", [name for name, factor in SCENE.factors.items() if factor.circular])
def test_a_circular_factor_is_drawn_alike_at_both_ends(name: str) -> None:
    values = {other: array[:50] for other, array in solved().items()}
    ends = [SCENE.render({**values, name: np.full(50, end)}).astype(int) for end in SCENE.factors[name].bounds]
    assert np.abs(ends[0] - ends[1]).max() <= 1


def test_kinds_differ_at_every_turn_and_turns_differ_for_every_kind() -> None:
    values = {other: array[:1] for other, array in solved().items()} | {"size_left": np.array([0.085])}
    turns = np.arange(12) * TURN / 12
    pictures = np.stack(
        [
            SCENE.render({**values, "shape_left": np.full(12, float(k)), "turn_left": turns}).astype(float)
            for k in range(4)
        ]
    ).reshape(48, -1)
    gaps = np.sqrt(((pictures[:, None] - pictures[None]) ** 2).sum(axis=2))
    assert gaps[~np.eye(48, dtype=bool)].min() > 200
