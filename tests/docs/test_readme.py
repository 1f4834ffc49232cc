"""What the README tells a newcomer to type works, word for word."""

from __future__ import annotations

import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest
from checkout import ROOT
from libraries import need

from scmgen.cli.main import main
from scmgen.render import drawing
from scmgen.scene import document
from scmgen.scm import expression

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def scmgen(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", shlex.split(command, comments=True))
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0, command


def fewer(command: str) -> str:
    """A build has a tenth of the samples that it says, or 200: more of them are more of the same."""
    if not command.startswith("scmgen build "):
        return command
    told = re.sub(r"(--n \d+)0\b", r"\1", command)
    return told if told != command else command.replace("build", "build --n 200", 1)


def cdm(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a command of the trainer, with as few steps as make it run: what comes out is tested elsewhere."""
    from cdm.cli.main import main as trainer
    from cdm.evaluation import reader

    few = [f"--set {phase}_steps=10" for phase in ("encoder", "mechanism", "draft", "denoiser")]
    monkeypatch.setattr(reader, "STEPS", 10)
    text = " ".join([command, *few]) if command.startswith("cdm train") else command
    monkeypatch.setattr(sys, "argv", shlex.split(text, comments=True))
    with pytest.raises(SystemExit) as stop:
        trainer()
    assert stop.value.code == 0, command


def test_every_command_and_python_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first, _, *rest = [line for block in blocks("sh") for line in block.splitlines()]
    assert first.startswith("python3 -m venv .venv && .venv/bin/pip install -e . -c constraints.txt && ")
    need("torch")
    for command in [first.rpartition("&& .venv/bin/")[2], *rest]:
        if not command.startswith(".venv/bin/pip"):
            (cdm if command.startswith("cdm ") else scmgen)(fewer(command), monkeypatch)
    found = {}
    for number, block in enumerate(blocks("python")):
        script = tmp_path / f"block{number}.py"
        script.write_text(block)
        found |= runpy.run_path(str(script))
    assert found["images"].shape == (1000, 64, 64, 3)


def test_the_example_reads_shards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scmgen(f"scmgen build pendulum --n 20 -j 1 -o {tmp_path / 'd'}", monkeypatch)
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["read_shard.py", str(tmp_path / "d")])
    runpy.run_path(str(ROOT / "examples" / "read_shard.py"))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 * 2
    assert lines[0] == "test-000000000 image.png (64, 64)"


def test_the_scene_excerpt_is_in_the_language() -> None:
    (text,) = blocks("yaml")
    data = document.parse(text, "README").data
    assert all(expression.parse(equation) for equation in data["equations"].values())
    names = {*data["equations"], "wobble"}
    assert drawing.Drawing.compile(data["draw"], names, str).marks[0].name == "disc"


def test_pictures_and_links_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert links and all((ROOT / link.partition("#")[0]).exists() for link in links), links
