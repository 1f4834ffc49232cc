"""The scene `shadow`, under the sun and under the lamp: optics, distributions, and what is drawn.

Statistical tests compare N samples of a fixed seed with the closed form; each fails a right scene with
probability ALARM, all of them together with less than 1 in 100.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import ndimage, stats

import scmgen
from scmgen.render.shapes import ELLIPSE, FIXED, HEAD
from scmgen.scene.scene import Scene
from scmgen.scm import graph
from scmgen.scm.vocabulary import Array

N, ALARM = 20_000, 1e-4
TALL = np.array([1.7, 2.0, 2.1, 2.2, 2.3])  # height of box, ball, gem, cone and column of size 1
SUN, LAMP = 0, 1


@pytest.fixture(scope="module", params=[SUN, LAMP], ids=["sun", "lamp"])
def scene(request: pytest.FixtureRequest) -> Scene:
    return scmgen.load_scene("shadow").changed(parameters={"point": request.param})


def is_lamp(scene: Scene) -> bool:
    return scene.scm.parameters["point"] == LAMP


def solve(scene: Scene, do: dict[str, float] | None = None, n: int = N) -> dict[str, Array]:
    return scene.scm.solve(scene.noise(n, seed=21), do)


def thrown(scene: Scene, x: Array, z: Array, light: Array) -> tuple[Array, Array]:
    """Where the shadow of the point (x, z) lies: across, and towards the viewer (published formulas)."""
    if is_lamp(scene):
        return light + 8 * (x - light) / (8 - z), 6 * z / (8 - z)
    return x - z * light / 5, 6 * z / 5


def top(values: dict[str, Array]) -> Array:
    return values["size"] * TALL[values["shape"].astype(int)]


def assert_uniform(values: Array, low: float, high: float) -> None:
    assert low < values.min() and values.max() < high
    assert stats.kstest(values, "uniform", (low, high - low)).pvalue > ALARM


def assert_unrelated(values: Array, cause: Array) -> None:
    """Values are distributed alike where the cause is low and where it is high."""
    low = cause < np.median(cause)
    assert stats.ks_2samp(values[low], values[~low]).pvalue > ALARM


def rests(scene: Scene, values: dict[str, Array]) -> dict[str, tuple[Array, float]]:
    """What the causes leave unexplained of each effect, and the half-width of its noise."""
    across, along = thrown(scene, np.zeros(N), top(values), values["light_position"])
    turn = (values["floor_hue"] - values["light_hue"] + 0.5) % 1 - 0.5
    return {
        "shadow_position": (values["shadow_position"] - across, 0.2),
        "shadow_length": (values["shadow_length"] - along, 0.2),
        "bright_spot": (values["bright_spot"] - values["light_position"], 0.4),
        "floor_hue": (turn, 0.06),
    }


def groups(scene: Scene, values: dict[str, Array]) -> dict[str, Array]:
    masks = scene.masks(values, 64)
    return {name: masks == k + 1 for k, name in enumerate(scene.renderer.groups)}


def grown(mask: Array, by: int) -> Array:
    """The mask and the pixels near it."""
    found: Array = ndimage.binary_dilation(mask, np.ones((1, 3, 3)), by)
    return found


def test_the_graph_is_that_of_the_published_sets(scene: Scene) -> None:
    assert set(graph.edges(scene.factor_graph, "directed")) == {
        ("shape", "shadow_position"),
        ("size", "shadow_position"),
        ("light_position", "shadow_position"),
        ("shape", "shadow_length"),
        ("size", "shadow_length"),
        ("light_position", "bright_spot"),
        ("light_hue", "floor_hue"),
    }
    assert graph.edges(scene.factor_graph, "bidirected") == []


def test_roots_are_uniform(scene: Scene) -> None:
    values = solve(scene)
    for name, factor in scene.factors.items():
        if scene.factor_graph.in_degree(name):
            continue
        if factor.levels:
            counts = np.bincount(values[name].astype(int), minlength=len(factor.levels))
            assert stats.chisquare(counts).pvalue > ALARM, name
        else:
            assert_uniform(values[name], *factor.bounds)


def test_roots_are_independent(scene: Scene) -> None:
    values = solve(scene)
    roots = [name for name in scene.factors if not scene.factor_graph.in_degree(name)]
    for a, b in itertools.combinations(roots, 2):
        table = np.histogram2d(values[a], values[b], bins=[len(scene.factors[r].levels or range(4)) for r in (a, b)])[0]
        assert stats.chi2_contingency(table).pvalue > ALARM, (a, b)


def test_effects_follow_the_optics_but_for_their_noise(scene: Scene) -> None:
    values = solve(scene)
    for name, (rest, half) in rests(scene, values).items():
        assert_uniform(rest, -half, half)
        for cause in ("shape", "size", "light_position", "light_hue"):
            assert_unrelated(rest, values[cause])
        assert_unrelated(rest, values["colour"])
        assert half < 0.1 * np.ptp(scene.factors[name].bounds)


@pytest.mark.parametrize("shape", range(5))
def test_setting_the_shape_gives_the_mixture_over_sizes(scene: Scene, shape: int) -> None:
    along = thrown(scene, np.zeros(1), TALL[shape] * np.linspace(0.8, 1.4, 2_001), np.zeros(1))[1]

    def cumulative(length: Array) -> Array:
        grid = np.linspace(0.5, 5, 1_000)
        return np.interp(length, grid, np.clip((grid[:, None] - along + 0.2) / 0.4, 0, 1).mean(axis=1))

    assert stats.kstest(solve(scene, {"shape": shape})["shadow_length"], cumulative).pvalue > ALARM


@pytest.mark.parametrize("light", [-2.8, 0.9, 2.8])
def test_setting_the_light_moves_shadow_and_spot_only(scene: Scene, light: float) -> None:
    values, before = solve(scene, {"light_position": light}), solve(scene)
    assert_uniform(values["bright_spot"], light - 0.4, light + 0.4)
    assert_uniform(values["shadow_position"] - thrown(scene, np.zeros(N), top(values), np.full(N, light))[0], -0.2, 0.2)
    for name in set(scene.factors) - {"light_position", "bright_spot", "shadow_position"}:
        assert np.array_equal(values[name], before[name]), name


def test_setting_the_hue_of_the_light_tints_the_floor_around_the_circle(scene: Scene) -> None:
    floor = solve(scene, {"light_hue": 0.99})["floor_hue"]
    assert_uniform((floor - 0.99 + 0.5) % 1, 0.44, 0.56)
    assert (floor < 0.05).any() and (floor > 0.93).any()


def test_every_factor_stays_in_its_range_under_every_do(scene: Scene) -> None:
    for name, factor in scene.factors.items():
        for end in factor.bounds:
            values = solve(scene, {name: end})
            for other, its in scene.factors.items():
                low, high = its.bounds
                assert low <= values[other].min() and values[other].max() <= high, (name, end, other)


def test_nothing_is_cut_or_covered_in_any_corner(scene: Scene) -> None:
    """Every combination of levels and ends of ranges that moves something, optics or not."""
    moving = ("shape", "size", "light_position", "shadow_position", "shadow_length", "bright_spot")
    factors = {name: scene.factors[name] for name in moving}
    ends = [range(len(f.levels)) if f.levels else f.bounds for f in factors.values()]
    corners = np.array(list(itertools.product(*ends)), dtype=float)
    values = scene.scm.solve(scene.noise(len(corners)), dict(zip(moving, corners.T, strict=True)))
    seen = groups(scene, values)
    for name in ("object", "shadow", "light", "spot"):
        mask = seen[name]
        assert mask.any(axis=(1, 2)).all(), name
        assert not (mask[:, 0] | mask[:, -1] | mask[:, :, 0] | mask[:, :, -1]).any(), name
    assert np.ptp(seen["light"].sum(axis=(1, 2))) <= 4 and np.ptp(seen["spot"].sum(axis=(1, 2))) <= 6
    for shape, share in enumerate([0.0285, 0.0314, 0.0189, 0.0266, 0.0301]):  # of the frame, at size 1
        chosen = values["shape"] == shape
        area = seen["object"].sum(axis=(1, 2))[chosen] / 64**2
        np.testing.assert_allclose(area, share * values["size"][chosen] ** 2, rtol=0.2)


def shadow_of(scene: Scene, values: dict[str, Array]) -> Array:
    """Geometry of the one shadow that is drawn, in the frame: ``(n, columns)``."""
    shapes = scene.renderer.shapes(scene.world(values))
    own = shapes.groups == scene.renderer.groups.index("shadow") + 1
    kinds, rows = shapes.kinds[own], shapes.rows[:, own] / FIXED
    drawn = rows[:, :, 0] > 0
    assert (drawn.sum(axis=1) == 1).all() and len(set(drawn.argmax(axis=1))) == 1
    mark = drawn[0].argmax()
    assert (kinds[mark] == ELLIPSE) == (values["shape"][0] == 1)
    return rows[:, mark, HEAD : HEAD + shapes.lengths[own][mark]]


OUTLINES = {  # corners of an object of size 1, as shares of its half-width and of its height
    0: [(-1, 0), (1, 0), (1, 1), (-1, 1)],
    2: [(0, 0), (0.9, 0.5), (0, 1), (-0.9, 0.5)],
    3: [(-1, 0), (1, 0), (0, 1)],
    4: [(-0.65, 0), (0.65, 0), (0.65, 1), (-0.65, 1)],
}


@pytest.mark.parametrize("shape", OUTLINES)
def test_the_shadow_is_the_projection_of_the_outline(scene: Scene, shape: int) -> None:
    values = optical(scene, shape)
    corners = []
    for x, z in OUTLINES[shape]:
        across, along = thrown(scene, x * values["size"], z * top(values), values["light_position"])
        corners += [0.5 + 0.1 * across, 0.435 - 0.06 * along]
    np.testing.assert_allclose(shadow_of(scene, values), np.stack(corners, axis=1), atol=2e-6)


def test_the_shadow_of_the_ball_is_the_projection_of_its_circle(scene: Scene) -> None:
    values = optical(scene, 1)
    x, y, rx, ry, c, s = shadow_of(scene, values).T
    for angle in np.linspace(0, 2 * np.pi, 17):
        place = values["size"] * np.cos(angle), values["size"] * (1 + np.sin(angle))
        across, along = thrown(scene, *place, values["light_position"])
        dx, dy = 0.5 + 0.1 * across - x, 0.435 - 0.06 * along - y
        np.testing.assert_allclose(np.hypot((dx * c + dy * s) / rx, (dy * c - dx * s) / ry), 1, atol=1e-3)


def optical(scene: Scene, shape: int) -> dict[str, Array]:
    """Samples of one shape whose shadow is where the optics put it, without noise."""
    values = solve(scene, {"shape": shape}, 200)
    across, along = thrown(scene, np.zeros(200), top(values), values["light_position"])
    do = {"shape": shape, "shadow_position": across, "shadow_length": along}
    return scene.scm.solve(scene.noise(200, seed=21), do)


@pytest.mark.parametrize("shape", OUTLINES)
def test_a_set_shadow_reaches_from_the_object_to_where_it_is_set(scene: Scene, shape: int) -> None:
    values = solve(scene, {"shape": shape, "shadow_position": 2.2, "shadow_length": 1.0}, 50)
    corners = shadow_of(scene, values).reshape(50, -1, 2)
    far = np.isclose(corners[:, :, 1], 0.435 - 0.06, atol=2e-6)
    near = np.isclose(corners[:, :, 1], 0.435, atol=2e-6)
    assert (far.sum(axis=1) == [z for _, z in OUTLINES[shape]].count(1)).all()
    np.testing.assert_allclose((corners[:, :, 0] * far).sum(axis=1) / far.sum(axis=1), 0.72, atol=2e-6)
    np.testing.assert_allclose((corners[:, :, 0] * near).sum(axis=1) / near.sum(axis=1), 0.5, atol=2e-6)


def test_a_do_changes_only_what_it_should(scene: Scene) -> None:
    before = solve(scene, None, 100)
    ground = np.arange(64)[None, :, None] > 64 * (1 - 0.435 - 0.03)
    for name, value, place in [
        ("colour", 4.0, lambda seen: grown(seen["object"], 2)),
        ("shadow_position", 1.0, lambda seen: ground & ~seen["spot"]),
        ("shadow_length", 2.0, lambda seen: ground & ~seen["spot"]),
        ("bright_spot", 1.0, lambda seen: grown(seen["spot"], 3)),
        ("light_hue", 0.3, lambda seen: grown(~seen["object"], 1)),
        ("floor_hue", 0.3, lambda seen: grown(~seen["object"], 1) & ~seen["light"]),
    ]:
        after = solve(scene, {name: value}, 100)
        changed = (scene.render(before) != scene.render(after)).any(axis=3)
        allowed = place(groups(scene, before)) | place(groups(scene, after))
        assert changed.any(axis=(1, 2)).mean() > 0.7, name
        assert not (changed & ~allowed).any(), name
