"""The pages of the data sets are what the script makes of the catalogue and of what is sampled."""

from __future__ import annotations

import pytest
from checkout import ROOT, script

from scmgen.dataset import catalogue

MAKER = script("docs/make_datasets.py")
SAMPLED = MAKER.sampled
PAGES = ROOT / "docs" / "data-sets"


def test_every_scene_has_a_page_and_a_graph_and_the_page_every_data_set_of_it() -> None:
    entries = catalogue.entries()
    for scene, names in MAKER.scenes().items():
        text = (PAGES / f"{scene}.md").read_text("utf-8")
        assert all(f"scmgen build {names[0]} " in text and f"`{name}`" in text for name in names)
        assert (ROOT / "docs" / "images" / "graphs" / f"{names[0]}.svg").exists()
        pinned = [pins.spec_hash for name in names if (pins := entries[name].pins)]
        assert len(pinned) == len(names) and all(f"`{spec}`" in text for spec in pinned)


def test_every_scene_names_others() -> None:
    assert set(MAKER._RELATED) == set(MAKER.scenes())
    assert {name for names in MAKER._RELATED.values() for name in names.split()} <= set(MAKER.scenes())


@pytest.mark.parametrize("scene", ["pendulum-spurious"])  # one data set, whose test split differs
def test_a_page_is_not_stale(scene: str) -> None:
    sets = [SAMPLED.made(name) for name in MAKER.scenes()[scene]]
    assert (PAGES / f"{scene}.md").read_text("utf-8") == MAKER.page(scene, sets), "run: python docs/make_datasets.py"
    drawn = (ROOT / "docs" / "images" / "graphs" / f"{scene}.svg").read_text("utf-8")
    assert drawn == sets[0].graph + "\n"
