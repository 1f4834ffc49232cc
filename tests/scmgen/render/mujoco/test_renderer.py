"""MuJoCo behind the seam: what is built is verified, masks and objects apart agree, what it cannot draw is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from staged import STAGE, document, drawn_by

import scmgen
from scmgen.build.generated import build
from scmgen.checks.verify import verify
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.spec import Spec, Split
from scmgen.errors import ScmgenError
from scmgen.render.frame import Frame, framed
from scmgen.render.mujoco.renderer import Drawn
from scmgen.scene.scene import SceneDocument

pytest.importorskip("mujoco")
FLOOR, BALL = STAGE["objects"]
SHARP = [STAGE["lights"][0], {**STAGE["lights"][1], "soft": 0, "blur": 0}]
WORLD = {"a": np.array([0.0, 0.5, 5.0]), "speckle": np.full(3, 0.5)}
FAULTS: list[tuple[dict[str, Any], str]] = [
    (
        {"objects": [FLOOR, {**BALL, "material": "glass"}]},
        "s: stage.objects.1.material: MuJoCo draws no material 'glass'; allowed: diffuse, plastic; renderer: mitsuba "
        "has it",
    ),
    (
        {"lights": [{"light": "area", "at": [0, 0, 3], "rgb": [1, 1, 1]}]},
        "s: stage.lights.0: MuJoCo draws no light 'area'; allowed: constant, point, spot; renderer: mitsuba has it",
    ),
]


@pytest.mark.parametrize(("parts", "message"), FAULTS)
def test_what_it_cannot_draw_is_told_with_what_can(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        drawn_by("mujoco", **parts)
    assert str(caught.value) == message


def test_what_is_built_is_verified_and_does_not_depend_on_shards(tmp_path: Path) -> None:
    scene = SceneDocument.model_validate({**document(seed=None, lights=SHARP), "renderer": "mujoco"})
    told = {"n": 3, "size": 16, "splits": (Split(name="train", share=1),), "interventions": (Hard(),)}
    spec = Spec(name="s", scene=scene, masks=True, depth=True, normals=True, effects=True, **told)
    made = build(spec, tmp_path / "one")
    away, mask = (scmgen.load(tmp_path / "one").images("train", name)[:] for name in ("depth_cf", "mask_cf"))
    assert (scmgen.depth(away)[mask == 1] > 2.9).all() and made["software"]["rasteriser"] == Drawn.version
    assert verify(tmp_path / "one", samples=None).faults == []
    assert build(spec.model_copy(update={"shard_size": 1}), tmp_path / "few")["content"] == made["content"]


def test_masks_and_objects_apart_agree() -> None:
    wall = {"object": "box", "at": [0.2, -0.8, 0.3], "size": [0.6, 0.1, 0.6], "rgb": [1, 1, 1], "when": "a < 1"}
    scene = drawn_by("mujoco", objects=[FLOOR, BALL, wall])
    world, frame = scene.world(WORLD), framed(32)
    masks = scene.renderer.masks(world, frame)
    parts = {part.name: part for part in scene.renderer.apart(world, frame, ["ball", "stage.2 box"])}
    ball, box = parts["ball"], parts["stage.2 box"]
    assert not ((masks == 1) & ~ball.mask).any() and (ball.mask[0] & (masks[0] == 0)).any()  # the wall hides some of it
    assert (ball.seen.tolist(), ball.beyond.tolist()) == ([True, True, False], [False, False, True])
    assert (box.drawn.tolist(), box.seen.tolist()) == ([True, True, False], [True, True, False])


def test_what_nothing_changes_stays_as_it_is_and_a_row_does_not_depend_on_others() -> None:
    scene = drawn_by("mujoco", samples=16, lights=SHARP)
    first, moved = scene.render({"a": [-0.5, 0.5], "speckle": [0.5, 0.5]}, 32)
    changed = (first != moved).any(axis=-1)
    assert changed.any() and not changed[:, 15:17].all() and not changed[:6].any()
    assert (scene.render({"a": 0.5, "speckle": 0.5}, 32)[0] == moved).all()


def test_a_wider_frame_shows_more_at_its_sides_and_the_same_between() -> None:
    scene = drawn_by("mujoco", lights=SHARP)
    square, wide = (scene.render({"a": 0.0, "speckle": 0.5}, frame)[0] for frame in (Frame(16, 16), Frame(32, 16)))
    assert np.abs(wide[:, 8:24].astype(int) - square).max() <= 1


def test_soft_lamps_have_soft_shadows_and_light_that_fades_at_the_edge_of_its_cone() -> None:
    def steepest(**lamp: Any) -> int:
        lights = [{"light": "spot", "at": [-3, 0, 3], "rgb": [1, 1, 1], "power": 60, "angle": 0.4, **lamp}]
        image = drawn_by("mujoco", lights=lights, samples=16).render({"a": 0.0, "speckle": 0.5}, 32)[0]
        return int(np.abs(np.diff(image[22:30].astype(int).mean(axis=-1), axis=1)).max())

    assert steepest(soft=1.0, blur=1.0) < 0.6 * steepest(soft=0, blur=0)


def test_the_cost_follows_pixels_and_samples() -> None:
    renderer = drawn_by("mujoco", samples=64).renderer
    assert renderer.rough().summary.endswith(" 9 samples a pixel")
    assert renderer.seconds(framed(512)) > renderer.seconds(framed(64)) > renderer.rough().seconds(framed(64))
