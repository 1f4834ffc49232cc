"""Notes on names and colours that mean something else than they seem to."""

from __future__ import annotations

from pathlib import Path

from shell_here import Shell

from scmgen.checks.audit import names
from scmgen.scene.document import parse
from scmgen.scene.scene import read_scene

SCENE = """
name: t
equations: {kind: "category(1, 1)", value: "uniform(0, 1)", noise: "uniform(0, 1)"}
factors: {kind: {levels: [a, b]}, value: {range: [0, 1]}, noise: {range: [0, 1]}}
draw:
  - {mark: fill, rgb: [255, 190, 25]}
  - {mark: disc, x: value, y: noise, radius: 0.1, rgb: [1, kind == a, 0]}
"""


def test_names_that_are_taken_and_colours_in_bytes_are_told() -> None:
    assert list(names.notes(read_scene(parse(SCENE, "t.yaml")))) == [
        "value: in --interventions this is the name of an option; to set the factor, write hard:value=...,among=value",
        "noise: data.labels() has an array of this name; only data.rows() will read these labels",
        "draw.0.rgb: colours are from 0 to 1, and what is more counts as 1; found [255, 190, 25]",
    ]


STAGE = """
name: t
equations: {x: "uniform(0, 1)", grain: "uniform(0, 1)"}
factors: {x: {range: [0, 1]}}
renderer: mitsuba
stage:
  seed: grain
  camera: {origin: [0, -5, 2]}
  lights: [{light: constant, rgb: [255, 255, 240]}]
  objects:
    - {object: sphere, at: [x, 0, 1], rgb: [1, 0.5, x]}
    - {object: plane, texture: [{mark: fill, hsv: [0.1, 90, 1]}]}
"""


def test_so_are_those_of_a_stage() -> None:
    told = "colours are from 0 to 1, and what is more counts as 1; found"
    assert list(names.notes(read_scene(parse(STAGE, "t.yaml")))) == [
        f"stage.lights.0.rgb: {told} [255, 255, 240]",
        f"stage.objects.1.texture.0.hsv: {told} [0.1, 90, 1]",
    ]


def test_a_factor_is_set_though_an_option_has_its_name(shell: Shell) -> None:
    Path("t.yaml").write_text(SCENE)
    assert shell("show", "t.yaml", "--interventions", "hard:kind=b", "-o", "t.png").status == 0
    assert shell("show", "t.yaml", "--interventions", "hard:value=0.2,among=value", "-o", "t.png").status == 0
    told = "kind= cannot stand here; to target a factor of this name, write among=kind"
    for text in ("soft:kind=b", "hard:value=0.2,kind=b"):
        assert f"{text}: {told}" in shell("show", "t.yaml", "--interventions", text, "-o", "t.png").err
