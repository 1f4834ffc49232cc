"""Commands about scenes: list, new, validate, show and schema, and scenes that are none."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from one_scene import SCENE
from shell_here import Shell

import scmgen
from scmgen import __version__
from scmgen.pictures.sheet import encode
from scmgen.render.drawing import Drawing


def test_show_prints_and_draws(shell: Shell) -> None:
    done = shell("show", "pendulum")
    assert done.status == 0 and "pendulum_angle  := uniform(-0.5, 0.5)" in done.out
    assert shell("show", "pendulum", "-o", "sheet.png", "--pairs", "2").status == 0
    assert Path("sheet.png").read_bytes().startswith(b"\x89PNG")


def test_show_says_so_where_a_sheet_would_take_long_and_it_draws_a_look(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Drawing, "seconds", lambda self, frame: 6.0)
    assert shell("show", "flow", "-o", "a.png", "--pairs", "1").out == "a.png: 1 pair of flow\n"
    looked = scmgen.load_scene("flow").renderer.summary
    note = f"as a look at them: {looked}"
    assert shell("show", "flow", "-o", "b.png", "--pairs", "2").out == f"b.png: 2 pairs of flow, {note}\n"


def test_show_of_a_built_set_tells_and_draws_what_was_written(shell: Shell, small: Path) -> None:
    assert shell("show", small).out == shell("show", "pendulum").out
    assert shell("show", small, "-o", "sheet.png", "--pairs", "2").out == "sheet.png: the first samples of pendulum\n"
    assert Path("sheet.png").read_bytes() == encode(scmgen.load(small).show(n=2))
    message = f"--size: {small} is built, and its spec says what it is; show pendulum to try others"
    assert shell("show", small, "--size", "16") == (2, "", f"scmgen: {message}\n")


def test_show_of_imported_images_says_that_there_are_no_equations(shell: Shell, photos: Path) -> None:
    assert shell("show", photos).out.startswith("imported: no equations\n\n")


def test_a_folder_that_only_has_the_name_of_a_scene_is_none(shell: Shell) -> None:
    Path("pendulum").mkdir()
    assert shell("show", "pendulum").status == 0
    told = "scmgen: pendulum: not a data set: nothing is there; `scmgen build pendulum` writes one\n"
    assert shell("show", "./pendulum").err == told


def test_list_schema_version_and_help(shell: Shell) -> None:
    assert "pendulum-spurious" in shell("list").out
    assert json.loads(shell("schema").out)["title"] == "scmgen scene"
    assert shell("--version").out == f"scmgen, version {__version__}\n"
    assert shell("-h").status == shell("build", "--help").status == 0


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
            "2 faults:\ns.yaml:2: equations.a: '(' was never closed\n  uniform(0\n         ^\n"
            "in flow style ({...} or [...]) YAML splits at commas: write one line a variable, or quote the text\n"
            "s.yaml:2: equations.1): '1)' cannot name a variable: a name is letters, digits and _, begins with a "
            "letter, and is no Python keyword",
        ),
    ],
)
def test_a_bad_scene_is_refused_alike(shell: Shell, old: str, new: str, message: str) -> None:
    assert old in SCENE
    Path("s.yaml").write_text(SCENE.replace(old, new, 1))
    for line in ("validate s.yaml", "build s.yaml -o out", "show s.yaml", "graph s.yaml"):
        assert shell(*line.split()) == (2, "", f"scmgen: {message}\n")
    assert sorted(os.listdir()) == ["s.yaml"]


BAD = """name: bad
equations:
  a: unifrom(0, 1)
  b: 2 * a + c + normal(0, 0.1) * sinn(d) + c
factors:
  a: {range: [0, 1]}
  bb: {range: [0, 2]}
draw:
  - {mark: disk, x: a, y: 0.5, radius: 0.1, rgb: [0, 0, 0]}
  - {mark: disc, x: aa, y: bb, radius: 0.1, rgb: [0, 0, 0]}
  - {mark: disc, x: b, y: cc, rgb: [0, abss(a), 1 +], colour: 3, zoom: 2}
  - {mark: path, points: [[0, a], [0], [d, e]], rgb: [0, 0, 0], blend: add}
