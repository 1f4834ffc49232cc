"""Bodies of a stage: what they carry moves with them, and every fault of the tree is told with its place."""

from __future__ import annotations

from typing import Any

import jsonschema
import numpy as np
import pytest
from staged import STAGE, document, staged

from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError
from scmgen.render.stage.scenery import Scenery, surface
from scmgen.scene.scene import Scene, SceneDocument, compile_scene
from scmgen.scene.schema import scene_schema

CAMERA, (FLOOR, BALL) = STAGE["camera"], STAGE["objects"]
HINGE = {"axis": [0, 2, 0], "angle": "pi / 2 * a"}
ARM: list[dict[str, Any]] = [
    {"body": "hand", "parent": "lower", "at": [0, 0, 1], "slide": {"axis": [1, 0, 0], "by": "speckle"}},
    {"body": "upper", "at": [0, 0, 1], "hinge": HINGE},
    {"body": "lower", "parent": "upper", "at": [0, 0, 1], "hinge": HINGE},
]
STICK = {"object": "box", "at": [0, 0, 0.5], "size": [0.1, 0.1, 1], "rgb": [1, 1, 1]}
PARTS = [FLOOR, *({**STICK, "parent": name, "group": name} for name in ("upper", "lower", "hand"))]
FAULTS: list[tuple[list[dict[str, Any]], str]] = [
    ([{"body": "a", "parent": "uper"}, ARM[1]], "s: stage.bodies.0.parent: no body 'uper'; did you mean 'upper'?"),
    (
        [{"body": "a", "parent": "b"}, {"body": "b", "parent": "a"}],
        "s: stage.bodies.0.parent: bodies that carry each other in a",
    ),
    ([{"body": "a"}, {"body": "a"}], "s: stage.bodies.1: 'a' is the name of bodies.0 already"),
    ([{"at": [0, 0, 0]}], "s: stage.bodies.0: no 'body', the name of it"),
    ([{"body": "a", "hing": {}}], "s: stage.bodies.0.hing: body has no 'hing'; did you mean 'hinge'?"),
    ([{"body": "a", "hinge": {"axis": [0, 0, 1]}}], "s: stage.bodies.0.hinge: hinge needs angle"),
    ([{"body": "a", "slide": {"axis": 1, "by": 0}}], "s: stage.bodies.0.slide.axis: three expressions [x, y, z] are"),
    ([{"body": "a", "hinge": 1}], "s: stage.bodies.0.hinge: a mapping (key: value) is needed"),
    ([{"body": "a", "at": ["b", 0, 0]}], "s: stage.bodies.0.at: unknown name 'b'"),
]


def arm(**parts: Any) -> Scene:
    """A scene with an arm of two hinges and a slide."""
    return staged(**{"bodies": ARM, "objects": PARTS, **parts})


def scenery(scene: Scene, **values: list[float]) -> Scenery:
    """The numbers of all rows."""
    world = {"a": np.array([0.5]), "speckle": np.array([0.5])} | {k: np.array(v) for k, v in values.items()}
    found: Scenery = next(scene.renderer.stage.sceneries(scene.world(world)))  # type: ignore[attr-defined]
    return found


def middles(scene: Scene, **values: list[float]) -> list[list[float]]:
    """The middle of each object in the only row, to a thousandth."""
    told = scenery(scene, **values)
    things = scene.renderer.stage.things  # type: ignore[attr-defined]
    return [surface(t.entry, told.things[k], 0).points.mean(axis=0).round(3).tolist() for k, t in enumerate(things)]


