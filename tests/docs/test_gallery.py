"""The gallery is what its script makes of the catalogue, and shows every scene."""

from __future__ import annotations

import numpy as np
import pytest
from checkout import ROOT, script
from PIL import Image

from scmgen.dataset import catalogue

MAKER = script("docs/make_gallery.py")


def test_the_page_is_not_stale() -> None:
    assert (ROOT / "docs" / "data-sets" / "gallery.md").read_text("utf-8") == MAKER.page()


def test_it_shows_every_scene() -> None:
    assert {catalogue.find(name).entry.scene for name in MAKER.NAMES} == set(catalogue.scenes())


@pytest.mark.parametrize("name", MAKER.NAMES)
def test_a_sheet_shows_the_pairs_that_are_drawn_now(name: str) -> None:
    shown = Image.open(ROOT / "docs" / "images" / f"{name}-64.png").convert("RGB")
    assert np.array_equal(np.asarray(shown), np.asarray(MAKER.sheet(name, 64).convert("RGB")))
    assert (ROOT / "docs" / "images" / f"{name}-128.png").exists()
