"""What a scene shows of itself: a line, a picture, a page."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import scmgen
from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError
from scmgen.scene import shown
from scmgen.scene.factor import Factor

NOTE = "a scene with <script>alert(1)</script>"


@pytest.fixture(scope="module")
def scene() -> scmgen.Scene:
    return scmgen.load_scene("pendulum")


def test_a_scene_is_a_line(scene: scmgen.Scene) -> None:
    names = "pendulum_angle, light_angle, shadow_length, shadow_position"
    assert repr(scene) == f"<Scene pendulum: 4 factors of 8 variables: {names}; 8 marks>"
    assert repr(scene.document) == str(scene.document) == "<SceneDocument pendulum: 8 equations, 4 factors>"


def test_samples_stand_beside_what_they_would_have_been(scene: scmgen.Scene) -> None:
    shown = np.asarray(scene.show({"light_angle": 1.3}, n=2, seed=4, size=128))
    factual = scene.sample(2, seed=4)
    twin = scene.counterfactual(factual, {"light_angle": 1.3})
    for k, values in enumerate((factual, twin)):
        for row, image in enumerate(scene.render(values, 128)):
            left = 12 + row * (2 * 132 + 12) + k * 132
            assert (shown[44:172, left : left + 128] == image).all()
    assert scene.show(n=1).size < scene.show({"light_angle": 1.3}, n=1, size=(256, 64)).size


def test_a_do_that_does_not_fit_is_not_drawn(scene: scmgen.Scene) -> None:
    with pytest.raises(ScmgenError, match=r"^do\(light_angle\): 9 in row 0 is outside the range 1\.15 to 2 rad; "):
        scene.show({"light_angle": 9})
    assert scene.show({"light_angle": 9}, n=1, allow_ood=True).size[0] == 420


def test_a_page_has_pairs_and_the_graph_and_escapes_what_a_file_says(tmp_path: Path) -> None:
    text = catalogue.scenes()["pendulum"].read_text()
    text = re.sub(r"^description: .*\n( .*\n)*", f"description: {NOTE}\n", text, flags=re.MULTILINE)
    (tmp_path / "mine.yaml").write_text(text)
    page = scmgen.load_scene(tmp_path / "mine.yaml")._repr_html_()
    assert len(page) < 200_000 and "&lt;script&gt;" in page and "<script" not in page
    assert page.count('src="data:image/png;base64,') == page.count("<svg") == 1 and 'data-node="light_angle"' in page


def test_a_scene_that_cannot_be_drawn_shows_its_text(scene: scmgen.Scene) -> None:
    page = scene.changed({"warmth": "uniform(0, 1) / 0"})._repr_html_()
    assert "<img" not in page and "not drawn" in page and "<svg" in page


def test_a_value_that_was_set_stands_behind_the_one_before(scene: scmgen.Scene) -> None:
    angle, length = scene.factors["light_angle"], scene.factors["shadow_length"]
    assert shown.moved(angle, 1.3, 1.5) == "1.30 -> 1.50 rad"
    assert shown.moved(length, 0.00125, 0.0015) == "0.00125 -> 0.0015"
    assert shown.moved(Factor(levels=("cube", "ball")), 0, 1) == "cube -> ball"
