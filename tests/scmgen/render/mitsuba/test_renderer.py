"""Mitsuba behind the seam: what is built is verified, masks and objects apart agree, twins share their grain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from staged import STAGE, document, staged

from scmgen.build.generated import build
from scmgen.checks.verify import verify
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.spec import Spec, Split
from scmgen.render.frame import Frame, framed
from scmgen.render.mitsuba.renderer import Rendered
from scmgen.scene.scene import SceneDocument

pytest.importorskip("mitsuba")
FLOOR, BALL = STAGE["objects"]
WORLD = {"a": np.array([0.0, 0.5, 5.0]), "speckle": np.full(3, 0.5)}


def test_what_is_built_is_verified_and_does_not_depend_on_shards(tmp_path: Path) -> None:
    scene = SceneDocument.model_validate(document())
    told = {"n": 3, "size": 16, "splits": (Split(name="train", share=1),), "interventions": (Hard(),)}
    spec = Spec(name="s", scene=scene, masks=True, effects=True, **told)
    made = build(spec, tmp_path / "one")
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
    monkeypatch.setattr("scmgen.render.mitsuba.renderer._ROWS", 2)
    assert (scene.renderer.draw(world, frame) == whole[0]).all() and (
        scene.renderer.masks(world, frame) == whole[1]
    ).all()
    assert [len(part.mask) for part in scene.renderer.apart(world, frame, ["ball"])] == [2, 1]
