"""Which image goes to which split: as a column says, or by a hash of seed and name."""

from __future__ import annotations

from pathlib import Path

import labelled_folder
import pytest
import scanned_digits
from labelled_folder import GOOD, call

from scmgen.build.imported import pack
from scmgen.build.imported.request import Request

here = labelled_folder.here
digits = scanned_digits.digits


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "file,x,part\na,1,train\nb,2,?\n",
            "--split-column part",
            "--split-column part: '?' cannot name a split; write train, test, ...",
        ),
    ],
)
def test_a_word_that_cannot_name_a_split_is_told(
    text: str, line: str, message: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.csv").write_text(text)
    found = call(monkeypatch, capsys, f"import images --labels t.csv -o out {line}")
    assert found == (2, f"scmgen: {message}\n")
    assert not Path("out").exists()


def test_splits_are_called_as_the_column_says_train_first(here: Path) -> None:
    Path("t.csv").write_text("file,x,part\na,1.5,Test\nb,2,holdout\nc,3,TRAIN\nd,4,val\n")
    job = pack.prepare(Request(Path("images"), (Path("t.csv"),), split_column="part"))
    assert job.source.splits == {"train": 1, "val": 1, "holdout": 1, "test": 1}


def test_a_split_that_no_image_is_left_for_is_none(here: Path) -> None:
    Path("t.csv").write_text(GOOD)
    job = pack.prepare(Request(Path("images"), (Path("t.csv"),), splits={"a": 1, "b": 1_000}))
    assert job.source.splits == {"b": 4}


def test_another_seed_gives_other_splits_and_one_image_less_moves_few(digits: Path, tmp_path: Path) -> None:
    def train(images: Path, path: Path, seed: int) -> set[str]:
        return set(pack.prepare(Request(images, (path,), name="d", seed=seed)).files["train"])

    first, again = (train(digits / "images", digits / "digits.csv", 0) for _ in range(2))
    assert first == again
    assert len(first & train(digits / "images", digits / "digits.csv", 1)) < 220
    lines = (digits / "digits.csv").read_text().splitlines()
    (tmp_path / "less.csv").write_text("\n".join([*lines[:50], *lines[51:]]))
    assert len(first ^ train(digits / "images", tmp_path / "less.csv", 0)) <= 2
