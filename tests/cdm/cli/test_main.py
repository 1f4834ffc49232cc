"""Misuse is one message, and help comes at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import toy
from checkout import ROOT

from cdm.cli.main import cli


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["graph", "{toy_run}", "-f", "pdf"], "--format pdf: there are text, dot, json"),
        (["sample", "{toy_run}", "--do", "a:1", "-o", "{tmp}/x.png"], "--do a:1: write NAME=VALUE"),
        (["sample", "{toy_run}", "--do", "b=2", "-o", "{tmp}/x.png"], "b = 2: a number from 0 to 1 is needed"),
        (["sample", "{tmp}", "-o", "{tmp}/x.png"], "{tmp}/model.safetensors: there is no checkpoint"),
        (["train", "{toy_data}", "--set", "focus"], "--set focus: write NAME=VALUE"),
        (["train", "{toy_data}", "--preset", "slow"], "no preset 'slow'; there are tiny, quick, standard, full"),
    ],
)
def test_misuse_is_one_message_and_status_two(
    toy_data: Path, toy_run: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    names = {"toy_data": toy_data, "toy_run": toy_run, "tmp": tmp_path}
    done = toy.call(*(argument.format(**names) for argument in arguments), home=tmp_path / "cache")
    assert (done.returncode, done.stderr) == (2, f"cdm: {message.format(**names)}\n")
    assert not (tmp_path / "x.png").exists()


def _commands() -> list[click.Context]:
    top = click.Context(cli, info_name="cdm", **cli.context_settings)
    return [click.Context(command, top, name, **cli.context_settings) for name, command in cli.commands.items()]


@pytest.mark.parametrize("context", _commands(), ids=lambda context: context.info_name)
def test_help_is_whole_and_tells_choices_and_defaults(context: click.Context) -> None:
    summary = context.command.get_short_help_str(limit=58)  # what 80 columns leave
    assert summary and not summary.endswith("...")
    for option in context.command.params:
        if isinstance(option, click.Option) and not (option.is_flag or option.required or option.multiple):
            names, said = option.get_help_record(context) or ("", "")
            assert "[default: " in said and "(dynamic)" not in said, names
    pages = re.findall(r"docs/[\w/-]+\.md", context.command.get_help(context))
    assert pages and all((ROOT / page).exists() for page in pages)


def test_the_version_is_told(tmp_path: Path) -> None:
    import scmgen

    assert toy.call("--version", home=tmp_path).stdout == f"cdm, version {scmgen.__version__}\n"


def test_help_does_not_wait_for_torch() -> None:
    code = (
        "import sys; from cdm.cli.main import main\ntry: main()\nexcept SystemExit: pass\nprint('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("False\n")


def test_without_torch_a_command_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['torch'] = None; from cdm.cli.main import main; main()"
    line = [sys.executable, "-c", code, "graph", str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "cdm: needs torch: pip install 'scmgen[cdm]'\n")


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize(("name", "status", "word"), [("SIGINT", 130, "interrupted"), ("SIGTERM", 143, "terminated")])
def test_a_command_that_is_interrupted_while_it_imports_shows_no_traceback(name: str, status: int, word: str) -> None:
    code = (
        "import os, signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "class Import:\n    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == 'torch': os.kill(os.getpid(), signal.{name})\n"
        "sys.meta_path.insert(0, Import())\nfrom cdm.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code, "graph", "run"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (status, f"cdm: {word}")  # click begins a line
