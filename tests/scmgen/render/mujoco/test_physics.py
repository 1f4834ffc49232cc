"""Bodies move as physics says, and as a stage says that they begin."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import meshed
import numpy as np
import pytest
from staged import STAGE, document, drawn_by

from scmgen.errors import ScmgenError
from scmgen.pictures import brought
from scmgen.pictures.brought import Given
from scmgen.render.stage.entries import Array
from scmgen.render.stage.scenery import place, surface
from scmgen.scene.scene import Scene, SceneDocument, compile_scene

pytest.importorskip("mujoco")
FLOOR = STAGE["objects"][0]
BALL = {"object": "sphere", "parent": "ball", "size": 0.2, "rgb": [1, 0, 0], "group": "ball"}
FREE = {"body": "ball", "free": True, "at": [0, 0, 3]}
SECONDS = {"seconds": "speckle"}
FINE = {"seconds": "speckle", "step": 0.0005}
ARM: list[dict[str, Any]] = [
    {"body": "upper", "at": [0, 0, 1], "rotate": [0.3, 0.2, 0.1], "hinge": {"axis": [0, 2, 0], "angle": "2 * a"}},
    {"body": "ball", "parent": "upper", "at": [0, 0, 1], "hinge": {"axis": [1, 1, 0], "angle": "a"}},
]
ARM[1]["slide"] = {"axis": [1, 0, 3], "by": "a"}

_TOPPLED: dict[str, Any] = {
    "seed": None,
    "physics": SECONDS,
    "bodies": [
        {"body": "ball", "at": [-0.4, 0, 1.6], "hinge": {"axis": [0, 1, 0], "angle": 1.2}},
        *({"body": f"block{k}", "free": True, "at": [0.4 * k, 0, 0.4]} for k in range(3)),
    ],
    "objects": [
        FLOOR,
        {**BALL, "at": [0, 0, -1.2], "size": 0.4},
        *({**BALL, "object": "box", "parent": f"block{k}", "size": [0.15, 0.4, 0.8]} for k in range(3)),
    ],
}


def falling(physics: dict[str, Any] = SECONDS, **parts: Any) -> Scene:
    """A ball that begins at a height of 3, and falls for ``speckle`` seconds."""
    return drawn_by("mujoco", **{"physics": physics, "bodies": [FREE], "objects": [FLOOR, BALL], **parts})


def placed(scene: Scene, *seconds: float, a: float = 0.0) -> tuple[Array, Array]:
    """Where the last object is ``(n, 3)``, and how it is turned ``(n, 3, 3)``, after some seconds."""
    world = {"a": np.full(len(seconds), a), "speckle": np.array(seconds)}
    told = next(scene.renderer.stage.sceneries(scene.world(world)))  # type: ignore[attr-defined]
    return place(told.things[-1])


def test_a_free_ball_falls_as_galilei_says_wherever_it_is_pulled_to() -> None:
    seconds = np.array([0.0, 0.2, 0.4, 0.6])
    at, turn = placed(falling(FINE), *seconds)
    assert np.allclose(3 - at[:, 2], 0.5 * 9.81 * seconds**2, rtol=1e-2) and (at[:, :2] == 0).all()
    assert np.allclose(turn, np.eye(3))
    at, _ = placed(falling({**FINE, "gravity": [2, 0, 0]}), 0.6)
    assert np.allclose(at, [[0.36, 0, 3]], rtol=1e-2)


def test_a_pendulum_swings_in_the_time_of_its_formula() -> None:
    hinge = {"axis": [0, 1, 0], "angle": 0.05}
    bob = {**BALL, "at": [0, 0, -1], "size": 0.02}
    scene = falling(bodies=[{"body": "ball", "at": [0, 0, 3], "hinge": hinge}], objects=[FLOOR, bob])
    seconds = np.arange(1.9, 2.12, 0.004)
    x = placed(scene, *seconds)[0][:, 0]
    period = seconds[np.abs(x).argmax()]
    assert x[0] * x[-1] > 0 and abs(period / (2 * np.pi * np.sqrt(1 / 9.81)) - 1) < 0.01


def test_a_box_lands_and_rests_on_the_floor() -> None:
    box = {**BALL, "object": "box", "size": [0.4, 0.4, 0.4]}
    at, turn = placed(falling(objects=[FLOOR, box], bodies=[{**FREE, "at": [0, 0, 0.5]}]), 1.0, 1.5)
    assert np.allclose(at[:, 2], 0.2, rtol=1e-2) and np.allclose(at[0], at[1], atol=1e-5)
    assert np.allclose(turn, np.eye(3), atol=1e-3)


@pytest.mark.parametrize("shape", ["sphere", "box", "cylinder", "cone", "torus"])
def test_every_shape_rests_on_its_lowest_point(shape: str) -> None:
    for size in ([0.4, 0.4, 0.3], [0.5, 0.4, 0.3]):
        thing = {**BALL, "object": shape, "size": size, "at": [0, 0, 0.1]}
        scene = falling(objects=[FLOOR, thing], bodies=[{**FREE, "at": [0, 0, 0.06]}])
        world = {"a": np.zeros(2), "speckle": np.array([0.0, 1.0])}
        stage = scene.renderer.stage  # type: ignore[attr-defined]
        told = next(stage.sceneries(scene.world(world)))
        begun, ended = (surface(stage.things[-1].entry, told.things[-1], row).points[:, 2] for row in (0, 1))
        assert abs(ended.min()) < 3e-3 and np.isclose(np.ptp(ended), np.ptp(begun), rtol=2e-2)


def test_before_anything_moves_all_is_where_the_stage_says() -> None:
    parts = {"bodies": ARM, "objects": [FLOOR, {**BALL, "at": [0.1, 0.2, 0.3], "rotate": [1, 2, 3]}]}
    for still, begun in zip(
        placed(drawn_by("mujoco", **parts), 0.0, a=0.7), placed(falling(**parts), 0.0, a=0.7), strict=True
    ):
        assert np.allclose(still, begun, atol=1e-9)


def test_a_joint_begins_with_its_speed() -> None:
    slide = {"axis": [2, 0, 0], "by": 0.1, "speed": "1 + a"}
    scene = falling({**FINE, "gravity": [0, 0, 0]}, bodies=[{"body": "ball", "at": [0, 0, 3], "slide": slide}])
    assert np.allclose(placed(scene, 0.5, a=1.0)[0], [[1.1, 0, 3]])


def test_what_is_heavy_pushes_what_is_light_and_what_grips_stays() -> None:
    slope = {**FLOOR, "rotate": [0, 0.3, 0]}
    box = {**BALL, "object": "box"}
    body = {**FREE, "at": ["0.102 * sin(0.3)", 0, "0.102 * cos(0.3)"], "rotate": [0, 0.3, 0]}
    for friction, slid in ((1, 0.0), (0, 0.5 * 9.81 * np.sin(0.3) * 0.25)):
        at, _ = placed(falling(bodies=[{**body, "friction": friction}], objects=[slope, box]), 0.5)
        assert np.isclose((at[0, 0] - 0.03) / np.cos(0.3), slid, atol=0.01)
    bodies = [
        {
            "body": "hammer",
            "at": [-1, 0, 3],
            "density": "10 ** (6 * a)",
            "slide": {"axis": [1, 0, 0], "by": 0, "speed": 2},
        },
        {**FREE, "density": 1000},
    ]
    scene = falling(
        {**SECONDS, "gravity": [0, 0, 0]}, bodies=bodies, objects=[FLOOR, {**BALL, "parent": "hammer"}, BALL]
    )
    light, heavy = (placed(scene, 0.8, a=a)[0][0, 0] for a in (0.0, 1.0))
    assert light < 0.01 < 0.5 < heavy


def test_a_body_does_not_push_what_carries_it_and_what_is_not_there_pushes_nothing() -> None:
    post = {"object": "box", "parent": "post", "size": [0.5, 0.5, 1], "rgb": [1, 1, 1], "when": "a > 0"}
    hinge = {"axis": [0, 1, 0], "angle": 0}
    bodies = [{"body": "post", "at": [0, 0, 2]}, {"body": "ball", "parent": "post", "hinge": hinge}]
    at, _ = placed(falling(bodies=bodies, objects=[FLOOR, post, {**BALL, "at": [0, 0, -0.5]}]), 0.3, a=1.0)
    assert np.allclose(at, [[0, 0, 1.5]], atol=1e-6)
    still = {"object": "box", "at": [0, 0, 2], "rgb": [1, 1, 1], "when": "a > 0"}
    there, gone = (placed(falling(objects=[FLOOR, still, BALL]), 0.6, a=a)[0][0, 2] for a in (1.0, 0.0))
    assert np.isclose(there, 2.6, rtol=1e-2) and gone < 1.3


def test_a_body_without_objects_moves_too_and_a_plane_on_a_body_weighs_nothing() -> None:
    leaf = {**BALL, "object": "plane"}
    assert np.allclose(placed(falling(objects=[FLOOR, leaf]), 0.4)[0], [[0, 0, 3 - 0.5 * 9.81 * 0.16]], rtol=1e-2)


def test_under_physics_all_that_is_there_may_place_what_moves_and_nothing_what_stands() -> None:
    box = {"object": "box", "at": ["a", 2, 0.5], "rgb": [0, "speckle", 0], "group": "box"}
    placing = {
        one.name: set(one.placing) for one in falling({"seconds": 1}, objects=[FLOOR, box, BALL]).renderer.objects
    }
    assert placing == {"box": {"a"}, "ball": {"a"}, "stage.0 plane": set()}
    assert falling(objects=[FLOOR, box, BALL]).renderer.shown["ball"] == {"a", "speckle"}


def test_what_nothing_touches_ends_where_it_did_to_the_bit() -> None:
    bodies, objects = list[dict[str, Any]](), [FLOOR]
    for name, x, lean in (("near", "a", "0.3 * a"), ("far", 3, 0.1)):
        for k in range(3):
            bodies.append({"body": f"{name}{k}", "free": True, "at": [x, 0, 0.3 + 0.6 * k], "rotate": [lean, 0, 0]})
            objects.append({**BALL, "object": "box", "parent": f"{name}{k}", "size": 0.5})
    parts = {"bodies": bodies, "objects": objects}
    one, other = (placed(falling(**parts), 1.0, a=a) for a in (0.0, 1.0))
    assert (one[0] == other[0]).all() and (one[1] == other[1]).all() and (one[0][:, 1:] != [0, 1.5]).all()


def test_a_clip_shows_the_fall_and_a_do_on_what_it_begins_with_gives_another_one() -> None:
    told = document(
        physics={"seconds": "time * 0.1"}, bodies=[{**FREE, "at": [0, 0, "2 + a"]}], objects=[FLOOR, BALL], seed=None
    )
    scene = compile_scene(SceneDocument.model_validate({**told, "renderer": "mujoco", "frames": 4}))
    factual = scene.sample(2)
    twin = scene.counterfactual(factual, {"a": 0.5})
    high = [_heights(scene, values) for values in (factual, twin)]
    assert all(image.any() for image in np.diff(scene.render({"a": np.zeros((1, 4))}, 16)[0].astype(int), axis=0))
    higher = 0.5 - factual["a"].values
    assert (np.diff(high[0], axis=-1) < 0).all() and np.allclose(high[1] - high[0], higher, atol=1e-9)


def test_another_process_moves_and_draws_the_same_bytes() -> None:
    told = {**document(**_TOPPLED), "renderer": "mujoco"}
    program = (
        "import hashlib, json, sys; from scmgen.scene.scene import SceneDocument, compile_scene;"
        "scene = compile_scene(SceneDocument.model_validate(json.loads(sys.argv[1])));"
        "print(hashlib.sha256(scene.render({'a': 0.3, 'speckle': 1.0}, 16).tobytes()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(told)], capture_output=True, text=True, timeout=120, check=True
    )
    scene = drawn_by("mujoco", **_TOPPLED)
    scene.render({"a": 0.1, "speckle": 0.4}, 16)  # no row depends on others
    assert done.stdout.split() == [hashlib.sha256(scene.render({"a": 0.3, "speckle": 1.0}, 16).tobytes()).hexdigest()]


def test_what_cannot_be_stepped_is_told_with_its_row() -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"physics": {"seconds": "a"}}, "stage.physics.seconds: 0 or more is needed, found -1, in row 1"),
        (
            {"physics": {"seconds": 1, "step": 1e-6}},
            "stage.physics.seconds: at most 100,000 steps of 1e-06 s a row, 0.1 s, can be made, found 1, in row 0",
        ),
        ({"physics": {"seconds": "1 / (a + 1)"}}, "stage.physics.seconds: "),
        (
            {"physics": {"seconds": 1, "gravity": [0, 0, "1e30 * (a < 0)"]}},
            "stage.physics: MuJoCo cannot move the bodies of row 1: Nan, Inf or huge value in QACC",
        ),
        (
            {"bodies": [{**FREE, "density": "a"}]},
            "stage.bodies.0.density: a number above 0 is needed, found -1, in row 1",
        ),
        ({"bodies": [{**FREE, "friction": "a"}]}, "stage.bodies.0.friction: 0 or more is needed, found -1, in row 1"),
    ]
    for parts, message in cases:
        scene = falling(**parts)
        with pytest.raises(ScmgenError) as caught:
            scene.renderer.rehearse(scene.world({"a": [1.0, -1.0], "speckle": [0.1, 0.1]}))
        assert str(caught.value).startswith(f"s: {message}")


def test_meshes_fall_as_their_convex_hull_and_one_without_volume_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brought, "BANKS", {})
    (tmp_path / "cube.obj").write_bytes(meshed.obj(meshed.CUBE, meshed.SIDES))
    (tmp_path / "flat.obj").write_bytes(meshed.obj(meshed.CUBE[:4], [(0, 1, 3, 2)]))
    brought.bring(Given("things", tmp_path, "meshes"))
    cube = {**BALL, "object": "mesh", "meshes": "things", "number": "a", "size": 0.4}
    told = document(physics=SECONDS, bodies=[{**FREE, "at": [0, 0, 0.3]}], objects=[FLOOR, cube])
    scene = compile_scene(SceneDocument.model_validate({**told, "renderer": "mujoco", "meshes": ["things"]}))
    assert np.isclose(placed(scene, 1.0)[0][0, 2], 0.2, rtol=1e-2)
    with pytest.raises(
        ScmgenError, match=r"^s: stage.physics: MuJoCo cannot move the bodies of row 0: Error: .* 's: stage.objects.1'"
    ):
        placed(scene, 1.0, a=1.0)


def _heights(scene: Scene, values: Any) -> Array:
    told = next(scene.renderer.stage.sceneries(scene.world(values)))  # type: ignore[attr-defined]
    return told.things[-1]["at"][:, 2].reshape(2, -1)
