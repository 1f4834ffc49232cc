"""``scmgen import``: how its options are read, what it says beforehand and afterwards, and what it writes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from PIL import Image
from shell_here import Shell

import scmgen as library


@pytest.fixture
def line(tmp_path: Path) -> list[str]:
    """Give a command line on ten pictures with a kind, an angle and a remark that is no factor."""
    (tmp_path / "pictures").mkdir()
    rows = ["file,kind,angle,light,remark"]
    for k in range(10):
        Image.new("RGB", (16, 16), (20 * k, 0, 0)).save(tmp_path / "pictures" / f"{k}.png")
        rows.append(f"{k}.png,{'round' if k % 2 else 'square'},{36 * k},{k / 10},r{k}")
    (tmp_path / "table.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return ["import", "pictures", "--labels", "table.csv", "--categorical", "kind", "-j", "1"]


def test_a_dry_run_says_what_would_be_written_and_writes_nothing(line: list[str], shell: Shell) -> None:
    before = sorted(os.listdir())
    done = shell(*line, "--omit", "remark", "--circular", "angle=0:360", "--dry-run")
    assert done.status == 0
    first, *rows = done.out.splitlines()
    assert first == "data/pictures: would hold 10 samples at 16 px"
    assert [row.split() for row in rows[:3]] == [["train", "8"], ["validation", "1"], ["test", "1"]]
    assert [row.split()[:2] for row in rows[3:]] == [["kind", "levels"], ["angle", "circular"], ["light", "range"]]
    assert sorted(os.listdir()) == before


def test_it_says_what_it_wrote_and_where(line: list[str], shell: Shell) -> None:
    done = shell(*line, "--omit", "remark", "-o", "set")
    assert done.status == 0
    assert re.fullmatch(
        r"set: 10 samples in 3 shards, \d+\.\d KB, import [0-9a-f]{12}\n", done.out.splitlines(keepends=True)[-1]
    )
    assert list(library.load("set").factors) == ["kind", "angle", "light"]


@pytest.mark.parametrize("given", [["--columns", "kind, light"], ["--columns", "kind", "--columns", "light"]])
def test_columns_are_given_at_once_or_one_by_one(given: list[str], line: list[str], shell: Shell) -> None:
    assert shell(*line, *given, "-o", "set").status == 0
    assert list(library.load("set").factors) == ["kind", "light"]


def test_splits_are_read_as_shares(line: list[str], shell: Shell) -> None:
    assert shell(*line, "--columns", "kind", "--splits", "some=0.5,rest=0.5", "-o", "set").status == 0
    assert library.load("set").splits == {"some": 5, "rest": 5}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--splits", "train"], "--splits: found 'train', write NAME=SHARE"),
        (["--circular", "angle=0"], "--circular angle=0: "),
        (["--columns", "knid"], "'knid'"),
    ],
)
def test_an_option_that_does_not_fit_is_one_message(
    given: list[str], message: str, line: list[str], shell: Shell
) -> None:
    before = sorted(os.listdir())
    done = shell(*line, *given)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("scmgen: ") and message in done.err and done.err.count("\n") == 1
    assert sorted(os.listdir()) == before
