"""The command line as a new user meets it: what it prints, its exit status, and that bad input writes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from scmgen import __version__
from scmgen.cli.main import main
from scmgen.dataset import catalogue
from scmgen.scm import vocabulary


class Done(NamedTuple):
    status: int
    out: str
    err: str


class Shell:
    """Runs command lines in this process, in an empty folder."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys

    def __call__(self, *arguments: str) -> Done:
        self._monkeypatch.setattr(sys, "argv", ["scmgen", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        assert isinstance(caught.value.code, int)
        return Done(caught.value.code, *self._capsys.readouterr())

    def held(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, monkeypatch, capsys)


OPTIONS = "--interventions: no kind of intervention"
HINT = "(KIND may be left out if SCENE stands first; else write --interventions=hard)"
SET = "build pendulum --set"
PATH_HINT = "(a file of your own needs its path, with .yaml)"


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
        ("build pendulum --size 15", "size: at least 16 is needed, found 15"),
        ("build pendulum --size 513", "size: at most 512 is allowed, found 513"),
        ("show pendulum --size 15", "size: at least 16 is needed, found 15"),
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
        ("build --interventions pendulum", f"{OPTIONS} 'pendulum'; allowed: hard, mechanism, none, soft {HINT}"),
        ("build pendulum --interventions=hrad", f"{OPTIONS} 'hrad'; did you mean 'hard'? {HINT}"),
        ("new x", "x: a scene is a YAML file; call it x.yaml"),
        ("new x.json", "x.json: a scene is a YAML file; call it x.yaml"),
        ("new nodir/x.yaml", "nodir/x.yaml: cannot be written: No such file or directory"),
        ("show pendulum -o nodir/x.png", "nodir/x.png: cannot be written: No such file or directory"),
        ("show pendulum -o x.jpg", "x.jpg: the sheet is a PNG file; call it x.png"),
        ("verify nosuch", "nosuch: not a data set: it has no manifest.json"),
    ],
)
def test_misuse_is_one_message_and_nothing_is_written(shell: Shell, line: str, message: str) -> None:
    assert shell(*line.split()) == (2, "", f"scmgen: {message}\n")
    assert shell.held() == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("frobnicate", "No such command 'frobnicate'."),
        ("build", "Missing argument 'SCENE'."),
        ("build pendulum --n x", "Invalid value for '--n': 'x' is not a valid integer."),
        ("build pendulum --n", "Option '--n' requires an argument."),
        ("build pendulum --nn 3", "No such option '--nn'. Did you mean '--n'?"),
        ("build pendulum -j 0", "Invalid value for '-j' / '--workers': 0 is not in the range x>=1."),
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
    done = shell(*line.split())
    assert (done.status, done.out, done.err.splitlines()[-1]) == (2, "", f"Error: {message}")
    assert shell.held() == []


def test_a_scene_from_new_to_a_verified_data_set(shell: Shell) -> None:
    assert shell("new", "Mein Pendel é.yaml").status == 0
    assert yaml.safe_load(Path("Mein Pendel é.yaml").read_text(encoding="utf-8"))["name"] == "mein-pendel"
    again = shell("new", "Mein Pendel é.yaml")
    assert again == (2, "", "scmgen: Mein Pendel é.yaml: exists already\n")
    valid = "Mein Pendel é.yaml: a valid scene: 5 variables, 3 factors, 4 marks\n"
    assert shell("validate", "Mein Pendel é.yaml") == (0, valid, "")
    dry = shell("build", "Mein Pendel é.yaml", "--n", "20", "--dry-run")
    assert dry.out.startswith("data/mein-pendel: would hold 20 samples at 64 px in 3 shards, about ")
    assert shell.held() == ["Mein Pendel é.yaml"]
    built = shell("build", "Mein Pendel é.yaml", "--n", "20", "--size", "16", "--interventions", "-j", "1")
    assert built.status == 0 and built.out.startswith("data/mein-pendel: 20 samples in 3 shards, ")
    checked = shell("verify", "data/mein-pendel", "--all", "-j", "1")
    assert checked.status == 0 and checked.out.endswith("data/mein-pendel: verified\n")
    shard = next(Path("data/mein-pendel").glob("*.tar"))
    shard.write_bytes(shard.read_bytes()[:-100])
    faulty = shell("verify", "data/mein-pendel", "-j", "1")
    assert faulty.status == 1 and faulty.out.endswith("data/mein-pendel: FAULTS FOUND\n")


