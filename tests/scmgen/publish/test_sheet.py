"""The contact sheet: which samples it shows, of generated and of imported sets."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import scmgen
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse as steps
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.pictures.sheet import encode
from scmgen.publish import sheet as show


def test_a_sheet_shows_nine_pairs_of_different_targets(small: Path) -> None:
    with Image.open(small / "sheet.png") as sheet:
        assert (sheet.size, sheet.mode) == ((840, 524), "RGB")
    again = encode(show.sheet(compile_spec(catalogue.spec(catalogue.find("pendulum"), n=300, size=64))))
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
    assert encode(show.sheet(hidden)) == encode(show.sheet(other))


@pytest.fixture
def captions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Take down the words under each pair, which pixels do not tell."""
    seen: list[str] = []
    lay = show.lay

    def told(name: str, note: str, worlds: Any, words: Any, columns: int) -> Any:
        seen.extend(line for (line,) in words)
        return lay(name, note, worlds, words, columns)

    monkeypatch.setattr(show, "lay", told)
    return seen


def _pairs(kinds: str, n: int, **changes: Any) -> Dataset:
    return compile_spec(catalogue.spec(catalogue.find("pendulum"), n=n, size=16, interventions=steps(kinds), **changes))


def test_a_caption_says_what_each_target_was_and_became(captions: list[str]) -> None:
    dataset = _pairs("hard:light_angle=1.5; hard:light_angle=1.6,base=factual", 10)
    show.contact_sheet(dataset, 4)
    before = [f"{value:.2f}" for value in dataset.opening("train", 4).values["light_angle"]]
    told = [re.findall(r"do\(light_angle = ([\d.]+) -> ([\d.]+) rad\)", words) for words in captions]
    assert any(told) and all(
        pair in ((old, "1.50"), (old, "1.60")) for old, pairs in zip(before, told, strict=True) for pair in pairs
    )


def test_a_do_that_changes_no_pixel_says_so(captions: list[str]) -> None:
    show.contact_sheet(_pairs("hard:among=shadow_length,value=self", 10), 6)
    done = [words for words in captions if words != "no intervention"]
    assert done and all(words.endswith("): the image stays") for words in done)
    captions.clear()
    show.contact_sheet(_pairs("hard:among=light_angle,value=flip", 10), 6)
    assert not any("stays" in words for words in captions)
