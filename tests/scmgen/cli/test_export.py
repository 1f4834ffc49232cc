"""``scmgen export`` and ``score-vlm``: what they say, what they list, and that misuse changes nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from exported import ASKED, GENERAL, LAYOUTS, MOVING, NAMED
from shell_here import Shell


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "hdf"], "--to hdf: no such format; did you mean 'hdf5'?"),
        (["--to", "npz", "--split", "tain"], "{small}: no split 'tain'; did you mean 'train'?"),
        (
            ["--to", "npz", "--units"],
            "--units: --to npz scales no labels; of the formats these do: causal3dident, causalcircuit",
        ),
        (["--to", "npz", "--names", "neutral"], "--names: --to npz has no such option; of the formats these have: vlm"),
        (["--to", "vlm", "--names", "neutrl"], "--names neutrl: did you mean 'neutral'?"),
        (["--to", "vlm", "--family", "structur"], "--family structur: did you mean 'structure'?"),
        (["--to", "npz", "-o", "s3://b/c"], "s3://b/c: an export goes to a disk of this machine; copy it from there"),
        (["--to", "npz", "-o", "file/set"], "file: is no directory"),
        (["--to", "npz", "-o", "file"], "file: exists; --force replaces it, -o names another place"),
        (["--to", "npz", "-o", "{small}", "--force"], "{small}: holds the data set itself; -o names another place"),
        (
            ["--to", "npz", "-o", "mine", "--force"],
            "mine: is a directory that no such export wrote; remove it yourself, or -o names another",
        ),
    ],
)
def test_misuse_is_one_message_and_changes_nothing(
    words: list[str], message: str, small: Path, tmp_path: Path, shell: Shell
) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious").write_text("kept")
    done = shell("export", small, *(word.format(small=small) for word in words))
    assert done == (2, "", f"scmgen: {message.format(small=small)}\n")
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["file", "mine", "mine/precious"]


def test_the_command_says_what_it_wrote_under_a_name_after_the_data_set(
    small: Path, tmp_path: Path, shell: Shell
) -> None:
    done = shell("export", small, "--to", "causalvae", "--split", "test")
    assert (done.status, done.err) == (0, "")
    assert re.fullmatch(r"pendulum-causalvae: 30 samples, \d+\.\d KB, causalvae\n", done.out)
    assert {path.name for path in tmp_path.iterdir()} == {"pendulum-causalvae"}


def test_help_lists_each_format_with_a_line(shell: Shell) -> None:
    listed = shell("export", "--help").out.partition("Formats:\n")[2]
    assert re.findall(r"^  (\w+)  ", listed, re.MULTILINE) == [
        *sorted([*GENERAL, *ASKED, MOVING[1]]),
        *sorted([*LAYOUTS, *NAMED, MOVING[0]]),
    ]


def test_questions_are_written_asked_and_scored(small: Path, tmp_path: Path, shell: Shell) -> None:
    options = ("--split", "train", "--shots", "0", "--questions", "4", "--family", "structure", "--seed", "3")
    for names in ("described", "neutral"):
        done = shell("export", small, "--to", "vlm", "-o", names, "--names", names, *options)
        assert (done.status, done.err) == (0, "")
        assert re.fullmatch(rf"{names}: questions about 240 samples, \d+\.\d KB, vlm\n", done.out)
    key = [json.loads(line) for line in (tmp_path / "described" / "key.jsonl").read_text().splitlines()]
    given = [{"id": line["id"], "answer": f"({line['answer']})"} for line in key]
    (tmp_path / "right.jsonl").write_text("\n".join(map(json.dumps, given)))
    (tmp_path / "none.jsonl").write_text("")
    one = shell("score-vlm", "right.jsonl", "--questions", "described")
    assert one.status == 0 and "8 of 8    100.0%" in one.out and "gap" not in one.out
    line = ("score-vlm", "right.jsonl", "none.jsonl", "--questions", "described", "--questions", "neutral")
    assert "gap: described minus neutral, paired by question" in shell(*line).out
    both = json.loads(shell(*line, "--json").out)
    assert [part["names"] for part in both["scored"]] == ["described", "neutral"]
    assert (both["gap"][0]["gap"], both["scored"][1]["scores"][0]["unanswered"]) == (1.0, 8)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["a", "b", "--questions", "c"],
            "2 ANSWERS and 1 --questions: one of each are scored, or two of each compared",
        ),
        (["a", "--questions", "c"], "c: no questions: scmgen export --to vlm writes them"),
    ],
)
def test_what_cannot_be_scored_is_one_message(words: list[str], message: str, tmp_path: Path, shell: Shell) -> None:
    (tmp_path / "c").mkdir()
    assert shell("score-vlm", *words) == (2, "", f"scmgen: {message}\n")
