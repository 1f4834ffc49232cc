"""``scmgen export``: what it says, what it lists, and that misuse changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from exported import GENERAL, LAYOUTS, MOVING
from shell_here import Shell


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "hdf"], "--to hdf: no such format; did you mean 'hdf5'?"),
        (["--to", "npz", "--split", "tain"], "{small}: no split 'tain'; did you mean 'train'?"),
        (
            ["--to", "npz", "--units"],
            "--units: --to npz scales no labels; of the formats these do: causalcircuit",
        ),
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
        *sorted([*GENERAL, MOVING[1]]),
        *sorted([*LAYOUTS, MOVING[0]]),
    ]
