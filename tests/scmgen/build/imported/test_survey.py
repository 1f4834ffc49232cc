"""A first look at every image: their sizes must agree, or a size be asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path

import labelled_folder
import pytest
from labelled_folder import GOOD, call
from PIL import Image

from scmgen.build.imported.survey import survey

here = labelled_folder.here
HINT = "--size N crops each image to its middle square and resizes it to N x N (--fit pad or stretch: all of it)"


def test_an_image_of_another_size_is_told_and_nothing_stays(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.csv").write_text(GOOD)
    Image.new("L", (9, 8)).save("images/b.png")
    status, message = call(monkeypatch, capsys, "import images --labels t.csv -o out --shard-size 1")
    sizes = "images: images differ in size: a.png is 8 x 8, b.png is 9 x 8"
    assert (status, message) == (2, f"scmgen: {sizes}; {HINT}\n")
    assert not Path("out").exists()


def test_an_image_that_is_no_square_asks_for_a_size(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "abcd":
        Image.new("L", (12, 8)).save(Path("images") / f"{name}.png")
    Path("t.csv").write_text(GOOD)
    line = f"scmgen: images/a.png: 12 x 8 is no square; {HINT}\n"
    assert call(monkeypatch, capsys, "import images --labels t.csv -o out") == (2, line)


def test_sizes_may_differ_where_one_is_asked_for_and_sums_are_those_of_the_files(here: Path) -> None:
    Image.new("L", (12, 8)).save("images/b.png")
    files, looked = ["a.png", "b.png"], []
    sums, size = survey(Path("images"), files, 16, 1, looked.append)
    assert sums == [hashlib.sha256((Path("images") / file).read_bytes()).hexdigest() for file in files]
    assert (size, looked) == (16, [2])
    assert survey(Path("images"), files[:1], None, 1, looked.append)[1] == 8
