"""Paths on the command line: none is empty, and a file of one format is called what it is, before any work."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from click.testing import CliRunner

from cdm.cli.main import cli
from cdm.errors import CdmError


@pytest.mark.parametrize(
    ("line", "option", "needed"),
    [
        ("train ''", "DATA", "a directory or a URL is needed"),
        ("train d -o ''", "-o' / '--out", "a path is needed"),
        ("train d --cache ''", "--cache", "a path is needed"),
        ("evaluate r --data ''", "--data", "a directory or a URL is needed"),
        ("evaluate r --data d -o ''", "-o' / '--out", "a path is needed"),
        ("sample r -o ''", "-o' / '--out", "a path is needed"),
        ("encode '' --data d -o x.csv", "RUN", "a path is needed"),
        ("graph r -o ''", "-o' / '--out", "a path is needed"),
    ],
)
def test_no_path_is_empty(line: str, option: str, needed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, shlex.split(line))
    assert done.exit_code == 2
    assert done.output.endswith(f"Error: Invalid value for '{option}': it is empty; {needed}\n")
    assert list(tmp_path.iterdir()) == []


NOWHERE = ["--data", "nowhere"]


@pytest.mark.parametrize(
    ("arguments", "what", "suffix"),
    [
        (["sample"], "the picture", ".png"),
        (["counterfactual", *NOWHERE, "--do", "a=1"], "the picture", ".png"),
        (["traverse", *NOWHERE], "the picture", ".png"),
        (["encode", *NOWHERE], "the table", ".csv"),
        (["evaluate", *NOWHERE], "the evaluation", ".json"),
    ],
)
@pytest.mark.parametrize("name", ["x.txt", "x", "x.jpg"])
def test_a_name_that_says_something_else_is_refused(
    tmp_path: Path, arguments: list[str], what: str, suffix: str, name: str
) -> None:
    out = tmp_path / name
    line = [arguments[0], str(tmp_path / "no-run"), *arguments[1:], "-o", str(out)]
    done = CliRunner().invoke(cli, line, standalone_mode=False)
    assert isinstance(done.exception, CdmError)
    said = f"{out}: {what} is a {suffix[1:].upper()} file; call it {tmp_path / 'x'}{suffix}"
    assert str(done.exception) == said
    assert list(tmp_path.iterdir()) == []


def test_the_case_of_a_suffix_does_not_matter(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["sample", str(tmp_path), "-o", str(tmp_path / "X.PNG")], standalone_mode=False)
    assert "there is no checkpoint" in str(done.exception)
