"""The page for newcomers: each line that it tells them to type works, and its pictures are what its scenes draw."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from checkout import ROOT, script
from PIL import Image
from shell_here import Shell

import scmgen

MAKER = script("docs/make_start.py")
PAGE = (ROOT / "docs" / "start.md").read_text("utf-8")
NAMES = dict(MAKER.scenes())


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the scenes of the page."""
    for name, text in NAMES.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_and_every_line_of_python(written: Path, shell: Shell) -> None:
    blocks = re.findall(r"^```(sh|python)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert len(blocks) > 6
    for kind, text in blocks:
        if kind == "python":
            exec(compile(text, "docs/start.md", "exec"), {})  # noqa: S102
            continue
        for line in filter(lambda line: " explore " not in line, text.splitlines()):
            program, *words = line.split()
            assert program == "scmgen"
            status, _, told = shell(*words)
            assert status == 0, (line, told)
    assert {"pendulum.png", "garden.png", "tulip.png", "sheet.png"} <= {path.name for path in written.iterdir()}


def test_its_scene_has_a_hidden_cause_a_circle_and_a_category(written: Path) -> None:
    scene = scmgen.load_scene("garden.yaml")
    assert ("water", "lamp") in {tuple(e[:2]) for e in scene.factor_graph.edges(data="kind") if e[2] == "bidirected"}
    assert scene.factors["wind"].circular and scene.factors["flower"].levels == ("daisy", "tulip")


def test_the_fault_is_told_as_the_page_has_it(written: Path, shell: Shell) -> None:
    (told,) = re.findall(r"^```text\n(scmgen: .*?)\n```", PAGE, re.DOTALL | re.MULTILINE)
    (written / "garden.yaml").write_text(NAMES["garden"].replace("0.25 * water", "0.25 * watr"))
    assert shell("validate", "garden.yaml") == (2, "", f"{told}\n")


@pytest.mark.parametrize("name", MAKER.SHEETS)
def test_a_picture_is_what_the_scene_draws(name: str) -> None:
    shown = np.asarray(Image.open(ROOT / "docs" / "images" / "start" / f"{name}.png").convert("RGB"))
    assert np.array_equal(shown, np.asarray(MAKER.sheet(name).convert("RGB"))), "run: python docs/make_start.py"