free: [b, bb, bb]
"""
MISFIT = """nam: bad
frames: 1
equations:
  a: uniform(0, 1)
  b: [2]
  c: b + unifrom(0, x) + d
factors:
  a: {rnage: [0, 1]}
  b: {range: [2, 0]}
  c: {levels: [x]}
drow:
  - {mark: disk, when: c == x}
  - {mark: fill, alpha: c == y, rgb: [0, 0, 0]}
"""
TYPOS = """name: bad
equations:
  a: category(1, 1)
  b: unifrom(0, 1)
factors:
  a: {levles: [red, blue]}
  b: {range: [0, 2], zoom: 2, unti: m}
draw:
  - {mark: disk, when: a == red}
"""


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            BAD,
            [
                "3: equations.a: unknown function 'unifrom'",
                "4: equations.b: unknown function 'sinn'",
                "4: equations.b: unknown name 'c'",
                "4: equations.b: unknown name 'd'",
                "7: factors.bb: no equation of that name; did you mean 'b'?",
                "9: draw.0: unknown mark 'disk'; did you mean 'disc'?",
                "10: draw.1.x: unknown name 'aa'",
                "10: draw.1.y: unknown name 'bb'",
                "11: draw.2.colour: disc has no channel 'colour'; allowed: alpha, blend, clip, group, hsv, radius, "
                "rgb, rotate, soft, when, x, y",
                "11: draw.2.zoom: disc has no channel 'zoom'; allowed: alpha, blend, clip, group, hsv, radius, rgb, "
                "rotate, soft, when, x, y",
                "11: draw.2.rgb: unknown function 'abss'",
                "11: draw.2.rgb: invalid syntax",
                "11: draw.2.y: unknown name 'cc'",
                "12: draw.3.points.1: a pair [x, y] is needed, found ['0']",
                "12: draw.3.blend: 'add'; allowed: multiply, normal, screen",
                "12: draw.3.points.2: unknown name 'd'",
                "12: draw.3.points.2: unknown name 'e'",
                "13: free.0: no factor 'b'; did you mean 'bb'?",
                "13: free.2: 'bb' stands here twice",
            ],
        ),
        (
            MISFIT,
            [
                "1: nam: unknown key; did you mean 'name'?",
                "2: frames: at least 2 is needed, found '1'",
                "5: equations.b: text is needed, found ['2']",
                "6: equations.c: unknown function 'unifrom'",
                "6: equations.c: unknown name 'd'",
                "8: factors.a.rnage: unknown key; did you mean 'range'?",
                "9: factors.b: the range is turned round: 2 is not below 0",
                "10: factors.c: at least two different levels are needed, found ['x']",
                "11: drow: unknown key; did you mean 'draw'?",
                "12: draw.0: unknown mark 'disk'; did you mean 'disc'?",
                "13: draw.1.alpha: unknown name 'y'",
            ],
        ),
        (
            TYPOS,  # the rest as if they were none: levels are known
            [
                "4: equations.b: unknown function 'unifrom'",
                "6: factors.a.levles: unknown key; did you mean 'levels'?",
                "7: factors.b.zoom: unknown key; allowed: circular, levels, long_name, range, unit",
                "7: factors.b.unti: unknown key; did you mean 'unit'?",
                "9: draw.0: unknown mark 'disk'; did you mean 'disc'?",
            ],
        ),
    ],
)
def test_all_faults_of_a_scene_are_told_at_once(shell: Shell, text: str, faults: list[str]) -> None:
    Path("s.yaml").write_text(text)
    for command in ("validate", "show"):
        status, out, err = shell(command, "s.yaml")
        assert (status, out) == (2, "") and err.startswith(f"scmgen: {len(faults)} faults:\n")
        assert [line.removeprefix("s.yaml:") for line in err.splitlines() if line.startswith("s.yaml")] == faults


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
    assert sorted(os.listdir()) == ["s.yaml"]
