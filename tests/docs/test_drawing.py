"""The page of the drawing language is what its script makes of the marks, and its examples are scenes."""

from __future__ import annotations

import re

import numpy as np
import pytest
import yaml
from checkout import ROOT, script
from PIL import Image

from scmgen.render.marks import MARKS
from scmgen.scene.scene import compile_scene

MAKER = script("docs/make_drawing.py")
PAGE = (ROOT / "docs" / "reference" / "drawing.md").read_text("utf-8")


def test_it_is_not_stale() -> None:
    assert PAGE == MAKER.page()


def test_it_has_every_mark_and_every_channel() -> None:
    assert set(MAKER.EXAMPLES) == set(MARKS)
    for name, word in MARKS.items():
        part = PAGE.split(f"## {name}\n")[1].split("\n## ")[0]
        assert set(re.findall(r"^\| `(\w+)`", part, re.MULTILINE)) == (
            set(word.channels) | ({"pictures"} if word.shows else set()) | ({"text"} if word.spelled else set())
        ) - {"to"}


@pytest.mark.parametrize("name", [*MAKER.EXAMPLES, "blended"])
def test_a_picture_is_what_the_example_beside_it_draws(name: str) -> None:
    text = PAGE.split(f"(../images/marks/{name}.png)")[1].split("```yaml\n")[1].split("```")[0]
    MAKER.bring()
    image = compile_scene(MAKER.document(yaml.safe_load(text))).render({"u": 0.5}, MAKER.SIZE)[0]
    shown = np.asarray(Image.open(ROOT / "docs" / "images" / "marks" / f"{name}.png").convert("RGB"))
    assert np.array_equal(image, shown)
    assert image.std() > 0 or name == "fill"
