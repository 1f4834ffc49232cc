"""Commands about data sets: from a new scene to a verified set, places in the way, entries that do not fit."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml
from one_scene import SCENE
from shell_here import Shell

from scmgen.dataset import catalogue
from scmgen.render.drawing import Drawing


def test_a_scene_from_new_to_a_verified_data_set(shell: Shell) -> None:
    assert shell("new", "Mein Pendel é.yaml").status == 0
    assert yaml.safe_load(Path("Mein Pendel é.yaml").read_text(encoding="utf-8"))["name"] == "mein-pendel"
    again = shell("new", "Mein Pendel é.yaml")
    assert again == (2, "", "scmgen: Mein Pendel é.yaml: exists already\n")
    valid = "Mein Pendel é.yaml: a valid scene: 5 variables, 3 factors, 4 marks\n"
    assert shell("validate", "Mein Pendel é.yaml") == (0, valid, "")
    dry = shell("build", "Mein Pendel é.yaml", "--n", "20", "--dry-run")
    assert dry.out.startswith("data/mein-pendel: would hold 20 samples at 64 px in 3 shards, about ")
    assert sorted(os.listdir()) == ["Mein Pendel é.yaml"]
    built = shell("build", "Mein Pendel é.yaml", "--n", "20", "--size", "16", "--interventions", "-j", "1")
    assert built.status == 0 and built.out.startswith("data/mein-pendel: 20 samples in 3 shards, ")
    checked = shell("verify", "data/mein-pendel", "--all", "-j", "1")
    assert checked.status == 0 and checked.out.endswith("data/mein-pendel: verified\n")
    shard = next(Path("data/mein-pendel").glob("*.tar"))
    shard.write_bytes(shard.read_bytes()[:-100])
    faulty = shell("verify", "data/mein-pendel", "-j", "1")
    assert faulty.status == 1 and faulty.out.endswith("data/mein-pendel: FAULTS FOUND\n")


def test_places_that_cannot_be_written_to(shell: Shell) -> None:
    Path("file").write_text("")
    Path("full").mkdir()
    Path("full/mine.txt").write_text("")
    done = shell("build", "pendulum", "--n", "10", "-o", "file")
    problem = "Invalid value for '-o' / '--out': Directory 'file' is a file."
    assert done == (2, "", f"scmgen build: {problem} (scmgen build --help says more)\n")
    done = shell("build", "pendulum", "--n", "10", "-o", "full")
    problem = "full: holds files that no build of scmgen wrote; choose another directory with --out"
    assert done == (2, "", f"scmgen: {problem}\n")
    assert shell("build", "pendulum", "--n", "10", "-o", "file/below").status == 2
    assert [path.name for path in Path("full").iterdir()] == ["mine.txt"]


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
        (ENTRY + "  size: 8\n", "datasets.yaml:3: toy.size: 16 to 1024 pixels a side are possible, found 8"),
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
    assert sorted(os.listdir()) == ["datasets.yaml", "s.yaml"]


def test_a_build_says_beforehand_that_drawing_takes_long(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    line = ("build", "pendulum", "-o", "d", "--n", "40", "--size", "16", "--interventions", "hard", "--dry-run")
    assert "of drawing" not in shell(*line).out
    monkeypatch.setattr(Drawing, "seconds", lambda self, frame: 90.0)
    assert shell(*line).out.splitlines()[0].endswith(", about 2.0 hours of drawing")


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_values_outside_their_ranges_are_noted_as_by_validate(shell: Shell, dry: list[str]) -> None:
    Path("s.yaml").write_text(SCENE.replace("a: {range: [0, 1]}", "a: {range: [0, 0.5]}"))
    valid = shell("validate", "s.yaml")
    built = shell("build", "s.yaml", "-o", "out", "--n", "200", "--size", "16", "-j", "1", *dry)
    assert built.status == 0
    (said,) = [line for line in built.err.splitlines() if "outside" in line]
    (known,) = [line for line in valid.out.splitlines() if "outside" in line]
    form = re.compile(r"note: a: (\d+\.\d\d)% of observations lie outside 0 to 0\.5; they run \S+ to \S+")
    told, found = form.fullmatch(said), form.fullmatch(known.strip())
    assert told and found and abs(float(told[1]) - float(found[1])) < 12


def test_a_split_alone_may_leave_the_ranges(shell: Shell) -> None:
    Path("s.yaml").write_text(SCENE)
    assert "outside" not in shell("build", "s.yaml", "-o", "out", "--n", "30", "--size", "16", "-j", "1").err
