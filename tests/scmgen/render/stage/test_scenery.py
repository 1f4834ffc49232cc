"""Of what no image can be made is told, with its row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import meshed
import numpy as np
import pytest
from staged import STAGE, document, staged

from scmgen.errors import ScmgenError
from scmgen.pictures import brought
from scmgen.pictures.brought import Given
from scmgen.render.stage.scenery import axes, outside
from scmgen.scene.scene import Scene, SceneDocument, compile_scene

CAMERA, (FLOOR, BALL), (SKY, SPOT) = STAGE["camera"], STAGE["objects"], STAGE["lights"]
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"objects": [{**BALL, "size": "a"}]}, "s: stage.objects.0.size: a size above 0 is needed, found 0, in row 1"),
    (
        {"objects": [{**BALL, "size": [1, "-a", 1]}]},
        "s: stage.objects.0.size: a size above 0 is needed, found -1, in row 0",
    ),
    ({"camera": {"origin": [0, 0, 5], "target": [0, 0, 0]}}, "s: stage.camera.up: up is the direction in which the"),
    ({"camera": {"origin": [0, 0, 0]}}, "s: stage.camera.target: the camera looks at the point where it is, in row 0"),
    (
        {"camera": {**CAMERA, "fov": "3.5 * a"}},
        "s: stage.camera.fov: a number above 0 and up to 3.1 is needed, found 3.5",
    ),
    (
        {"objects": [{**BALL, "at": [0, "-4 * a", 2]}]},
        "s: stage.objects.0.at: the camera is inside this sphere, in row 0",
    ),
    (
        {"objects": [{"object": "torus", "rgb": [1, 1, 1], "tube": "a"}]},
        "s: stage.objects.0.tube: a number above 0 and up to 0.5 is needed, found 1, in row 0",
    ),
    ({"lights": [SKY, {**SPOT, "target": [2, -2, 4]}]}, "s: stage.lights.1.target: the lamp shines at the point where"),
    ({"exposure": "1 / a"}, "s: stage.exposure: '1 / a' is inf in row 1; it read a = 0"),
]


@pytest.mark.parametrize(("parts", "message"), FAULTS)
def test_what_cannot_be_rendered_is_refused_before_anything_is(parts: dict[str, Any], message: str) -> None:
    scene = staged(**parts)
    with pytest.raises(ScmgenError) as caught:
        scene.renderer.rehearse(scene.world({"a": [1.0, 0.0], "speckle": [0.5, 0.5]}))
    assert str(caught.value).startswith(message)


def test_what_is_not_there_may_have_any_size() -> None:
    scene = staged(objects=[{**BALL, "size": "a", "when": "a > 0"}])
    scene.renderer.rehearse(scene.world({"a": [1.0, 0.0], "speckle": [0.5, 0.5]}))


def test_points_beside_the_frame_are_outside_and_a_wider_one_sees_them() -> None:
    camera = {key: np.array([value], np.float64) for key, value in (("origin", [0, -4, 0]), ("target", [0, 0, 0]))}
    camera |= {"up": np.array([[0.0, 0.0, 1.0]]), "fov": np.array([np.pi / 2])}
    right, up, ahead = axes(camera)
    assert (right.tolist(), up.tolist(), ahead.tolist()) == ([[1, 0, 0]], [[0, 0, 1]], [[0, 1, 0]])
    seen, beside, behind = (np.array([point], np.float64) for point in ([3.9, 0, 0], [4.1, 0, 0], [0, -5, 0]))
    assert [outside(points, camera, 0, 1, 1) for points in (seen, beside, behind)] == [False, True, True]
    assert not outside(beside, camera, 0, 2, 1)


def shown(**mesh: Any) -> Scene:
    """A stage with a mesh on it."""
    thing = {"object": "mesh", "meshes": "things", "rgb": [1, 1, 1], **mesh}
    told = {key: value for key, value in thing.items() if value is not None}
    return compile_scene(SceneDocument.model_validate({**document(objects=[told]), "meshes": ["things"]}))


@pytest.mark.parametrize(
    ("mesh", "message"),
    [
        ({"number": "2 * a"}, "s: stage.objects.0.number: 'things' has no mesh 2; they are numbered from 0 to 1, in"),
        ({"number": "0.5 * a"}, "s: stage.objects.0.number: 'things' has no mesh 0.5; they are numbered from 0 to 1,"),
        ({"size": 0}, "s: stage.objects.0.size: a size above 0 is needed, found 0, in row 0"),
        ({"at": [0, "-4 * a", 2]}, "s: stage.objects.0.at: the camera is inside this mesh, in row 0"),
        (
            {"rgb": None, "texture": [{"mark": "fill", "rgb": [1, 1, 1]}]},
            "s: stage.objects.0.number: a mesh of 'things' has no places for a texture (vt; s, t), in row 0",
        ),
    ],
)
def test_a_mesh_that_cannot_be_shown_is_told_with_its_row(mesh: dict[str, Any], message: str, tmp_path: Path) -> None:
    brought.bring(Given("things", meshed.folder(tmp_path), "meshes"))
    scene = shown(**mesh)
    with pytest.raises(ScmgenError) as caught:
        scene.renderer.rehearse(scene.world({"a": [1.0, 0.0], "speckle": [0.5, 0.5]}))
    assert str(caught.value).startswith(message)


def test_meshes_that_were_not_given_are_asked_for() -> None:
    scene = shown()
    with pytest.raises(
        ScmgenError, match=r"^s: stage\.objects\.0: no meshes 'things' were given: --meshes things=PLACE$"
    ):
        scene.renderer.rehearse(scene.world({"a": [0.0], "speckle": [0.5]}))
