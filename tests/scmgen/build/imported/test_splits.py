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


@pytest.mark.parametrize(
    ("files", "splits"),
    [
        ({"": "a.png 0\nb.png  0 \nc.png 1\nd.png 2\nunused.png 1\n"}, {"train": 2, "validation": 1, "test": 1}),
        ({"": "image,partition\na.png,Train\nb.png,Test\nc.png,Train\nd.png,Test\n"}, {"train": 2, "test": 2}),
        ({"train": "a.png\nb.png\n\nc.png\n", "test": "d.png\n"}, {"train": 3, "test": 1}),
        ({"": "a dev\nb dev\nc dev\nd test\n"}, {"dev": 3, "test": 1}),
    ],
)
def test_lists_say_the_split_of_each_file(files: dict[str, str], splits: dict[str, int], here: Path) -> None:
    ending = "" if files.get("", "").startswith("a ") else ".png"
    Path("t.csv").write_text("file,x\n" + "".join(f"{name}{ending},{place}\n" for place, name in enumerate("abcd")))
    for name, text in files.items():
        Path(f"{name}.txt").write_text(text)
    listed = tuple((name, Path(f"{name}.txt")) for name in files)
    job = pack.prepare(Request(Path("images"), (Path("t.csv"),), split_files=listed))
    assert job.source.splits == splits
    assert set(job.source.tables) == {"t.csv", *(f"{name}.txt" for name in files)}


@pytest.mark.parametrize(
    ("lists", "line", "told"),
    [
        ("a 0\nb 1\n", "--split-file s", "t.csv, line 4: 'c' stands in no --split-file (2 of 4 rows do not)"),
        ("a 0\nb 1\nc 1\nd 1\na 1\n", "--split-file s", "s, line 5: 'a' is 1, and 0 in s, line 1"),
        (
            "a\nb\n",
            "--split-file s",
            "s, line 1: 1 cells; a line holds an image and its split (or write --split-file SPLIT=s)",
        ),
        (
            "a 0\n",
            "--split-file test=s",
            "s, line 1: 2 cells; a line holds the name of an image alone, since test= names its split",
        ),
        ("a 0\nb 1\nc !\nd 1\n", "--split-file s", "--split-file: '!' cannot name a split; write train, test, ..."),
        ("a 0\n", "--split-file s --splits a=1", "--splits does not go with --split-file"),
        ("a 0\n", "--split-file s --split-column on", "--split-column does not go with --split-file"),
        ("a 0\n", "--split-file nowhere", "nowhere: cannot be read: No such file or directory"),
    ],
)
def test_a_list_that_leaves_a_split_open_is_told(
    lists: str, line: str, told: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.csv").write_text(GOOD)
    Path("s").write_text(lists)
    assert call(monkeypatch, capsys, f"import images --labels t.csv -o out {line}") == (2, f"scmgen: {told}\n")
    assert not Path("out").exists()
