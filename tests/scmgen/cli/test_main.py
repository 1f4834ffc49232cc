"""The command line as a new user meets it: what it prints, its exit status, and that bad input writes nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from checkout import ROOT
from shell_here import Shell

from scmgen.cli.main import HOMES, cli

OPTIONS = "--interventions: no kind of intervention"
HINT = "(KIND may be left out if SCENE stands first; else write --interventions=hard)"
SET = "build pendulum --set"
PATH_HINT = "(a file of your own needs its path, with .yaml)"


def test_a_file_whose_ending_is_left_out_is_offered(shell: Shell) -> None:
    Path("garden.yaml").write_text("name: garden")
    told = "scmgen: no scene or data set 'garden'; did you mean 'garden.yaml'?\n"
    for command in ("validate", "audit", "build", "graph"):
        assert shell(command, "garden") == (2, "", told)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("build pendlum", f"no scene or data set 'pendlum'; did you mean 'pendulum'? {PATH_HINT}"),
        ("show pendlum", f"no scene or data set 'pendlum'; did you mean 'pendulum'? {PATH_HINT}"),
        ("graph pendlum", f"no scene or data set 'pendlum'; did you mean 'pendulum'? {PATH_HINT}"),
        ("build nosuch.yaml", "nosuch.yaml: cannot be read: No such file or directory"),
        ("validate nosuch.yaml", "nosuch.yaml: cannot be read: No such file or directory"),
        ("build pendulum --n 0", "n: at least 1 is needed, found 0"),
        ("build pendulum --n -5", "n: at least 1 is needed, found -5"),
        ("build pendulum --n 10000000000", "n: at most 1000000000 is allowed, found 10000000000"),
        ("build pendulum --size 15", "size: 16 to 1024 pixels a side are possible, found 15"),
        ("build pendulum --size 1025", "size: 16 to 1024 pixels a side are possible, found 1025"),
        (
            "build pendulum --size 96x",
            "size: a whole number of pixels, or width and height such as 96x64, is needed, found '96x'",
        ),
        ("build pendulum --channels gray", "channels: allowed: 'rgb' or 'grey', found 'gray'"),
        ("show pendulum --size 15", "size: 16 to 1024 pixels a side are possible, found 15"),
        ("build pendulum --seed -1", "seed: at least 0 is needed, found -1"),
        (f"build pendulum --seed {2**63}", f"seed: less than {2**63} is needed, found {2**63}"),
        ("build pendulum --shard-size 0", "shard_size: at least 1 is needed, found 0"),
        (f"{SET} length_noise", "--set length_noise: write NAME=VALUE"),
        (f"{SET} length_noise=", "--set length_noise=: a number is needed, found ''"),
        (f"{SET} length_noise=x", "--set length_noise=x: a number is needed, found 'x'"),
        (f"{SET} length_noise=nan", "--set length_noise=nan: a finite number is needed, found 'nan'"),
        (f"{SET} length_noise=inf", "--set length_noise=inf: a finite number is needed, found 'inf'"),
        (
            f"{SET} lenght_noise=1",
            "--set lenght_noise=1: pendulum has no parameter 'lenght_noise'; did you mean 'length_noise'?",
        ),
        (f"{SET} foo=1", "--set foo=1: pendulum has no parameter 'foo'; allowed: length_noise, position_noise"),
        (
            "build --interventions pendulum",
            f"{OPTIONS} 'pendulum'; allowed: direct, hard, indirect, mechanism, none, soft, view {HINT}",
        ),
        ("build pendulum --interventions=hrad", f"{OPTIONS} 'hrad'; did you mean 'hard'? {HINT}"),
        ("new x", "x: a scene is a YAML file; call it x.yaml"),
        ("new x.json", "x.json: a scene is a YAML file; call it x.yaml"),
        ("new nodir/x.yaml", "nodir/x.yaml: cannot be written: No such file or directory"),
        ("show pendulum -o nodir/x.png", "nodir/x.png: cannot be written: No such file or directory"),
        ("show pendulum -o x.jpg", "x.jpg: the sheet is a PNG file; call it x.png"),
        ("verify nosuch", "nosuch: not a data set: nothing is there"),
    ],
)
def test_misuse_is_one_message_and_nothing_is_written(shell: Shell, line: str, message: str) -> None:
    assert shell(*line.split()) == (2, "", f"scmgen: {message}\n")
    assert sorted(os.listdir()) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("frobnicate", "No such command 'frobnicate'."),
        ("build", "Missing argument 'SCENE'."),
        ("build pendulum --n x", "Invalid value for '--n': 'x' is not a valid integer."),
        ("build pendulum --nn 3", "No such option '--nn'. Did you mean '--n'?"),
        ("build pendulum -j 0", "Invalid value for '-j' / '--workers': 0 is not in the range 1<=x<=1000."),
        ("build pendulum extra", "Got unexpected extra argument (extra)"),
        (
            "graph pendulum -f png",
            "Invalid value for '-f' / '--format': 'png' is not one of "
            "'text', 'dot', 'dagitty', 'json', 'csv', 'graphml', 'svg'.",
        ),
        ("show pendulum --pairs 0", "Invalid value for '--pairs': 0 is not in the range 1<=x<=400."),
        ("validate .", "Invalid value for 'FILE': File '.' is a directory."),
    ],
)
def test_a_line_that_cannot_be_read(shell: Shell, line: str, message: str) -> None:
    command = "scmgen" if line == "frobnicate" else f"scmgen {line.split()[0]}"
    assert shell(*line.split()) == (2, "", f"{command}: {message} ({command} --help says more)\n")
    assert sorted(os.listdir()) == []


def test_an_option_without_its_value_and_a_command_without_a_word(shell: Shell) -> None:
    assert shell("build", "pendulum", "--n") == (2, "", "scmgen: Option '--n' requires an argument.\n")
    status, out, err = shell()
    assert (status, out) == (2, "") and err.startswith("Usage: ") and "Check a scene file" in err


@pytest.mark.parametrize("name", HOMES)
def test_help_is_whole_and_tells_choices_and_defaults(name: str) -> None:
    top = click.Context(cli, info_name="scmgen", **cli.context_settings)
    command = cli.get_command(top, name)
    assert command is not None
    context = click.Context(command, top, name, **cli.context_settings)
    summary = command.get_short_help_str(limit=63)  # what 80 columns leave
    assert summary and not summary.endswith("...")
    for option in command.params:
        if isinstance(option, click.Option) and not (option.is_flag or option.required or option.multiple):
            names, said = option.get_help_record(context) or ("", "")
            assert "[default: " in said and "(dynamic)" not in said, names
    pages = re.findall(r"docs/[\w/-]+\.md", command.get_help(context))
    assert pages and all((ROOT / page).exists() for page in pages)


def test_the_program_itself(tmp_path: Path) -> None:
    for line, status in [("list", 0), ("build pendlum", 2), ("verify .", 2), ("build --interventions pendulum", 2)]:
        program = [sys.executable, "-c", "from scmgen.cli.main import main; main()", *line.split()]
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status and "Traceback" not in done.stderr
        assert bool(done.stdout) == (status == 0)
    assert not [*tmp_path.iterdir()]


def _completed(monkeypatch: pytest.MonkeyPatch, shell: Shell, *words: str) -> list[str]:
    monkeypatch.setenv("_SCMGEN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(["scmgen", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    done = shell()
    assert (done.status, done.err) == (0, "")
    return done.out.splitlines()


def test_a_shell_completes_names_files_and_folders(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _completed(monkeypatch, shell, "show", "pendulum-cl") == ["plain,pendulum-classic", "plain,pendulum-clutter"]
    assert _completed(monkeypatch, shell, "build", "mine/sw") == ["file,mine/sw"]
    assert _completed(monkeypatch, shell, "verify", "da") == ["dir,da"]
    assert "plain,noises" in _completed(monkeypatch, shell, "no")
