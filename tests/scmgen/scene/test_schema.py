"""The JSON Schema for editors says what the reader says: every scene passes, typos do not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from scmgen import cli
from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError
from scmgen.render.marks import MARKS
from scmgen.scene.document import parse
from scmgen.scene.scene import SceneDocument, compile_scene, read_scene
from scmgen.scene.schema import scene_schema

TEMPLATE = Path(cli.__file__).parent / "template.yaml"
SCENES = [*catalogue.scenes().values(), TEMPLATE]
VALIDATOR = jsonschema.Draft202012Validator(scene_schema())

EVERY_MARK: list[dict[str, Any]] = [
    {"mark": "fill", "rgb": [1, "lamp", 0.5]},
    {"mark": "disc", "x": 0, "y": "lamp", "radius": 0.1, "hsv": [0, 0, 0], "alpha": 0.5, "when": "lamp > 0.5"},
    {"mark": "ellipse", "x": 0, "y": 0, "rx": 0.1, "ry": 0.2, "rgb": [0, 0, 0], "rotate": "lamp", "soft": 0.1},
    {"mark": "rect", "x": 0, "y": 0, "width": 0.1, "height": 0.2, "rgb": [0, 0, 0], "group": "box"},
    {"mark": "line", "x1": 0, "y1": 0, "x2": 1, "y2": 1, "width": 0.1, "rgb": [0, 0, 0]},
    {"mark": "ring", "x": 0, "y": 0, "radius": 0.1, "width": 0.1, "rgb": [0, 0, 0]},
    {"mark": "polygon", "x": 0, "y": 0, "radius": 0.1, "sides": 6, "rgb": [0, 0, 0]},
    {"mark": "star", "x": 0, "y": 0, "radius": 0.1, "rgb": [0, 0, 0]},
    {"mark": "path", "points": [[0, 0], [1, "lamp"], [0, 1]], "rgb": [0, 0, 0]},
    {"mark": "gradient", "x1": 0, "y1": 0, "x2": 1, "y2": 1, "rgb": [0, 0, 0], "to_hsv": [1, 1, 1]},
]


def template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    return loaded


def edited(place: list[str | int], value: Any) -> dict[str, Any]:
    """Give the template with one value set; None removes the key."""
    scene = copy.deepcopy(template())
    target: Any = scene
    for part in place[:-1]:
        target = target[part]
    if value is None:
        del target[place[-1]]
    else:
        target[place[-1]] = value
    return scene


def is_read(scene: dict[str, Any]) -> bool:
    """Tell whether the reader takes the scene as a mapping of plain Python values."""
    try:
        compile_scene(SceneDocument.model_validate(scene))
    except (ScmgenError, ValueError):
        return False
    return True


def test_the_schema_is_a_schema_and_plain_json() -> None:
    jsonschema.Draft202012Validator.check_schema(scene_schema())
    assert json.loads(json.dumps(scene_schema())) == scene_schema()


@pytest.mark.parametrize("path", SCENES, ids=lambda path: str(path.stem))
def test_every_bundled_scene_passes(path: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("mark", EVERY_MARK, ids=lambda mark: str(mark["mark"]))
def test_every_mark_passes_and_is_read(mark: dict[str, Any]) -> None:
    scene = edited(["draw"], [mark])
    assert VALIDATOR.is_valid(scene) and is_read(scene)


@pytest.mark.parametrize("mark", EVERY_MARK, ids=lambda mark: str(mark["mark"]))
def test_a_mark_with_a_strange_or_a_missing_channel_fails(mark: dict[str, Any]) -> None:
    broken = [{**mark, "xx": 1}, *({k: v for k, v in mark.items() if k != key} for key in MARKS[mark["mark"]].channels)]
    for scene in (edited(["draw"], [b]) for b in broken if b != mark):
        assert not VALIDATOR.is_valid(scene) and not is_read(scene)


def test_the_marks_above_are_all_marks() -> None:
    assert {mark["mark"] for mark in EVERY_MARK} <= set(MARKS)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (["nmae"], "swing"),
        (["name"], None),
        (["name"], "my scene"),
        (["name"], "a/b"),
        (["version"], 0),
        (["equations"], None),
        (["equations"], {}),
        (["equations"], ["a", "b"]),
        (["equations", "angle"], ["a"]),
        (["parameters", "wobble"], "lots"),
        (["factors"], {}),
        (["factors"], "angle"),
        (["factors", "angle", "rnage"], [0, 1]),
        (["factors", "angle", "range"], [0]),
        (["factors", "angle", "range"], [0, 1, 2]),
        (["factors", "angle", "range"], ["low", "high"]),
        (["factors", "angle", "unit"], ["rad"]),
        (["factors", "angle", "circular"], "maybe"),
        (["draw"], []),
        (["draw"], {"mark": "disc"}),
        (["draw", 0], "disc"),
        (["draw", 0, "mark"], "disk"),
        (["draw", 0, "mark"], None),
        (["draw", 0, "hsv"], None),
        (["draw", 0, "rgb"], [0, 0, 0]),
        (["draw", 0, "hsv"], [0, 0]),
        (["draw", 1, "radius"], None),
        (["draw", 1, "radius"], [1]),
        (["draw", 1, "group"], ["lamp"]),
    ],
)
def test_what_the_schema_refuses_the_reader_refuses_too(place: list[str | int], value: Any) -> None:
    scene = edited(place, value)
    assert not VALIDATOR.is_valid(scene) and not is_read(scene)


BLOCK: dict[str, Any] = {
    "for": {"k": [1, 2], "low": [0, 0.1], "round": [True, False], "word": ["disc", "ring"]},
    "parameters": {"p_{k}": "0.{k}", "q_{k}": 1},
    "equations": {"x_{k}": "uniform({low}, 1)", "y_{k}": 0.5},
    "factors": {"x_{k}": {"range": ["{low}", 1], "long_name": "number {k}", "circular": "{round}", "unit": "m"}},
    "free": ["x_{k}"],
    "draw": [
        {"mark": "disc", "x": "x_{k}", "y": "{low}", "radius": 0.1, "rgb": ["{low}", 0, 1], "group": "g_{k}"},
        {"mark": "polygon", "x": 0, "y": 0, "radius": 0.1, "sides": "{k}0", "hsv": [0, 0, 0]},
        {"mark": "path", "points": [[0, "{low}"], [1, 1], ["x_{k}", 0]], "rgb": [0, 0, 0]},
        {"mark": "fill", "rgb": [0, 0, 0], "group": "{word}"},
    ],
}


def repeated(place: list[str | int], value: Any) -> dict[str, Any]:
    """Give the template with a block in which one value is set; None removes the key."""
    scene = edited(["repeat"], [copy.deepcopy(BLOCK)])
    target: Any = scene["repeat"][0]
    for part in place[:-1]:
        target = target[part]
    if value is None:
        del target[place[-1]]
    else:
        target[place[-1]] = value
    return scene


def is_read_from_yaml(scene: dict[str, Any]) -> bool:
    try:
        read_scene(parse(yaml.safe_dump(scene, sort_keys=False), "s.yaml"))
    except ScmgenError:
        return False
    return True


def test_a_block_passes_and_is_read() -> None:
    scene = edited(["repeat"], [BLOCK])
    assert VALIDATOR.is_valid(scene) and is_read_from_yaml(scene)


def test_a_block_can_bring_everything() -> None:
    scene = {"name": "all", "repeat": [BLOCK]}
    assert VALIDATOR.is_valid(scene) and is_read_from_yaml(scene)
    assert not VALIDATOR.is_valid({"name": "all"}) and not is_read_from_yaml({"name": "all"})


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (["for"], None),
        (["for"], {}),
        (["for"], [1, 2]),
        (["for", "k"], []),
        (["for", "k"], 3),
        (["for", "k"], [[1], [2]]),
        (["fro"], {"k": [1, 2]}),
        (["repeat"], [BLOCK]),
        (["name"], "x_{k}"),
        (["equations"], ["a"]),
        (["equations", "x_{k}"], ["a"]),
        (["parameters", "q_{k}"], "lots"),
        (["factors", "x_{k}", "rnage"], [0, 1]),
        (["factors", "x_{k}", "range"], ["low", 1]),
        (["factors", "x_{k}", "range"], ["{low}"]),
        (["factors", "x_{k}", "unit"], ["m"]),
        (["free"], "x_{k}"),
        (["draw"], {"mark": "disc"}),
        (["draw", 0, "mark"], "disk"),
        (["draw", 0, "radius"], None),
        (["draw", 0, "xx"], "x_{k}"),
        (["draw", 1, "sides"], "some"),
        (["draw", 1, "hsv"], [0, "{low}"]),
    ],
)
def test_what_the_schema_refuses_in_a_block_the_reader_refuses_too(place: list[str | int], value: Any) -> None:
    scene = repeated(place, value)
    assert not VALIDATOR.is_valid(scene) and not is_read_from_yaml(scene)


@pytest.mark.parametrize("repeat", [[], "twice", BLOCK, [3]])
def test_a_repeat_of_the_wrong_kind_fails(repeat: Any) -> None:
    scene = edited(["repeat"], repeat)
    assert not VALIDATOR.is_valid(scene) and not is_read_from_yaml(scene)