def test_show_prints_and_draws(shell: Shell) -> None:
    done = shell("show", "pendulum")
    assert done.status == 0 and "pendulum_angle  := uniform(-0.5, 0.5)" in done.out
    assert shell("show", "pendulum", "-o", "sheet.png", "--pairs", "2").status == 0
    assert Path("sheet.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("notation", ["text", "dot", "dagitty", "json"])
def test_graph_speaks_every_notation(shell: Shell, notation: str) -> None:
    done = shell("graph", "pendulum", "-f", notation)
    assert done.status == 0 and "shadow_length" in done.out
    if notation == "json":
        json.loads(done.out)


def test_list_schema_version_and_help(shell: Shell) -> None:
    assert "pendulum-spurious" in shell("list").out
    assert json.loads(shell("schema").out)["title"] == "scmgen scene"
    assert shell("--version").out == f"scmgen, version {__version__}\n"
    assert shell("-h").status == shell("build", "--help").status == 0


# Scenes that are no scenes, through validate and build alike

SCENE = """name: toy
equations:
  a: uniform(0, 1)
  b: a + uniform(0, 1)
factors:
  a: {range: [0, 1]}
  b: {range: [0, 2]}
draw:
  - {mark: disc, x: a, y: b, radius: 0.1, rgb: [0, 0, 0]}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("a: uniform(0, 1)", "a: b + uniform(0, 1)", "s.yaml:3: equations.a: the equations form a cycle: a -> b -> a"),
        (
            "a + uniform",
            "aa + uniform",
            "s.yaml:4: equations.b: unknown name 'aa'\n  aa + uniform(0, 1)\n  ^^\ndid you mean 'a'?",
        ),
        (
            "b: a + uniform(0, 1)",
            "b: a + unifrom(0, 1)",
            "s.yaml:4: equations.b: unknown function 'unifrom'\n"
            "  a + unifrom(0, 1)\n      ^^^^^^^\ndid you mean 'uniform'?",
        ),
        (
            "b: a + uniform(0, 1)",
            "b: normal(a, 1) + uniform(0, 1)",
            "s.yaml:4: equations.b: a second noise (uniform); an equation has at most one\n"
            "  normal(a, 1) + uniform(0, 1)\n                 ^^^^^^^^^^^^^\n"
            "give the second noise a variable of its own",
        ),
        ("  b: {range", "  bb: {range", "s.yaml:7: factors.bb: no equation of that name; did you mean 'b'?"),
        ("range: [0, 2]", "range: [2, 0]", "s.yaml:7: factors.b: the range is turned round: 2 is not below 0"),
        ("mark: disc", "mark: disk", "s.yaml:9: draw.0: unknown mark 'disk'; did you mean 'disc'?"),
        (
            "equations:\n  a: uniform(0, 1)\n  b: a + uniform(0, 1)\n",
            "equations: {a: uniform(0, 1), b: a}\n",
            "s.yaml:2: equations.a: '(' was never closed\n  uniform(0\n         ^\n"
            "in flow style ({...} or [...]) YAML splits at commas: write one line a variable, or quote the text",
        ),
    ],
)
def test_a_bad_scene_is_refused_alike(shell: Shell, old: str, new: str, message: str) -> None:
    assert old in SCENE
    Path("s.yaml").write_text(SCENE.replace(old, new, 1))
    for line in ("validate s.yaml", "build s.yaml -o out", "show s.yaml", "graph s.yaml"):
        assert shell(*line.split()) == (2, "", f"scmgen: {message}\n")
    assert shell.held() == ["s.yaml"]


@pytest.mark.parametrize(
    ("old", "new", "start"),
    [
        ("b: a + uniform(0, 1)", "b: uniform(0, 1) / (a - a)", "s.yaml:4: equations.b: b is inf in row 0 ("),
        ("a: {range: [0, 1]}", "a: {range: [0, 1e308]}", ""),  # is finite, and far away
        ("b: a + uniform(0, 1)", "b: sqrt(1 - a) + uniform(0, 1)", ""),
        ("x: a,", "x: 1 / (a - a),", "s.yaml:9: draw.0.x: '1 / (a - a)' is inf in row 0; it read a = "),
    ],
)
def test_values_that_are_not_finite(shell: Shell, old: str, new: str, start: str) -> None:
    Path("s.yaml").write_text(SCENE.replace(old, new, 1))
    done = shell("validate", "s.yaml")
    assert done.status == (2 if start else 0) and done.err.startswith(f"scmgen: {start}" if start else "")
    assert shell("build", "s.yaml", "-o", "out", "--dry-run").status == done.status


def test_a_value_that_is_not_finite_only_under_do(shell: Shell) -> None:
    Path("s.yaml").write_text(SCENE.replace("range: [0, 1]", "range: [-1, 1]").replace("b: a +", "b: sqrt(a) +"))
    done = shell("validate", "s.yaml")
    assert done.status == 2 and done.err.startswith("scmgen: under do(a): s.yaml:4: equations.b: b is nan in row ")
    assert "its equation read a = -" in done.err
    assert shell("build", "s.yaml", "-o", "out", "--interventions", "--n", "200").status == 2
    assert shell.held() == ["s.yaml"]


# Output that is in the way


def test_places_that_cannot_be_written_to(shell: Shell) -> None:
    Path("file").write_text("")
    Path("full").mkdir()
    Path("full/mine.txt").write_text("")
    done = shell("build", "pendulum", "--n", "10", "-o", "file")
    assert (done.status, done.err.splitlines()[-1]) == (
        2,
        "Error: Invalid value for '-o' / '--out': Directory 'file' is a file.",
    )
    done = shell("build", "pendulum", "--n", "10", "-o", "full")
    problem = "full: holds files that no build of scmgen wrote; choose another directory with --out"
    assert done == (2, "", f"scmgen: {problem}\n")
    assert shell("build", "pendulum", "--n", "10", "-o", "file/below").status == 2
    assert [path.name for path in Path("full").iterdir()] == ["mine.txt"]


# Plug-ins

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


# The catalogue

ENTRY = "toy:\n  scene: s.yaml\n"
WHERE = "toy: split rare"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- toy\n", "datasets.yaml: a mapping from names to data sets is needed"),
        ("toy: s.yaml\n", "datasets.yaml:1: toy: a mapping (key: value) is needed, found 's.yaml'"),
        ("toy:\n  n: 3\n", "datasets.yaml:1: toy.scene: this key is missing"),
        (ENTRY + "  sede: 1\n", "datasets.yaml:3: toy.sede: unknown key; did you mean 'seed'?"),
        (ENTRY + "  n: 0\n", "datasets.yaml:3: toy.n: at least 1 is needed, found '0'"),
        (
            ENTRY + "  interventions: hrad\n",
            "datasets.yaml:3: toy.interventions: no kind of intervention 'hrad'; did you mean 'hard'?",
        ),
        (
            ENTRY + "  splits:\n    - {name: rare, share: 0}\n",
            "datasets.yaml:4: toy.splits.0.share: more than 0.0 is needed, found '0'",
        ),
        (ENTRY + "  parameters: {w: 1}\n", "toy: parameters: no parameter 'w'; allowed: nothing"),
        (ENTRY + "  size: 8\n", "size: at least 16 is needed, found 8"),
        (
            ENTRY + "  splits:\n    - {name: rare, share: 1, replace: {c: a}}\n",
            f"{WHERE}: no equation 'c'; allowed: a, b",
        ),
        (
            ENTRY + "  splits:\n    - {name: rare, share: 1, where: c > 1}\n",
            f"{WHERE}: where: unknown name 'c'\n  c > 1\n  ^\nallowed: a, b",
        ),
    ],
)
def test_catalogue_entries_that_do_not_fit(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    Path("s.yaml").write_text(SCENE)
    Path("datasets.yaml").write_text(text)
    monkeypatch.setattr(catalogue, "ROOT", Path())
    assert shell("build", "toy", "--n", "10", "-o", "out") == (2, "", f"scmgen: {message}\n")
    assert shell.held() == ["datasets.yaml", "s.yaml"]


# As a program


def test_the_program_itself(tmp_path: Path) -> None:
    for line, status in [("list", 0), ("build pendlum", 2), ("verify .", 2), ("build --interventions pendulum", 2)]:
        program = [sys.executable, "-c", "from scmgen.cli.main import main; main()", *line.split()]
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status and "Traceback" not in done.stderr
        assert bool(done.stdout) == (status == 0)
    assert not [*tmp_path.iterdir()]
