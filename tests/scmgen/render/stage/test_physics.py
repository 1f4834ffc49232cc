"""What a stage says of physics, and every fault of it told with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import yaml
from staged import document, drawn_by, staged

from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError
from scmgen.render.stage.physics import Physics
from scmgen.scene.schema import scene_schema

VALIDATOR = jsonschema.Draft202012Validator(scene_schema())
HINGE = {"axis": [0, 1, 0], "angle": 0}
SLIDE = {"axis": [0, 1, 0], "by": 0, "speed": 1}
LACKING = "needs physics; the stage has no 'physics'"
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"physics": 3}, "physics: a mapping (key: value) is needed, found 3"),
    ({"physics": {}}, "physics: physics needs seconds"),
    (
        {"physics": {"seconds": 1, "gravty": [0, 0, 0]}},
        "physics.gravty: physics has no 'gravty'; did you mean 'gravity'?",
    ),
    ({"physics": {"seconds": "b"}}, "physics.seconds: unknown name 'b'"),
    ({"physics": {"seconds": 1, "gravity": 1}}, "physics.gravity: three expressions [x, y, z] are needed, found 1"),
    *(
        (
            {"physics": {"seconds": 1, "step": step}},
            f"physics.step: a number of seconds above 0 is needed, no expression, found '{step}'",
        )
        for step in (0, "0.1 * a", True, float("inf"))
    ),
    ({"bodies": [{"body": "a", "free": True}]}, f"bodies.0.free: free {LACKING}"),
    ({"bodies": [{"body": "a", "density": 1}]}, f"bodies.0.density: density {LACKING}"),
    ({"bodies": [{"body": "a", "friction": 1}]}, f"bodies.0.friction: friction {LACKING}"),
    ({"bodies": [{"body": "a", "slide": SLIDE}]}, f"bodies.0.slide.speed: speed {LACKING}"),
    (
        {
            "physics": {"seconds": 1},
            "bodies": [{"body": "a"}, {"body": "b", "free": True, "parent": "a", "hinge": HINGE}],
        },
        "bodies.1.free: a free body has no parent and no joint, found parent, hinge",
    ),
    (
        {"physics": {"seconds": 1}, "bodies": [{"body": "a", "free": "a"}]},
        "bodies.0.free: true or false is needed, found 'a'",
    ),
]


@pytest.mark.parametrize(("parts", "message"), FAULTS)
def test_what_does_not_fit_is_told_with_its_place(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        drawn_by("mujoco", **parts)
    assert str(caught.value).startswith(f"s: stage.{message}")


def test_a_scene_that_is_a_file_says_the_same(tmp_path: Path) -> None:
    whole = {**document(physics={"seconds": "a", "step": 0.01}, bodies=[{"body": "a", "free": True}, {"body": "b"}])}
    (tmp_path / "s.yaml").write_text(yaml.safe_dump({**whole, "renderer": "mujoco"}))
    stage = catalogue.load_scene(str(tmp_path / "s.yaml")).renderer.stage  # type: ignore[attr-defined]
    assert stage.physics.step == 0.01 and [body.free for body in stage.bodies] == [True, False]


def test_mitsuba_refuses_it_and_says_who_can() -> None:
    with pytest.raises(ScmgenError) as caught:
        staged(physics={"seconds": 1}, bodies=[{"body": "a", "free": True}])
    assert str(caught.value) == "s: stage.physics: physics needs renderer: mujoco"


def test_the_schema_says_what_the_reader_says() -> None:
    bodies = [{"body": "a", "free": True, "density": "a", "friction": 0}, {"body": "b", "slide": SLIDE}]
    physics = {"seconds": "a", "gravity": [0, 0, "-a"], "step": 0.01}
    assert VALIDATOR.is_valid(document(physics=physics, bodies=bodies))
    drawn_by("mujoco", physics=physics, bodies=bodies)
    for wrong in ({}, {**physics, "step": "a"}, {**physics, "step": 0}, {**physics, "gravity": 1}, {**physics, "g": 1}):
        assert not VALIDATOR.is_valid(document(physics=wrong))
    assert not VALIDATOR.is_valid(document(physics=physics, bodies=[{"body": "a", "free": 1}]))


def physics(**told: Any) -> Physics:
    """The physics of a stage."""
    found = drawn_by("mujoco", physics={"seconds": "a", **told}).renderer.stage.physics  # type: ignore[attr-defined]
    assert isinstance(found, Physics)
    return found


def test_seconds_come_to_whole_steps() -> None:
    assert physics().steps({"seconds": np.array([0.0, 0.0009, 0.0011, 1.0])}, 0).tolist() == [0, 0, 1, 500]
    assert physics(step=0.25).steps({"seconds": np.array([1.0])}, 0).tolist() == [4]
    assert physics().steps({"seconds": np.array([200.0])}, 0).tolist() == [100_000]


def test_too_many_steps_and_fewer_than_none_are_told_where_the_text_that_is_read_has_them() -> None:
    moved = physics().placed(lambda place: f"there: {'.'.join(map(str, place))}")
    with pytest.raises(ScmgenError) as caught:
        moved.steps({"seconds": np.array([1.0, 201.0])}, 5)
    assert str(caught.value) == (
        "there: stage.physics.seconds: at most 100,000 steps of 0.002 s a row, 200 s, can be made, found 201, in row 6"
    )
    with pytest.raises(ScmgenError, match=r"^there: stage.physics.seconds: 0 or more is needed, found -1, in row 0$"):
        moved.steps({"seconds": np.array([-1.0])}, 0)
