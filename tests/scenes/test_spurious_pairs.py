"""The scene `spurious-pairs`: two attributes that agree as often as asked, and nothing between them but a confounder.

Statistical tests compare N samples of a fixed seed with the closed form; each fails a right scene with
probability ALARM, all of them together with less than 1 in 100.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import ndimage, stats

import scmgen
from scmgen import ScmgenError
from scmgen.dataset import catalogue
from scmgen.scene.scene import Scene
from scmgen.scm import graph
from scmgen.scm.vocabulary import Array

N, ALARM = 20_000, 1e-4
BALL, CUBE, SEA, DUNES = 0.0, 1.0, 0.0, 1.0
ENTRIES = {"spurious-pairs-50": 0.5, "spurious-pairs-80": 0.8, "spurious-pairs-95": 0.95, "spurious-pairs-99": 0.99}


@pytest.fixture(scope="module")
def scene() -> Scene:
    return scmgen.load_scene("spurious-pairs")


def solve(scene: Scene, do: dict[str, float | Array] | None = None, n: int = N) -> dict[str, Array]:
    return scene.scm.solve(scene.noise(n, seed=31), do)


def assert_share(hits: Array, share: float) -> None:
    """Of 0/1 values, ``share`` are 1 (exactly so for 0 and 1)."""
    assert stats.binomtest(int(hits.sum()), len(hits), share).pvalue > ALARM


def assert_uniform(values: Array, low: float, high: float) -> None:
    assert low < values.min() and values.max() < high
    assert stats.kstest(values, "uniform", (low, high - low)).pvalue > ALARM


def assert_alike(a: Array, b: Array) -> None:
    assert stats.ks_2samp(a, b).pvalue > ALARM


def group(scene: Scene, values: dict[str, Array], name: str) -> Array:
    return scene.masks(values, 64) == scene.renderer.groups.index(name) + 1


def near(mask: Array) -> Array:
    """The mask and the pixels that its soft edge touches."""
    found: Array = ndimage.binary_dilation(mask, np.ones((1, 3, 3)))
    return found


def test_a_hidden_cause_is_all_that_joins_object_and_background(scene: Scene) -> None:
    assert graph.edges(scene.factor_graph, "bidirected") == [("object", "background")]
    assert set(graph.edges(scene.factor_graph, "directed")) == {
        ("object", "size"),
        ("object", "hue"),
        ("background", "horizon"),
    }
    assert "photographer" in scene.hidden and {"object", "background", "photographer"} <= set(scene.scm.exogenous)


@pytest.mark.parametrize("agreement", [0, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1])
def test_object_and_background_agree_as_often_as_asked_and_stay_balanced(scene: Scene, agreement: float) -> None:
    values = solve(scene.changed(parameters={"agreement": agreement}))
    object_, background = values["object"], values["background"]
    assert_share(object_ == background, agreement)
    assert_share(object_ == CUBE, 0.5)
    assert_share(background == DUNES, 0.5)
    phi = np.corrcoef(object_, background)[0, 1]
    assert phi == pytest.approx(2 * agreement - 1, abs=4 / np.sqrt(N))


@pytest.mark.parametrize("agreement", [0.05, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("photographer", [0, 1])
def test_given_the_photographer_each_choice_slips_on_its_own(scene: Scene, agreement: float, photographer: int) -> None:
    values = solve(scene.changed(parameters={"agreement": agreement}))
    chosen = values["photographer"] == photographer
    wanted = photographer if agreement >= 0.5 else 1 - photographer
    slips = (values["object"] != photographer)[chosen], (values["background"] != wanted)[chosen]
    slip = (1 - np.sqrt(abs(2 * agreement - 1))) / 2
    for slipped in slips:
        assert_share(slipped, slip)
    assert_share(slips[0] & slips[1], slip**2)


@pytest.mark.parametrize("agreement", [-0.1, 1.2])
def test_an_agreement_that_is_no_probability_is_an_error_that_names_the_object(scene: Scene, agreement: float) -> None:
    with pytest.raises(ScmgenError, match="object is nan in row 0"):
        solve(scene.changed(parameters={"agreement": agreement}))


def test_effects_depend_on_their_cause_alone(scene: Scene) -> None:
    values = solve(scene)
    for kind in (BALL, CUBE):
        chosen = values["object"] == kind
        assert_uniform(values["size"][chosen], 0.105 + 0.03 * kind, 0.155 + 0.03 * kind)
        assert_uniform(values["hue"][chosen], -0.25 + 0.13 * kind, -0.07 + 0.13 * kind)
        for effect in ("size", "hue"):
            at_sea = values["background"] == SEA
            assert_alike(values[effect][chosen & at_sea], values[effect][chosen & ~at_sea])
        behind = values["background"] == kind
        assert_uniform(values["horizon"][behind], 0.42 + 0.06 * kind, 0.52 + 0.06 * kind)
        is_ball = values["object"] == BALL
        assert_alike(values["horizon"][behind & is_ball], values["horizon"][behind & ~is_ball])
    assert_uniform(values["position"], 0.25, 0.75)


@pytest.mark.parametrize(
    ("target", "other", "effects"), [("object", "background", ["size", "hue"]), ("background", "object", ["horizon"])]
)
def test_setting_one_attribute_leaves_the_other_and_ends_their_agreement(
    scene: Scene, target: str, other: str, effects: list[str]
) -> None:
    coin = (scene.noise(N, seed=32)["light"] < 0.5).astype(float)
    before, after = solve(scene), solve(scene, {target: coin})
    for name in set(scene.scm.variables) - {target, *effects}:
        assert np.array_equal(before[name], after[name]), name
    assert_share(after[target] == after[other], 0.5)
    for effect in effects:
        assert (before[effect] != after[effect])[before[target] != coin].all()


def test_setting_the_object_leaves_every_pixel_of_the_background(scene: Scene) -> None:
    before = solve(scene, n=300)
    after = solve(scene, {"object": 1 - before["object"]}, 300)
    image, image_cf = scene.render(before), scene.render(after)
    covered = near(group(scene, before, "object")) | near(group(scene, after, "object"))
    assert np.array_equal(image[~covered], image_cf[~covered])
    assert (image != image_cf).any(axis=(1, 2, 3)).all()
    assert covered.mean() < 0.2


def test_setting_the_background_leaves_every_pixel_of_the_object(scene: Scene) -> None:
    before = solve(scene, n=300)
    after = solve(scene, {"background": 1 - before["background"]}, 300)
    whole = group(scene, before, "object")
    assert np.array_equal(whole, group(scene, after, "object"))
    inside = ~near(~whole)
    inside[:, 52:] = False  # the shadow below the object is thin: its colour is that of the ground
    assert inside.any(axis=(1, 2)).all()
    assert np.array_equal(scene.render(before)[inside], scene.render(after)[inside])
    outside = ~near(whole)
    share = (scene.render(before) != scene.render(after)).any(axis=3)[outside].mean()
    assert share > 0.95


def test_the_object_is_whole_and_in_the_frame_in_every_corner(scene: Scene) -> None:
    """Every combination of levels and ends of ranges."""
    ends = [range(len(factor.levels)) if factor.levels else factor.bounds for factor in scene.factors.values()]
    corners = np.array(list(itertools.product(*ends)), dtype=float)
    values = scene.scm.solve(scene.noise(len(corners)), dict(zip(scene.factors, corners.T, strict=True)))
    mask = group(scene, values, "object")
    assert not (mask[:, 0] | mask[:, -1] | mask[:, :, 0] | mask[:, :, -1]).any()
    area = np.where(values["object"] == BALL, np.pi, 1.5 * np.sqrt(3)) * (64 * values["size"]) ** 2
    assert (np.abs(mask.sum(axis=(1, 2)) / area - 1.08) < 0.15).all()  # the shadow adds a little
    columns = mask.any(axis=1)
    middle = (columns * (np.arange(64) + 0.5)).sum(axis=1) / columns.sum(axis=1) / 64
    np.testing.assert_allclose(middle, values["position"], atol=0.02)


def test_the_range_of_every_factor_holds_under_every_do(scene: Scene) -> None:
    for name, factor in scene.factors.items():
        for end in factor.bounds:
            values = solve(scene, {name: end})
            for other, its in scene.factors.items():
                low, high = its.bounds
                assert low <= values[other].min() and values[other].max() <= high, (name, end, other)


@pytest.mark.parametrize(("name", "agreement"), ENTRIES.items())
def test_each_split_of_an_entry_has_the_correlation_that_its_name_says(name: str, agreement: float) -> None:
    entry = catalogue.entries()[name]
    asked = {"train": agreement, "test_iid": agreement, "test_uncorrelated": 0.5, "test_flipped": 1 - agreement}
    assert [split.name for split in entry.splits] == list(asked)
    for split in entry.splits:
        scene = catalogue.load_scene(entry.scene).changed(parameters={**entry.parameters, **split.parameters})
        values = scene.scm.solve(scene.scm.noise(N, entry.seed, split.name))
        assert_share(values["object"] == values["background"], round(asked[split.name], 9))
