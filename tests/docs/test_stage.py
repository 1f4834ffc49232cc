"""The page of the stage language is what its script makes of the words, and its examples are scenes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from checkout import ROOT, script
from PIL import Image

from scmgen.render.stage.words import BODY, JOINTS, LIGHTS, MATERIALS, OBJECTS, PHYSICS

pytest.importorskip("mitsuba")
MAKER = script("docs/make_stage.py")
PAGE = (ROOT / "docs" / "reference" / "stage.md").read_text("utf-8")


def test_it_is_not_stale() -> None:
    assert PAGE == MAKER.page(), "run: python docs/make_stage.py"


def test_it_has_every_word_and_every_key() -> None:
    assert set(MAKER.EXAMPLES) == {*OBJECTS, *MATERIALS, *LIGHTS, "body", "arm"}
    told = set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE))
    assert {key for word in (*OBJECTS.values(), *LIGHTS.values(), BODY, PHYSICS) for key in word.keys} | set(
        JOINTS
    ) <= told


@pytest.mark.parametrize("name", ["torus", "mesh", "spot"])
def test_a_picture_is_what_the_example_beside_it_shows(name: str) -> None:
    shown = np.asarray(Image.open(ROOT / "docs" / "images" / "stage" / f"{name}.png").convert("RGB"))
    assert (MAKER.picture(name) != shown).mean() <= 0.05


def test_the_renderers_are_shown_side_by_side() -> None:
    pytest.importorskip("mujoco")
    shown = np.asarray(Image.open(ROOT / "docs" / "images" / "stage" / "arm-mujoco.png").convert("RGB"))
    assert (MAKER.picture("arm", "mujoco") != shown).mean() <= 0.05


def test_the_moments_of_physics_are_what_is_shown() -> None:
    pytest.importorskip("mujoco")
    shown = np.asarray(Image.open(ROOT / "docs" / "images" / "stage" / "physics.png").convert("RGB"))
    assert (MAKER.moments() != shown).mean() <= 0.05


@pytest.mark.parametrize("name", MAKER.EXAMPLES)
def test_every_example_can_be_rendered(name: str) -> None:
    scene = MAKER.compile_scene(MAKER.document(MAKER.EXAMPLES[name]))
    scene.renderer.rehearse(scene.world({"u": 0.5}))
