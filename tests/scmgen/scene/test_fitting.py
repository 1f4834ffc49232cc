"""Parts of a scene that must fit each other."""

from __future__ import annotations

import pytest

from scmgen.errors import ScmgenError
from scmgen.scene.document import parse
from scmgen.scene.scene import Scene, read_scene

FREE = """\
name: a
equations: {x: "uniform(0, 1)", y: x}
factors: {x: {range: [0, 1]}, y: {range: [0, 1]}}
draw: [{mark: fill, rgb: [0, 0, 0]}]
"""


def written(text: str) -> Scene:
    return read_scene(parse(text, "s.yaml"))


@pytest.mark.parametrize(
    ("free", "message"),
    [
        ("[x, z]", "5: free.1: no factor 'z'; allowed: x, y"),
        ("[x, y, x]", "5: free.2: 'x' stands here twice"),
        ("x", "5: free: a list is needed, found 'x'"),
        ("[[x]]", "5: free.0: text is needed, found ['x']"),
    ],
)
def test_free_names_factors_once(free: str, message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        written(FREE + f"free: {free}\n")
    assert str(caught.value) == f"s.yaml:{message}"


def test_a_scene_says_which_factors_are_free() -> None:
    assert written(FREE).document.free == () and "free" not in written(FREE).document.data()
    assert written(FREE + "free: [y, x]\n").document.free == ("y", "x")


def test_a_bank_of_pictures_has_a_name_of_the_language() -> None:
    with pytest.raises(ScmgenError, match=r"^s\.yaml:5: pictures\.if: 'if' cannot name a bank of pictures: "):
        written(FREE + "pictures: {if: {}}\n")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("meshes: [if]", "5: meshes.0: 'if' cannot name a bank of meshes: "),
        ("meshes: [m, m]", "5: meshes.1: 'm' names a bank already"),
        ("meshes: [m]\npictures: {m: {}}", "5: meshes.0: 'm' names a bank already"),
    ],
)
def test_a_bank_of_meshes_has_a_name_of_its_own(more: str, message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        written(FREE + more + "\n")
    assert str(caught.value).startswith(f"s.yaml:{message}")


def test_levels_parameters_and_equations_are_looked_at_together() -> None:
    text = """\
name: a
parameters: {if: 1, w: 2}
equations: {x: "category(1, 1) + y", y: "x == redd"}
factors: {x: {levels: [red, w]}, y: {levels: [blue, red]}}
draw: [{mark: fill, rgb: [0, green, w]}]
"""
    with pytest.raises(ScmgenError) as caught:
        written(text)
    assert [line for line in str(caught.value).splitlines() if line.startswith("s.yaml")] == [
        "s.yaml:2: parameters.if: 'if' cannot name a parameter: a name is letters, digits and _, begins with a letter, "
        "and is no Python keyword",
        "s.yaml:3: equations.y: unknown name 'redd'",
        "s.yaml:3: equations.x: the equations form a cycle: x -> y -> x",
        "s.yaml:4: factors.x.levels.1: 'w' is already a parameter",
        "s.yaml:4: factors.y.levels.1: level 'red' is 1 here and 0 in another factor",
        "s.yaml:5: draw.0.rgb: unknown name 'green'",
    ]
