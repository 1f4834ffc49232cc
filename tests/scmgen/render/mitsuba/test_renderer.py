"""Mitsuba behind the seam: what is built is verified, masks and objects apart agree, twins share their grain."""

from __future__ import annotations

from pathlib import Path

import meshed
import numpy as np
import pytest
import yaml
from shell_here import Shell
from staged import STAGE, document, staged

import scmgen
from scmgen.build.generated import build
from scmgen.checks.verify import verify
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.spec import Spec, Split
from scmgen.pictures import brought
from scmgen.render.frame import Frame, framed
from scmgen.render.mitsuba.renderer import Rendered
from scmgen.scene.scene import SceneDocument

pytest.importorskip("mitsuba")
FLOOR, BALL = STAGE["objects"]
WORLD = {"a": np.array([0.0, 0.5, 5.0]), "speckle": np.full(3, 0.5)}


def test_what_is_built_is_verified_and_does_not_depend_on_shards(tmp_path: Path) -> None:
    scene = SceneDocument.model_validate(document())
    told = {"n": 3, "size": 16, "splits": (Split(name="train", share=1),), "interventions": (Hard(),)}
    spec = Spec(name="s", scene=scene, masks=True, depth=True, normals=True, effects=True, **told)
    made = build(spec, tmp_path / "one")
    data = scmgen.load(tmp_path / "one")
    away, mask = scmgen.depth(data.images("train", "depth_cf")[:]), data.images("train", "mask_cf")[:]
    assert (away[mask == 1] > 2.9).all() and ((away > 0) >= (mask == 1)).all()
    assert data.images("train", "normals").shape == (3, 16, 16, 3)
    assert made["groups"] == {"ball": 1} and made["software"]["rasteriser"] == Rendered.version
    assert verify(tmp_path / "one", samples=None).faults == []
    few = build(spec.model_copy(update={"shard_size": 1}), tmp_path / "few")
    assert few["content"] == made["content"]


def test_the_counterfactual_of_the_counterfactual_is_the_factual_image() -> None:
    scene = staged()
    factual = scene.sample(2)
    there = scene.counterfactual(factual, {"a": [0.9, -0.9]})
    back = scene.counterfactual(there, {"a": factual["a"].values})
    first, twin, again = (scene.render(values, 16) for values in (factual, there, back))
    assert (first == again).all() and (first != twin).any()


def test_masks_and_objects_apart_agree() -> None:
    wall = {"object": "box", "at": [0.2, -0.8, 0.3], "size": [0.6, 0.1, 0.6], "rgb": [1, 1, 1], "when": "a < 1"}
    scene = staged(objects=[FLOOR, BALL, wall])
    world, frame = scene.world(WORLD), framed(32)
    masks = scene.renderer.masks(world, frame)
    parts = {part.name: part for part in scene.renderer.apart(world, frame, ["ball", "stage.2 box"])}
    ball, box = parts["ball"], parts["stage.2 box"]
    assert not ((masks == 1) & ~ball.mask).any() and (ball.mask[0] & (masks[0] == 0)).any()  # the wall hides some of it
    assert (ball.seen.tolist(), ball.beyond.tolist()) == ([True, True, False], [False, False, True])
    assert (box.drawn.tolist(), box.seen.tolist()) == ([True, True, False], [True, True, False])


def test_depth_is_along_the_view_and_normals_face_the_camera() -> None:
    wall = {"object": "plane", "at": [0, 1, 0], "rotate": ["pi / 2", 0, 0], "size": 2, "rgb": [1, 1, 1]}
    back = {**wall, "rotate": ["-pi / 2", 0, 0]}
    camera = {"origin": [0, -4, 0], "target": [0, 0, 0], "fov": 0.7}
    values = {"a": [0.0], "speckle": [0.5]}
    for thing in (wall, back):
        scene = staged(objects=[thing], camera=camera)
        away, facing = scene.depth(values, 16)[0], scene.normals(values, 16)[0]
        seen = scene.renderer.apart(scene.world(values), framed(16), ["stage.0 plane"])
        assert ((away > 0) == next(iter(seen)).mask[0]).all() and (away == 0).any()
        assert np.allclose(away[away > 0], 5, atol=1e-5)
        assert np.allclose(facing[away > 0], [0, -1, 0], atol=1e-6) and (facing[away == 0] == 0).all()
    slope = staged(objects=[{**wall, "rotate": ["pi / 4", 0, 0], "size": 20}], camera=camera)
    rows = slope.depth(values, 16)[0].mean(axis=1)
    assert (np.diff(rows) < 0).all()  # the lower, the nearer


def test_a_wider_frame_shows_more_at_its_sides_and_the_same_between() -> None:
    scene = staged()
    square, wide = (scene.masks({"a": 0.0, "speckle": 0.5}, frame)[0] for frame in (Frame(16, 16), Frame(32, 16)))
    assert (wide[:, 8:24] == square).all()


def test_a_look_takes_fewer_paths_and_the_cost_follows_pixels_and_paths() -> None:
    renderer = staged(samples=64).renderer
    assert renderer.rough().summary.endswith(" 9 samples a pixel") and staged().renderer.rough() == staged().renderer
    assert renderer.seconds(framed(128)) > 3 * renderer.seconds(framed(64)) > 3 * renderer.rough().seconds(framed(64))


def test_rows_that_are_drawn_a_few_at_a_time_are_those_that_are_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = staged()
    world, frame = scene.world({"a": [0.0, 0.5, -0.5], "speckle": [0.1, 0.2, 0.3]}), framed(16)
    whole = scene.renderer.draw(world, frame), scene.renderer.masks(world, frame)
    monkeypatch.setattr("scmgen.render.stage.rendered._ROWS", 2)
    assert (scene.renderer.draw(world, frame) == whole[0]).all() and (
        scene.renderer.masks(world, frame) == whole[1]
    ).all()
    assert [len(part.mask) for part in scene.renderer.apart(world, frame, ["ball"])] == [2, 1]


def test_meshes_are_in_what_is_built_and_asked_for_by_whoever_draws_it_again(shell: Shell) -> None:
    mesh = {"object": "mesh", "meshes": "things", "number": "a > 0", "at": [0, 0, 0.5], "rgb": [0.9, 0.2, 0.2]}
    text = yaml.safe_dump({**document(objects=[FLOOR, mesh]), "meshes": ["things"]})
    (shell.folder / "s.yaml").write_text(text)
    place = meshed.folder(shell.folder / "things")
    build = ("build", "s.yaml", "--n", 4, "--size", 16, "-o", "data", "-j", 1)
    missing = "scmgen: s: stage.objects.1: no meshes 'things' were given: --meshes things=PLACE\n"
    assert shell(*build) == (2, "", missing) and not (shell.folder / "data").exists()
    assert shell(*build, "--meshes", f"things={place}").status == 0
    brought.BANKS.clear()
    said = "scmgen: data: was built with the meshes things; give the same with --meshes things=PLACE\n"
    assert shell("verify", "data") == (2, "", said)
    assert shell("verify", "data", "--all", "--meshes", f"things={place}").status == 0
    other = meshed.folder(shell.folder / "other")
    (other / "c.ply").write_bytes(meshed.ply(meshed.CUBE, meshed.SIDES))
    assert shell("verify", "data", "--meshes", f"things={other}") == (2, "", said)
