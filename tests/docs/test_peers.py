"""The scripts that start published trainers: here only that they say how they are run; they need the peers' code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import ROOT
from exported import LAYOUTS, MOVING, NAMED

FOLDER = ROOT / "examples" / "peers"
SCRIPTS = sorted(FOLDER.glob("start_*.py"))
PEERS = sorted([*LAYOUTS, *NAMED, MOVING[0]])
PAGE = (ROOT / "docs" / "how-to" / "exports.md").read_text(encoding="utf-8")


def test_there_is_a_script_for_each_layout_of_a_trainer() -> None:
    assert [path.stem.removeprefix("start_") for path in SCRIPTS] == PEERS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_says_how_it_is_run_and_refuses_what_is_no_folder(script: Path, tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, script, "--help"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert f"usage: {script.name} [-h]" in told.stdout
    assert f"scmgen export --to {script.stem.removeprefix('start_')}" in " ".join(told.stdout.split())
    misused = subprocess.run(
        [sys.executable, script, "nowhere", "."], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert misused.returncode == 2
    assert misused.stderr.endswith("error: nowhere: is no directory\n")
    assert not list(tmp_path.iterdir())


def test_the_page_says_of_each_peer_what_was_run_with_which_commit() -> None:
    row = r"^\| `(\w+)` \| \[[^\]]+\]\(https://github\.com/[^)]+\) `([0-9a-f]{10})`[^|]* \| .+ \|$"
    rows = re.findall(row, PAGE, re.M)
    assert sorted(name for name, _ in rows) == PEERS


def test_the_search_for_lags_says_how_it_is_run() -> None:
    """Its libraries are no part of the project: here only that it is Python, and what it says."""
    text = (FOLDER / "search_lags.py").read_text(encoding="utf-8")
    compile(text, "search_lags.py", "exec")
    assert "pip install tigramite causal-learn" in text and "examples/peers/search_lags.py" in PAGE
