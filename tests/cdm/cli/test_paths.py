"""No path on the command line is empty: it would be the working directory."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from click.testing import CliRunner

from cdm.cli.main import cli


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
