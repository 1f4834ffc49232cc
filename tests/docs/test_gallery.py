"""The gallery is what its script makes of the catalogue, and shows every scene."""

from __future__ import annotations

import costly
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


LONG = [name for name in MAKER.NAMES if name in costly.ENTRIES]


@pytest.mark.parametrize("name", [name for name in MAKER.NAMES if name not in LONG[1:]])  # one takes long enough
def test_a_sheet_shows_the_pairs_that_are_drawn_now(name: str) -> None:
    shown = Image.open(ROOT / "docs" / "images" / f"{name}-64.png").convert("RGB")
    drawn = np.asarray(MAKER.sheet(name, 64).convert("RGB"))
    most = catalogue.find(name).scene.renderer.exact.image if name in LONG else 0.0
    assert drawn.shape == np.asarray(shown).shape and (drawn != np.asarray(shown)).mean() <= most


def test_there_is_a_sheet_of_each_size() -> None:
    sheets = [ROOT / "docs" / "images" / f"{name}-{size}.png" for name in MAKER.NAMES for size in MAKER.sizes(name)]
    assert [sheet.name for sheet in sheets if not sheet.exists()] == []
