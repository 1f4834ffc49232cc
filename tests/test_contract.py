"""What the packages promise about each other, each tried in a fresh interpreter."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from checkout import ROOT

from scmgen.errors import ScmgenError
from scmgen.loops import library
from scmgen.scm.expression import parse
from scmgen.scm.model import from_text

LANGUAGE = (ROOT / "docs" / "reference" / "language.md").read_text(encoding="utf-8")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=120, check=False)


def loaded_by(module: str) -> set[str]:
    """Give the top-level modules that importing ``module`` loads."""
    done = run("-c", f"import {module}, json, sys; print(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))")
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", ["scmgen", "scmgen.cli.main"])
def test_the_generator_loads_neither_torch_nor_the_trainer(module: str) -> None:
    assert not loaded_by(module) & {"torch", "cdm"}


def test_the_trainer_loads_nothing_of_the_generator() -> None:
    assert "scmgen" not in loaded_by("cdm")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cdm/data/proof.py", "scmgen/storage/loading/proof.py"),
        ("cdm/cli/ending.py", "scmgen/cli/ending.py"),
        ("cdm/cli/start.py", "scmgen/cli/start.py"),
    ],
)
def test_what_both_packages_need_is_the_same_in_both(one: str, other: str) -> None:
    """Neither may import the other, so a cache's proof and the end of a command stand twice, letter by letter."""
    assert (ROOT / one).read_bytes() == (ROOT / other).read_bytes()


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    heavy = {"numpy", "pydantic", "networkx", "scipy", "numba", "xarray", "h5py", "PIL", "pymunk", "webdataset"}
    assert not loaded_by("scmgen.cli.main") & heavy


HEAVY = {
    "PIL",
    "h5py",
    "matplotlib",
    "networkx",
    "numba",
    "numpy",
    "pydantic",
    "pymunk",
    "rich",
    "scipy",
    "xarray",
    "yaml",
}
TABLES = {"numpy", "pydantic", "yaml"}
BUDGETS = {  # of each command what it may load of these: each takes from 0.02 to 0.4 s
    ("--help",): set(),
    ("marks",): {"numpy"},
    ("functions",): {"numpy"},
    ("list",): TABLES,
    ("show", "pendulum"): TABLES | {"networkx"},
    ("validate", "pendulum"): TABLES | {"networkx"},
    ("build", "pendulum", "--n", "8", "--size", "16", "--interventions", "hard"): TABLES | {"networkx", "PIL"},
}
STARTED = """
import sys, time
from scmgen.cli.main import main
try:
    main()
finally:
    print(time.process_time(), *{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


@pytest.mark.parametrize("line", BUDGETS)
def test_a_command_loads_what_it_needs(line: tuple[str, ...], tmp_path: Path) -> None:
    """Loops that were not compiled ahead of time need numba."""
    more = ("-o", str(tmp_path / "d")) if line[0] == "build" else ()
    seconds, *loaded = run("-c", STARTED, *line, *more).stderr.splitlines()[-1].split()
    ours = BUDGETS[line] | (set() if library().exists() or line[0] != "build" else {"numba"})
    assert HEAVY & set(loaded) <= ours
    assert float(seconds) < 30  # several times what it takes on a slow machine


@pytest.mark.parametrize("module", ["scmgen", "scmgen.cli.main", "cdm"])
def test_an_import_prints_and_warns_nothing(module: str) -> None:
    done = run("-W", "error", "-c", f"import {module}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("package", ["scmgen", "cdm"])
def test_dir_lists_what_is_public_and_imports_none_of_it(package: str) -> None:
    program = f"import {package} as p; print(*dir(p)); import sys; print({{'torch', 'numpy'}} & {{*sys.modules}})"
    names, loaded = run("-c", program).stdout.splitlines()
    module = importlib.import_module(package)
    assert names.split() == sorted([*module.__all__, "__version__"])
    assert loaded == "set()"
    assert all(hasattr(module, name) for name in module.__all__)


def test_dir_leaves_out_what_cannot_be_imported_without_torch() -> None:
    program = (
        "import sys; sys.modules['torch'] = None; import scmgen; help(scmgen); print('ShardStream' in dir(scmgen))"
    )
    done = run("-c", program)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "False"), done.stderr


def test_both_packages_say_the_version_of_the_distribution() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert importlib.import_module("scmgen").__version__ == importlib.import_module("cdm").__version__ == told


def test_help_runs_and_names_the_commands() -> None:
    done = run("-c", "from scmgen.cli.main import main; main()", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert {"build", "verify", "show", "list"} <= set(done.stdout.split())


def fenced(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", LANGUAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("block", [block for block in fenced("yaml") if "draw:" not in block])  # whole scenes are built
def test_equations_in_the_documentation_are_accepted_as_it_says(block: str) -> None:
    scene = yaml.safe_load(block)
    levels = {name: i for factor in scene.get("factors", {}).values() for i, name in enumerate(factor["levels"])}
    equations = scene["equations"]
    if None in equations.values():  # the trap of flow style
        with pytest.raises(ScmgenError, match="YAML splits at commas"):
            from_text({name: str(text) for name, text in equations.items()})
    else:
        from_text(equations, scene.get("parameters"), levels, frames=scene.get("frames"))


@pytest.mark.parametrize("message", fenced("text"))
def test_errors_in_the_documentation_are_those_of_the_language(message: str) -> None:
    text = message.splitlines()[1][2:]
    with pytest.raises(ScmgenError) as caught:
        parse(text)
    assert str(caught.value) == message.rstrip("\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [("-1 % 4", 3), ("2**3**2", 512), ("-2**2", -4), ("round(2.5)", 2), ("9**9**9", float("inf")), (".5 + 5.", 5.5)],
)
@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_values_in_the_documentation_are_right(text: str, value: float) -> None:
    assert text in LANGUAGE or text == ".5 + 5."
    assert parse(text).evaluate({}) == value
