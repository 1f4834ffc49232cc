"""Digits that a user brings: from the command line to shards and back, and what a do leaves as it was."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from digits import idx_files

from scmgen.dataset import catalogue
from scmgen.dataset.fingerprint import content
from scmgen.dataset.sampling import compile_spec
from scmgen.pictures.brought import Given
from scmgen.scene import plugins


def ran(*words: str | Path) -> tuple[int, str]:
    """A command in a process of its own, which knows no pictures but those that it is given."""
    code = "from scmgen.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_they_are_built_by_two_workers_verified_and_not_taken_for_others(tmp_path: Path) -> None:
    given = ("--pictures", f"digits={idx_files(tmp_path / 'bank')}")
    build = ("build", "morpho-digits", "--n", 40, "--size", 32, "--interventions", "-j", 2, "-o", tmp_path / "data")
    status, said = ran(*map(str, build), *given)
    assert status == 0, said
    status, said = ran("verify", tmp_path / "data", "--all", *given)
    assert status == 0 and "verified" in said, said
    missing = f"{tmp_path / 'data'}: was built with the pictures digits; give the same with --pictures digits=PLACE"
    assert ran("verify", tmp_path / "data") == (2, f"scmgen: {missing}\n")
    labels = tmp_path / "bank" / "train-labels-idx1-ubyte"
    data = labels.read_bytes()
    labels.write_bytes(data[:8] + data[8:][::-1])
    assert ran("verify", tmp_path / "data", *given) == (2, f"scmgen: {missing}\n")


def test_without_pictures_those_are_shown_that_come_with_it_and_others_are_not_taken_for_them(tmp_path: Path) -> None:
    status, said = ran("build", "coloured-digits", "--n", "10", "-o", tmp_path / "data")
    assert status == 0, said
    status, said = ran("verify", tmp_path / "data", "--all")
    assert status == 0 and "verified" in said, said
    given = ("--pictures", f"digits={idx_files(tmp_path / 'bank')}")
    said = f"{tmp_path / 'data'}: was built with the pictures digits; give the same with --pictures digits=PLACE"
    assert ran("verify", tmp_path / "data", *given) == (2, f"scmgen: {said}\n")


def test_data_sets_of_different_pictures_are_drawn_beside_each_other_in_one_process(tmp_path: Path) -> None:
    source = catalogue.find("morpho-digits")
    own = compile_spec(catalogue.spec(source, n=20, size=32))
    sums = plugins.load([Given("digits", idx_files(tmp_path))])
    other = compile_spec(catalogue.spec(source, n=20, size=32, plugins=sums))
    assert own.spec.plugins["digits"] != other.spec.plugins["digits"] and own.spec.hash != other.spec.hash
    first, second = content(own), content(other)
    assert first != second and (content(own), content(other)) == (first, second)


def test_pictures_that_do_not_come_with_it_are_asked_for_in_one_message(tmp_path: Path) -> None:
    text = (catalogue.ROOT / "scenes" / "coloured-digits.yaml").read_text()
    scene = tmp_path / "mine.yaml"
    scene.write_text(re.sub(r"\bdigits\b(?=[:,)]|$)", "numerals", text, flags=re.MULTILINE))
    status, said = ran("build", scene, "--n", "10", "-o", tmp_path / "data")
    assert status == 2 and "no pictures 'numerals' were given: --pictures numerals=PLACE" in said, said
    assert len(said.splitlines()) == 1 and not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["morpho-digits", "morpho-classic"])
def test_a_do_on_thickness_moves_edges_and_keeps_which_picture_it_is(name: str) -> None:
    scene = catalogue.load_scene(name)
    noise = scene.noise(20, seed=3)
    before, after = scene.scm.solve(noise), scene.scm.solve(noise, {"thickness": 4.0})
    assert np.array_equal(before["which"], after["which"]) and np.array_equal(before["digit"], after["digit"])
    kept = scene.scm.solve(noise, {"thickness": 4.0, "intensity": before["intensity"]} | _slanted(before))
    thin, thick = scene.render(before, 64), scene.render(kept, 64)
    grew = before["thickness"] < 4
    assert (thick[grew].astype(int) >= thin[grew].astype(int) - 1).all()  # ink is only added
    same = scene.render(scene.scm.solve(noise, {"thickness": before["thickness"]}), 64)
    assert np.array_equal(same, thin)


def _slanted(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {"slant": values["slant"]} if "slant" in values else {}


def test_colour_goes_with_the_target_as_often_as_is_said() -> None:
    scene = catalogue.load_scene("coloured-digits")
    values = scene.scm.solve(scene.noise(20_000))
    assert (values["colour"] == values["target"]).mean() == pytest.approx(0.9, abs=0.01)
    assert (values["target"] == (values["digit"] < 5)).mean() == pytest.approx(0.75, abs=0.01)
