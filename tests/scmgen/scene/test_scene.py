"""The Python interface: sample, counterfactual, render, masks, change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray

import scmgen
from scmgen import Affine
from scmgen.errors import ScmgenError
from scmgen.scene.scene import Scene, SceneDocument, compile_scene

DOCUMENT: dict[str, Any] = {
    "name": "toy",
    "parameters": {"gain": 2.0},
    "equations": {
        "kind": "category(1, 1)",
        "x": "uniform(0.2, 0.4)",
        "y": "gain * x + uniform(0, 0.1)",
        "half": "y / 2",
    },
    "factors": {
        "kind": {"levels": ["cube", "ball"]},
        "x": {"range": [0.2, 0.4], "unit": "frame", "long_name": "where it stands"},
        "y": {"range": [0.4, 0.9], "circular": True},
    },
    "draw": [
        {
            "mark": "disc",
            "x": "x",
            "y": "half",
            "radius": 0.1,
            "rgb": [1, 0, 0],
            "when": "kind == ball",
            "group": "ball",
        },
        {"mark": "rect", "x": 0.75, "y": 0.75, "width": 0.2, "height": 0.2, "rgb": [0, 0, 1], "group": "box"},
    ],
}


def toy(**changes: Any) -> Scene:
    return compile_scene(SceneDocument.model_validate({**DOCUMENT, **changes}))


def refusal(**changes: Any) -> str:
    with pytest.raises(ScmgenError) as caught:
        toy(**changes)
    return str(caught.value)


def test_a_sample_is_a_data_set_with_its_noise() -> None:
    sample = toy().sample(5, seed=3)
    assert isinstance(sample, xarray.Dataset)
    assert list(sample.data_vars) == ["kind", "x", "y", "half", "noise"]
    assert sample["y"].dims == ("sample",) and sample["y"].dtype == np.float64 and sample.sizes["sample"] == 5
    assert sample["noise"].dims == ("sample", "exogenous") and list(sample["exogenous"].values) == ["kind", "x", "y"]
    assert sample.attrs == {"scene": "toy"}


def test_attributes_say_what_a_variable_is() -> None:
    sample = toy().sample(1)
    assert sample["half"].attrs == {"role": "hidden"}
    assert sample["x"].attrs == {
        "role": "factor",
        "units": "frame",
        "long_name": "where it stands",
        "circular": 0,
        "valid_range": [0.2, 0.4],
    }
    assert sample["kind"].attrs == {
        "role": "factor",
        "units": "1",
        "long_name": "kind",
        "circular": 0,
        "flag_values": [0, 1],
        "flag_meanings": "cube ball",
    }
    assert sample["y"].attrs["circular"] == 1


def test_samples_depend_on_seed_split_and_position_only() -> None:
    scene = toy()
    whole = scene.sample(10, seed=1)
    assert scene.sample(4, seed=1, start=3).equals(whole.isel(sample=slice(3, 7)))
    assert not np.array_equal(whole["x"], scene.sample(10, seed=2)["x"])
    assert not np.array_equal(whole["x"], scene.sample(10, seed=1, split="test")["x"])


def test_a_counterfactual_from_a_data_set_and_from_a_mapping_are_one() -> None:
    scene = toy()
    noise = scene.noise(6, seed=1)
    factual = scene.sample(6, seed=1)
    from_mapping = scene.counterfactual(noise, do={"x": 0.3})
    assert scene.counterfactual(factual, do={"x": 0.3}).identical(from_mapping)
    assert scene.counterfactual(factual).identical(factual)
    assert scene.sample(6, seed=1, do={"x": 0.3}).identical(from_mapping)
    assert scene.counterfactual(from_mapping).identical(factual)  # the noise travels


def test_a_do_changes_descendants_and_nothing_else() -> None:
    factual = toy().sample(50)
    changed = toy().counterfactual(factual, do={"x": np.linspace(0.2, 0.4, 50)})
    assert np.array_equal(changed["kind"], factual["kind"]) and np.array_equal(changed["noise"], factual["noise"])
    np.testing.assert_allclose(changed["y"] - factual["y"], 2 * (changed["x"] - factual["x"]), atol=1e-12)
    assert np.array_equal(changed["half"], changed["y"] / 2)


def test_shifts_and_scalings() -> None:
    factual = toy().sample(8)
    shifted = toy().counterfactual(factual, do={"y": Affine(1, 0.25)})
    assert np.array_equal(shifted["y"], factual["y"] + 0.25)
    scaled = toy().counterfactual(factual, do={"y": Affine(0.5, 0)})
    assert np.array_equal(scaled["y"], 0.5 * factual["y"])


@pytest.mark.parametrize("size", [16, 33, 512])
def test_pictures_have_the_size_asked_for(size: int) -> None:
    sample = toy().sample(2)
    images, masks = toy().render(sample, size), toy().masks(sample, size)
    assert images.shape == (2, size, size, 3) and images.dtype == np.uint8
    assert masks.shape == (2, size, size) and masks.dtype == np.uint8


def test_masks_count_groups_in_their_order() -> None:
    ball = {"kind": 1.0, "x": 0.25, "half": 0.25}
    mask = toy().masks(ball, 64)[0]
    assert mask[48, 16] == 1 and mask[16, 48] == 2 and mask[2, 2] == 0  # row 0 is the top
    assert set(np.unique(toy().masks({**ball, "kind": 0.0}, 64))) == {0, 2}


def test_render_takes_arrays_scalars_and_data_sets() -> None:
    scene = toy()
    sample = scene.sample(3)
    mapping = {name: sample[name].values for name in ("kind", "x", "half")}
    assert np.array_equal(scene.render(sample), scene.render(mapping))
    assert scene.render({**mapping, "x": 0.25}).shape == (3, 64, 64, 3)


def test_marks_that_read_the_time_need_no_values_of_it() -> None:
    disc = {**DOCUMENT["draw"][0], "x": "x + time / 4", "when": "time < 2"}
    scene = compile_scene(SceneDocument.model_validate({**DOCUMENT, "frames": 3, "draw": [disc]}))
    still = np.full((1, 3), 0.25)
    masks = scene.masks({"x": still, "half": still}, 64)[0]
    assert [mask[48, [16, 32]].tolist() for mask in masks] == [[1, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"x": 0.3}, "the drawing of toy also reads half, kind"),
        (
            {"x": np.zeros(2), "half": np.zeros(3), "kind": np.zeros(2)},
            "values must be (n,) arrays of one length, or scalars; found shapes [(2,), (3,)]",
        ),
        (
            {"x": np.zeros((2, 2)), "half": 0, "kind": 0},
            "values must be (n,) arrays of one length, or scalars; found shapes [(1,), (2, 2)]",
        ),
        ({"x": np.nan, "half": 0, "kind": 0}, "toy: draw.0.x: 'x' is nan in row 0; it read x = nan"),
    ],
)
def test_values_that_cannot_be_drawn(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        toy().render(values)
    assert str(caught.value) == message


@pytest.mark.parametrize("size", [0, 15, 1025])
def test_sizes_that_cannot_be_drawn(size: int) -> None:
    for draw in (toy().render, toy().masks):
        with pytest.raises(ScmgenError) as caught:
            draw(toy().sample(1), size)
        assert str(caught.value) == f"size: 16 to 1024 pixels a side are possible, found {size}"


def test_counterfactuals_need_noise() -> None:
    scene = toy()
    with pytest.raises(ScmgenError, match="this data set holds no noise; counterfactuals need that of sample"):
        scene.counterfactual(scene.sample(2).drop_vars(["noise", "exogenous"]))
    with pytest.raises(ScmgenError, match="noise is needed for exactly these variables: kind, x, y; found x"):
        scene.counterfactual({"x": [0.5]})
    with pytest.raises(ScmgenError, match=r"do\(z\): no such variable"):
        scene.counterfactual(scene.noise(2), do={"z": 1})
    with pytest.raises(ScmgenError, match="n must be at least 1, found 0"):
        scene.sample(0)


def test_a_changed_scene_keeps_noise_and_drawing() -> None:
    scene = toy()
    other = scene.changed({"y": "1 - x + uniform(0, 0.1)"}, {"gain": 3})
    assert scene.changed() is scene
    assert np.array_equal(other.sample(4)["noise"], scene.sample(4)["noise"])
    assert other.scm.parameters == {"gain": 3} and scene.scm.parameters == {"gain": 2.0}
    np.testing.assert_allclose(other.sample(4)["y"] - scene.sample(4)["y"], 1 - 3 * scene.sample(4)["x"])
    assert other.renderer is scene.renderer


@pytest.mark.parametrize(
    ("equations", "parameters", "message"),
    [
        ({"z": "1"}, {}, "split rare: no equation 'z'; allowed: half, kind, x, y"),
        ({}, {"gian": 1}, "split rare: no parameter 'gian'; did you mean 'gain'?"),
    ],
)
def test_a_change_of_what_is_not_there(equations: dict[str, str], parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        toy().changed(equations, parameters, "split rare")
    assert str(caught.value) == message


NAME = "a name is letters, digits and _, begins with a letter, and is no Python keyword"
FACTORS = DOCUMENT["factors"]


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"yy": {"range": [0, 1]}}, "toy: factors.yy: no equation of that name; did you mean 'y'?"),
        ({"kind": {"levels": ["a b", "c"]}}, f"toy: factors.kind.levels.0: 'a b' cannot name a level: {NAME}"),
        ({"kind": {"levels": ["1", "2"]}}, f"toy: factors.kind.levels.0: '1' cannot name a level: {NAME}"),
        (
            {"kind": {"levels": ["a", "sin"]}},
            "toy: factors.kind.levels.1: 'sin' cannot name a level: it is a word of the language",
        ),
        ({"kind": {"levels": ["a", "gain"]}}, "toy: factors.kind.levels.1: 'gain' is already a parameter"),
        ({"kind": {"levels": ["a", "x"]}}, "toy: equations.x: 'x' is already a level of a factor"),
        (
            {"kind": {"levels": ["a", "b"]}, "x": {"levels": ["b", "a"]}},
            "toy: factors.x.levels.0: level 'b' is 0 here and 1 in another factor",
        ),
    ],
)
def test_factors_that_do_not_fit(factors: dict[str, Any], message: str) -> None:
    assert message in refusal(factors=factors).splitlines()  # a fault may have others behind it


def test_levels_may_be_shared_where_they_agree() -> None:
    scene = toy(factors={"kind": {"levels": ["cube", "ball"]}, "x": {"levels": ["cube", "ball", "cone"]}})
    assert scene.scm.constants == {"cube": 0, "ball": 1, "cone": 2}


def test_the_factor_graph_and_the_hidden_variables() -> None:
    scene = scmgen.load_scene("pendulum")
    assert scene.hidden == ("warmth", "haze", "cot", "cast")
    assert set(scene.factor_graph.nodes) == set(scene.factors)
