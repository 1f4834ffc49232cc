"""Options that commands share: plug-ins that cannot be used or that misbehave."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from one_scene import SCENE
from shell_here import Shell

from scmgen.cli import options
from scmgen.scm import vocabulary

REGISTER = "import scmgen\n@scmgen.function({arguments})\ndef {name}({parameters}):\n    {body}\n"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("p.py", "def x(:\n", ": SyntaxError: invalid syntax (p.py, line 1)"),
        ("p.py", "\nraise RuntimeError('boom')\n", ":2: RuntimeError: boom"),
        ("p.py", "raise SystemExit(0)\n", ":1: SystemExit: 0"),
        ("p.py", "import nonexisting\n", ":1: ModuleNotFoundError: No module named 'nonexisting'"),
        ("p.txt", "hello\n", ": a plug-in is a Python file (.py)"),
        (
            "p.py",
            REGISTER.format(arguments="", name="sin", parameters="x", body="return x"),
            ":2: plug-in function sin: 'sin' cannot name a function: it is a word of the language",
        ),
        (
            "p.py",
            "import scmgen\n@scmgen.mark\ndef disc(x):\n    return x\n",
            ":2: plug-in mark disc: there is a mark of that name already",
        ),
    ],
)
def test_a_plugin_that_cannot_be_used(shell: Shell, name: str, text: str, message: str) -> None:
    Path(name).write_text(text)
    Path("s.yaml").write_text(SCENE)
    path = shell.folder.resolve() / name
    assert shell("validate", "s.yaml", "--plugin", name) == (2, "", f"scmgen: plug-in {path}{message}\n")


def test_a_plugin_that_is_not_there(shell: Shell) -> None:
    path = shell.folder.resolve() / "p.py"
    message = f"scmgen: plug-in {path}: cannot be read: No such file or directory\n"
    assert shell("graph", "pendulum", "--plugin", "p.py") == (2, "", message)


@pytest.mark.parametrize(
    ("word", "outputs", "body", "message"),
    [
        ("cli_raises", 1, "raise KeyError('oops')", "KeyError: 'oops'"),
        ("cli_speaks", 1, "return 'text'", "ValueError: could not convert string to float: 'text'"),
        ("cli_writes", 1, "x[:] = 0; return x", "ValueError: assignment destination is read-only"),
        ("cli_many", 2, "return x, x, x", "2 values are promised, 3 came back"),
    ],
)
def test_a_function_of_a_plugin_that_misbehaves(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, word: str, outputs: int, body: str, message: str
) -> None:
    monkeypatch.setattr(vocabulary, "FUNCTIONS", dict(vocabulary.FUNCTIONS))
    Path(f"{word}.py").write_text(REGISTER.format(arguments=f"outputs={outputs}", name=word, parameters="x", body=body))
    targets = "b" if outputs == 1 else "b, c"
    Path("s.yaml").write_text(SCENE.replace("b: a + uniform(0, 1)", f"{targets}: {word}(a)"))
    done = shell("validate", "s.yaml", "--plugin", f"{word}.py")
    assert done == (2, "", f"scmgen: plug-in function {word}: {message}\n")


@pytest.mark.parametrize(
    ("line", "option", "hint"),
    [
        ("build pendulum -o", "-o' / '--out", "; a path is needed"),
        ("import d --labels l.csv -o", "-o' / '--out", "; a path is needed"),
        ("import d --labels", "--labels", "; a path is needed"),
        ("report d -o", "-o' / '--out", "; a path is needed"),
        ("graph pendulum -o", "-o' / '--out", "; a path is needed"),
        ("audit pendulum -o", "-o' / '--out", "; a path is needed"),
        ("show pendulum -o", "-o' / '--out", "; a path is needed"),
        ("show pendulum --plugin", "--plugin", "; a path is needed"),
        ("new", "FILE", "; a path is needed"),
        ("validate", "FILE", "; a path is needed"),
        ("verify", "DIRECTORY", "; a path is needed"),
        ("finalize", "DIRECTORY", "; a path is needed"),
        ("report", "DIR", "; a path is needed"),
        ("export --to npz", "DIRECTORY", "; a path is needed"),
        ("import --labels l.csv", "IMAGES", "; a path is needed"),
        ("export d --to npz -o", "-o' / '--out", ""),
        ("audit", "SCENE|DIR", ""),
        ("build pendulum --executor", "--executor", ""),
        ("build pendulum --sample-scm", "--sample-scm", ""),
    ],
)
def test_no_path_is_empty(shell: Shell, line: str, option: str, hint: str) -> None:
    done = shell(*line.split(), "")
    assert (done.status, done.out) == (2, "")
    command = f"scmgen {line.split()[0]}"
    problem = f"Invalid value for '{option}': it is empty{hint}"
    assert done.err == f"{command}: {problem} ({command} --help says more)\n"
    assert list(shell.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ("1/0", "write I/K, part I (from 0) of K"),
        ("0/0", "write I/K, part I (from 0) of K"),
        ("0/-1", "write I/K, part I (from 0) of K"),
        ("-1/2", "write I/K, part I (from 0) of K"),
        ("a/b", "write I/K, part I (from 0) of K"),
        ("1/2/3", "write I/K, part I (from 0) of K"),
        ("1", "write I/K, part I (from 0) of K"),
        ("", "write I/K, part I (from 0) of K"),
        ("0/" + "9" * 5_000, "write I/K, part I (from 0) of K"),
        ("\N{ARABIC-INDIC DIGIT ONE}/2", "write I/K, part I (from 0) of K"),
        ("2/2", "parts are numbered from 0 to 1"),
    ],
)
def test_a_part_that_is_none(shell: Shell, part: str, problem: str) -> None:
    done = shell("build", "pendulum", f"--shards={part}")
    assert (done.status, done.out) == (2, "") and done.err.endswith(f": {problem}\n")
    assert "Traceback" not in done.err and list(shell.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said", "count"),
    [([], None, str(os.cpu_count())), ([], "3", "3"), (["-j", "2"], "3", "2"), ([], "0", "1<=x<=1000.")],
)
def test_workers_are_as_many_as_a_command_the_environment_or_the_machine_says(
    words: list[str], said: str | None, count: str
) -> None:
    @click.command()
    @options.workers
    def command(workers: int) -> None:
        click.echo(workers)

    done = CliRunner().invoke(command, words, env={"SCMGEN_WORKERS": said})
    assert count in done.output.split() and done.exit_code == (2 if said == "0" else 0)
