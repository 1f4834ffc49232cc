"""The contact sheet: which samples it shows, of generated and of imported sets."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

import scmgen
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse as steps
from scmgen.dataset.sampling import compile_spec
from scmgen.publish import sheet as show


def test_a_sheet_shows_nine_pairs_of_different_targets(small: Path) -> None:
    with Image.open(small / "sheet.png") as sheet:
        assert (sheet.size, sheet.mode) == ((840, 524), "RGB")
    again = show.encode(show.sheet(compile_spec(catalogue.spec(catalogue.find("pendulum"), n=300, size=64))))
    assert again == (small / "sheet.png").read_bytes()


def test_a_sheet_shows_no_more_samples_than_there_are() -> None:
    sheet = show.sheet(compile_spec(catalogue.spec(catalogue.find("shadow"), n=2, size=16)))
    assert sheet.size[0] == 420


def test_the_sheet_of_an_imported_set_shows_its_images(foreign: Path) -> None:
    sheet = Image.open(io.BytesIO((foreign / "sheet.png").read_bytes()))
    assert sheet.getpixel((20, 60)) == tuple(scmgen.load(foreign).images("train")[0][0, 0])


def test_labels_that_withhold_what_was_done_keep_it_from_the_sheet() -> None:
    source = catalogue.find("pendulum")
    hidden, other = (
        compile_spec(catalogue.spec(source, n=9, size=16, labels=labels, interventions=steps("none")))
        for labels in ("hidden", "whole")
    )
    assert show.encode(show.sheet(hidden)) == show.encode(show.sheet(other))
