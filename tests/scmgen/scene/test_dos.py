"""Levels by name and values in their ranges, in a do from Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import scmgen
from scmgen import Affine
from scmgen.errors import ScmgenError


@pytest.fixture(scope="module")
def scene() -> scmgen.Scene:
    return scmgen.load_scene("shapes")


def test_a_level_is_set_by_its_name_as_by_its_number(scene: scmgen.Scene) -> None:
    named, numbered = (scene.sample(3, do={"shape_left": level}) for level in ("triangle", 2))
    assert named.identical(numbered) and (named.shape_left == 2).all()
    each = scene.sample(3, do={"shape_left": ["star", "disc", "square"], "x_left": np.array([0.0, 0.01, 0.02])})
    assert each.shape_left.values.tolist() == [3, 0, 1]


@pytest.mark.parametrize(
    ("do", "message"),
    [
        ({"shape_left": "start"}, "do(shape_left): no level 'start'; did you mean 'star'?"),
        ({"shape_left": ["disc", "x"]}, "do(shape_left): no level 'x'; allowed: disc, square, star, triangle"),
        (
            {"shape_left": 4},
            "do(shape_left): 4 in row 0 is no level; levels are 0 to 3 (disc, square, triangle, star)",
        ),
        (
            {"shape_left": Affine(1, 0.5)},
            "do(shape_left): {} in row 0 is no level; levels are 0 to 3 (disc, square, triangle, star)",
        ),
        ({"x_left": "disc"}, "do(x_left): a number from -0.06 to 0.06 is needed, found 'disc'"),
        ({"x_left": [[0], [0, 0]]}, "do(x_left): give numbers, a scalar or one for each of the 2 samples"),
        ({"shap_left": "disc"}, "do(shap_left): no such variable; did you mean 'shape_left'?"),
        ({"backdrop": "disc"}, "do(backdrop): give numbers, a scalar or one for each of the 2 samples"),
    ],
)
@pytest.mark.parametrize("allow_ood", [False, True])
def test_what_can_never_be_is_refused(scene: scmgen.Scene, do: dict[str, Any], message: str, allow_ood: bool) -> None:
    with pytest.raises(ScmgenError) as caught:
        scene.sample(2, do=do, allow_ood=allow_ood)
    assert str(caught.value) == message.format(scene.sample(1).shape_left.values[0] + 0.5)


@pytest.mark.parametrize(
    ("do", "found"),
    [
        ({"x_left": 0.5}, "0.5 in row 0"),
        ({"x_left": [0, 0.07]}, "0.07 in row 1"),
        ({"x_left": Affine(0, 1)}, "1 in row 0"),
    ],
)
def test_a_value_outside_its_range_must_be_allowed(scene: scmgen.Scene, do: dict[str, Any], found: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        scene.counterfactual(scene.noise(2), do)
    limits = "is outside the range -0.06 to 0.06 frame; allow it with allow_ood=True"
    assert str(caught.value) == f"do(x_left): {found} {limits}"
    assert scene.counterfactual(scene.noise(2), do, allow_ood=True).x_left.max() > 0.06


def test_what_has_no_range_and_rows_that_are_left_alone_are_not_judged(scene: scmgen.Scene) -> None:
    outside = scene.changed({"x_left": "1 + uniform(0, 1)"})
    assert outside.sample(2, do={"backdrop": 7.0, "hue_left": 3.0}).backdrop.values.tolist() == [7, 7]
    assert (outside.sample(2, do={"x_left": Affine(1, 0)}).x_left > 1).all()


def test_a_do_in_some_frames_of_a_clip_is_judged_in_those() -> None:
    moving = scmgen.load_scene("fall")
    done = np.arange(16)[None] >= 12
    factual = moving.sample(2)
    twin = moving.counterfactual(factual, {"height": Affine(np.where(done, 0, 1), np.where(done, 9.0, 0))})
    assert (twin.height[:, 12:] == 9).all() and (twin.height[:, :12] == factual.height[:, :12]).all()
    assert (moving.counterfactual(factual, {"size": Affine(np.ones(2), np.zeros(2))})["size"] == factual["size"]).all()
    with pytest.raises(ScmgenError) as caught:
        moving.counterfactual(factual, {"height": Affine(np.where(done, 0, 1), np.where(done, 90.0, 0))})
    told = "do(height): 90 in row 0, frame 12 is outside the range 0 to 10 m; allow it with allow_ood=True"
    assert str(caught.value) == told
