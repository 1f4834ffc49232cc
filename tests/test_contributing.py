"""The table in CONTRIBUTING.md, followed to the letter: whoever writes the one file that it names has added the thing.

Every case works on a copy of the packages, in which nothing else is touched.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import toy
from checkout import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = {
    row[0]: row[1:] for row in re.findall(r"^\| (?!to add)([a-z ]+) \| (.+) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
}

SCENE = """
name: dish
equations:
  a: uniform(0, 1)
  b: 0.5 * a + halves(0.4)
factors:
  a: {range: [0, 1]}
  b: {range: [0, 1]}
draw:
  - {mark: fill, rgb: [0, 0, b]}
  - mark: lens
    x: 0.5
    y: 0.5
    radius: 0.1 + 0.3 * a
    rgb: [1, 1, 1]
"""
NOISE = '''
"""A noise of one's own."""
import scmgen

@scmgen.noise()
def halves(u, width):
    """Either side of 0, and never near it."""
    return width * (0.25 + 0.5 * u)
'''
MARK = '''
"""A mark of one's own."""
import scmgen

@scmgen.mark
def lens(x, y, radius):
    """A disc."""
    return scmgen.Shape(1, [x, y, radius, radius / 2, 1.0, 0.0])
'''
KIND = '''
"""The kind ``anchored_low``: a target takes the lower end of its range."""

from typing import Any, Literal

import scmgen


@scmgen.intervention
class AnchoredLow(scmgen.Step):
    """A do on the lower end of the range."""

    kind: Literal["anchored_low"] = "anchored_low"

    def action(self, scene: Any, where: str) -> Any:
        return lambda name, before: (0.0, scene.factors[name].bounds[0])
'''
METRIC = '''
"""How bright answers are."""

from cdm.evaluation.metrics.registry import metric


@metric("brightness", ("prediction",), None, "none")
def brightness(prediction):
    return float(prediction.mean())
'''


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of what the packages need, as a checkout holds it."""
    for name in ("scmgen", "cdm", "scenes"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc.*"))
    shutil.copy(ROOT / "datasets.yaml", tmp_path)
    (tmp_path / "docs" / "reference").mkdir(parents=True)
    shutil.copy(ROOT / "docs" / "reference" / "manifest.schema.json", tmp_path / "docs" / "reference")
    return tmp_path


def call(copy: Path, package: str, *words: str, first: str = "") -> str:
    """Run a command of the copy after some lines of Python; give what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "XDG_CACHE_HOME": str(copy / "cache"), "OMP_NUM_THREADS": "1"}
    program = [sys.executable, "-c", f"{first}\nfrom {package}.cli.main import main; main()", *words]
    done = subprocess.run(program, cwd=copy, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def write(copy: Path, thing: str, name: str, text: str) -> None:
    """Write the file that the table names for a thing, with ``name`` in the place of NAME."""
    path = next(path for path in re.findall(r"`([^`]+\.(?:py|yaml))`", ROWS[thing][0]))
    assert "NAME" in path
    (copy / path.replace("NAME", name)).write_text(text)


@pytest.mark.parametrize("thing", ROWS)
def test_the_files_that_the_table_names_are_there(thing: str) -> None:
    paths = [
        path for cell in ROWS[thing] for path in re.findall(r"`((?:scmgen|cdm|tests|scenes|benchmarks)/[^`]+)`", cell)
    ]
    assert paths
    for path in paths:
        here = ROOT / path
        assert here.parent.is_dir() if "NAME" in path or "test_" in path else here.exists(), path


def test_the_tree_is_that_of_the_packages() -> None:
    drawn = set(re.findall(r"^  ([a-z_]+)/ ", PAGE, re.MULTILINE))
    rooms = {path.parent.name for package in ("scmgen", "cdm") for path in (ROOT / package).glob("*/__init__.py")}
    assert drawn == rooms


def test_a_scene_a_noise_and_a_mark_are_a_file_each(copy: Path) -> None:
    write(copy, "scene", "dish", SCENE)
    plugins = []
    for thing, text in (("noise", NOISE), ("mark", MARK)):
        assert "a plug-in" in ROWS[thing][0] and f"@scmgen.{thing}" in ROWS[thing][1]
        (copy / f"{thing}.py").write_text(text)
        plugins += ["--plugin", f"{thing}.py"]
    call(copy, "scmgen", "build", "dish", "--n", "20", "--size", "16", "-o", "dish", "-j", "1", *plugins)
    assert "dish: verified" in call(copy, "scmgen", "verify", "dish", "-j", "1", *plugins)
    assert {*json.loads((copy / "dish" / "manifest.json").read_text())["plugins"]} == {"noise.py", "mark.py"}


def test_a_kind_of_intervention_is_a_file(copy: Path) -> None:
    write(copy, "intervention kind", "anchored_low", KIND)
    line = ["build", "pendulum", "--n", "30", "--size", "16", "--interventions", "anchored_low", "-o", "low", "-j", "1"]
    call(copy, "scmgen", *line)
    assert "low: verified" in call(copy, "scmgen", "verify", "low", "-j", "1")
    manifest = json.loads((copy / "low" / "manifest.json").read_text())
    assert set(manifest["kinds"][0]) == {"anchored_low", "none"} and manifest["plugins"] == {}
    assert {cut["kind"] for cut in manifest["graph"]["mutilated"]} == {"anchored_low"}


def test_a_model_and_a_metric_are_a_file_each(copy: Path) -> None:
    write(copy, "model", "linear", (ROOT / "tests" / "support" / "models" / "linear.py").read_text(encoding="utf-8"))
    write(copy, "metric", "brightness", METRIC)
    data = str(toy.write(copy / "toy", 200))
    call(copy, "cdm", "train", data, "--model", "linear", "-o", "run")
    brief = "from cdm.evaluation import reader; reader.STEPS = 20"
    call(copy, "cdm", "evaluate", "run", "--data", data, "--samples", "20", "-o", "scores.json", first=brief)
    scores = json.loads((copy / "scores.json").read_text())
    assert -1 <= scores["brightness"] <= 1 and scores["L1"]["model"]["all"] > 0


def test_every_module_with_logic_has_a_namesake() -> None:
    modules = [path.relative_to(ROOT) for package in ("scmgen", "cdm") for path in (ROOT / package).rglob("*.py")]
    named = [path for path in modules if path.name != "__init__.py"]
    working = [
        path for path in named if re.search(r"^(?:@|def |class )", (ROOT / path).read_text("utf-8"), re.MULTILINE)
    ]
    tests = {path: ROOT / "tests" / path.parent / f"test_{path.stem.rstrip('_')}.py" for path in working}
    methods = ROOT / "cdm" / "methods"  # the folder of a method is tested as a whole
    for path in working:
        if (ROOT / path).parent.parent == methods and path.parent.name != "parts":
            tests[path] = ROOT / "tests" / path.parent.parent / f"test_{path.parent.name}.py"
    assert [str(path) for path, test in tests.items() if not test.exists()] == []


def test_no_room_is_passed_over(pytestconfig: pytest.Config) -> None:
    """Tools leave folders out by their names, and ``build`` is the name of a room."""
    folders = {path.name for top in ("tests", "scmgen", "cdm") for path in (ROOT / top).rglob("*") if path.is_dir()}
    left_out = pytestconfig.getini("norecursedirs")
    assert [name for name in folders if any(fnmatch.fnmatch(name, pattern) for pattern in left_out)] == []