@pytest.mark.parametrize(("bodies", "message"), FAULTS)
def test_what_does_not_fit_is_told_with_its_place(bodies: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        staged(bodies=bodies)
    assert str(caught.value).startswith(message)


def test_what_is_on_a_body_that_is_not_there_is_told_with_the_nearest_guess() -> None:
    for parts in ({"objects": [{**BALL, "parent": "uper"}]}, {"camera": {**CAMERA, "parent": "uper"}}):
        with pytest.raises(ScmgenError, match=r"\.parent: no body 'uper'; did you mean 'upper'\?$"):
            arm(**parts)
    with pytest.raises(ScmgenError, match=r"stage.objects.0.parent: no body 'uper'; the stage has no 'bodies'$"):
        staged(objects=[{**BALL, "parent": "uper"}])


def test_an_axis_without_length_is_told_with_its_row() -> None:
    scene = arm(bodies=[*ARM[1:], {**ARM[0], "slide": {"axis": ["a", 0, 0], "by": 1}}])
    message = r"^s: stage.bodies.2.slide.axis: the axis of this slide has no length, in row 1$"
    with pytest.raises(ScmgenError, match=message):
        scene.renderer.rehearse(scene.world({"a": [1.0, 0.0], "speckle": [0.5, 0.5]}))


def test_joints_move_what_they_carry_and_all_above_it() -> None:
    straight = middles(arm(), a=[0.0], speckle=[0.0])
    assert straight == [[0, 0, 0], [0, 0, 1.5], [0, 0, 2.5], [0, 0, 3.5]]
    bent = middles(arm(), a=[1.0], speckle=[0.25])  # a quarter turn at each hinge: along x, then down, where x is back
    assert bent == [[0, 0, 0], [0.5, 0, 1], [1, 0, 0.5], [0.75, 0, -0.5]]


def test_lamps_and_the_camera_ride_on_bodies_too() -> None:
    lamp = {"light": "spot", "at": [0, 0, 1], "target": [1, 0, 1], "rgb": [1, 1, 1], "parent": "upper"}
    scene = arm(lights=[lamp], camera={"origin": [0, -5, 0], "target": [0, 0, 0], "parent": "upper"})
    told = scenery(scene, a=[1.0])
    assert told.lights[0]["at"].round(9).tolist() == [[1, 0, 1]] and told.lights[0]["target"].round(9).tolist() == [
        [1, 0, 0]
    ]
    assert told.camera["origin"].round(9).tolist() == [[0, -5, 1]] and told.camera["up"].round(9).tolist() == [
        [1, 0, 0]
    ]
    assert all("speckle" not in one.placing for one in scene.renderer.objects if one.name == "lower")


def test_an_object_is_placed_by_all_bodies_below_it_and_by_none_above() -> None:
    only = [ARM[0], {**ARM[1], "hinge": {**HINGE, "angle": 1}}, ARM[2]]
    placing = {one.name: set(one.placing) for one in arm(bodies=only).renderer.objects}
    assert placing == {"upper": set(), "lower": {"a"}, "hand": {"a", "speckle"}, "stage.0 plane": set()}
    assert arm(bodies=only).renderer.shown["hand"] == {"a", "speckle"}


def test_the_schema_says_what_the_reader_says_and_blocks_may_hold_bodies() -> None:
    validator = jsonschema.Draft202012Validator(scene_schema())
    block = {"for": {"k": ["c", "d"]}, "stage": {"bodies": [{"body": "{k}", "parent": "upper"}]}}
    assert validator.is_valid({**document(bodies=ARM, objects=PARTS), "repeat": [block]})
    assert not validator.is_valid(document(bodies=[{"body": "a", "hinge": {"angle": 1}}]))
    assert not validator.is_valid(document(bodies=[{"body": "a", "bend": 1}]))


def test_errors_name_the_lines_of_the_text_that_is_read() -> None:
    scene = compile_scene(SceneDocument.model_validate(document(bodies=ARM, objects=PARTS)))
    moved = scene.renderer.placed(lambda place: f"there: {'.'.join(map(str, place))}")
    with pytest.raises(ScmgenError, match=r"^there: stage.bodies.1.hinge.angle: "):
        moved.rehearse(scene.world({"a": [np.inf], "speckle": [0.5]}))


def test_a_do_on_the_elbow_of_arm3d_moves_forearm_and_hand_and_nothing_else() -> None:
    scene = catalogue.load_scene("arm3d")
    factual = scene.sample(3)
    twin = scene.counterfactual(factual, {"elbow": factual["elbow"].values + 0.2})
    stage = scene.renderer.stage  # type: ignore[attr-defined]
    told = [next(stage.sceneries(scene.world(values))) for values in (factual, twin)]
    moved = set()
    for k, thing in enumerate(stage.things):
        one, other = (surface(thing.entry, part.things[k], 1).points for part in told)
        moved |= set() if (one == other).all() else {thing.name}
    assert moved == {"forearm", "hand"}
