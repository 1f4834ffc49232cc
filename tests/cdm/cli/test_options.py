"""Options that commands share: what their help says is what the causal diffusion model takes."""

from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np
import pytest
from click.shell_completion import ShellComplete

from cdm.cli import main, options
from cdm.config import Config

FACTORS = [{"name": "shape", "levels": ["cube", "cone", "ball"]}, {"name": "size", "levels": []}]


def test_an_option_of_the_configuration_has_its_choices_and_its_default() -> None:
    @click.command()
    @options.of_config("denoiser", "The network.")
    @options.of_config("labelled", "A share.")
    def command(denoiser: str | None, labelled: float | None) -> None: ...

    said = [option.get_help_record(click.Context(command)) for option in command.params]
    assert said == [
        ("--denoiser unet|dit|diffusers", f"The network.  [default: {Config().denoiser}]"),
        ("--labelled FLOAT", f"A share.  [default: {Config().labelled}]"),
    ]
    assert [option.default for option in command.params] != [Config().denoiser, Config().labelled]  # a preset decides


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Give a file that says which factors a model has, and nothing else."""
    numpy = pytest.importorskip("safetensors.numpy", reason="needs scmgen[cdm]")
    numpy.save_file({"w": np.zeros(1)}, tmp_path / "model.safetensors", {"cdm": json.dumps({"factors": FACTORS})})
    return tmp_path


@pytest.mark.parametrize(
    ("begun", "found"),
    [
        ("s", ["shape=", "size="]),
        ("shape=", ["shape=cube", "shape=cone", "shape=ball"]),
        ("shape=c", ["shape=cube", "shape=cone"]),
        ("size=2,sh", ["size=2,shape="]),
        ("size=2,shape=b", ["size=2,shape=ball"]),
        ("size=", []),
        ("colour=", []),
    ],
)
def test_a_shell_completes_factors_and_levels_of_a_do(run: Path, begun: str, found: list[str]) -> None:
    shell = ShellComplete(main.cli, {}, "cdm", "_CDM_COMPLETE")
    for file in (run, run / "model.safetensors"):
        assert [one.value for one in shell.get_completions(["sample", str(file), "--do"], begun)] == found
    assert shell.get_completions(["sample", str(run / "none"), "--do"], begun) == []
    assert shell.get_completions(["sample", "--do"], begun) == []


def test_bash_sees_one_word_where_it_reads_three(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def completed(*words: str) -> str:
        monkeypatch.setenv("COMP_WORDS", "\n".join(["cdm", "sample", str(run), *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words) + 2))
        return shell.complete()

    shell = options._Bash(main.cli, {}, "cdm", "_CDM_COMPLETE")
    assert completed("--do", "sha") == "plain,shape="
    assert completed("--do", "shape", "=") == "plain,cube\nplain,cone\nplain,ball"
    assert completed("--do", "shape", "=", "b") == completed("--do", "=", "shape", "=", "b") == "plain,ball"
    assert completed("--do", "shape", "=", "ball,si") == "plain,ball,size="
