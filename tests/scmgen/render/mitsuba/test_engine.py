"""Mitsuba draws a stage: the same bytes everywhere on a machine, and what is said is what is seen."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from staged import STAGE, alone, document, staged

from scmgen.errors import ScmgenError
from scmgen.render.frame import Pixels, framed
from scmgen.render.mitsuba import engine

pytest.importorskip("mitsuba")
SKY = {"light": "constant", "rgb": [1, 1, 1]}


def image(size: int = 16, a: float = 0.0, speckle: float = 0.5, **parts: object) -> Pixels:
    pixels: Pixels = staged(**parts).render({"a": a, "speckle": speckle}, size)[0]
    return pixels


def test_another_process_draws_the_same_bytes() -> None:
    program = (
        "import hashlib, json, sys; from scmgen.scene.scene import SceneDocument, compile_scene;"
        "scene = compile_scene(SceneDocument.model_validate(json.loads(sys.argv[1])));"
        "print(hashlib.sha256(scene.render({'a': 0.3, 'speckle': 0.7}, 16).tobytes()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(document())],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "4"},
    )
    here = hashlib.sha256(staged().render({"a": 0.3, "speckle": 0.7}, 16).tobytes()).hexdigest()
    assert done.stdout.strip() == here


def test_the_seed_decides_the_grain_and_what_nothing_changes_stays_as_it_is() -> None:
    one, other = image(speckle=0.1), image(speckle=0.2)
    assert (one != other).any() and abs(one.astype(float).mean() - other.astype(float).mean()) < 4
    moved = image(speckle=0.1, a=0.3)
    assert (moved == one).all(axis=-1)[:5].all() and (moved != one).any()  # above the floor no path meets the ball


def test_a_constant_light_is_the_colour_behind_everything_to_a_byte() -> None:
    scene = staged(
        lights=[{"light": "constant", "rgb": [0.2, 0.4, 0.8]}], camera={"origin": [0, -4, 2], "target": [0, -9, 9]}
    )
    assert scene.render({"a": 0, "speckle": 0.5}, 16)[0][0, 0].tolist() == [51, 102, 204]


@pytest.mark.parametrize("material", ["diffuse", "plastic", "metal", "glass"])
def test_every_material_is_drawn_in_its_colour(material: str) -> None:
    thing = {"object": "sphere", "at": [0, 0, 0.5], "size": 2, "material": material, "rgb": [1, 0.1, 0.1]}
    seen = image(objects=[thing], lights=[SKY], samples=16)[5:11, 5:11].reshape(-1, 3).astype(float).mean(axis=0)
    assert seen[0] > 1.25 * seen[1] > 0


@pytest.mark.parametrize("name", ["point", "spot", "area"])
def test_a_lamp_throws_a_shadow_on_the_far_side(name: str) -> None:
    lamp = {"light": name, "at": [-3, 0, 3], "rgb": [1, 1, 1], "power": 20}
    lit = image(32, lights=[lamp], samples=16).astype(float).mean(axis=-1)
    assert lit[20:26, 3:9].mean() > lit[20:26, 21:25].mean() + 20


def test_a_soft_lamp_has_a_soft_shadow() -> None:
    def edges(soft: float) -> int:
        lamp = {"light": "spot", "at": [-3, 0, 3], "rgb": [1, 1, 1], "power": 60, "angle": 0.9, "soft": soft}
        seen = image(32, lights=[lamp], samples=36)[22:30].astype(int).mean(axis=-1)
        return int(np.abs(np.diff(seen, axis=1)).max())

    assert edges(1.0) < edges(0.0)


def test_a_texture_lies_on_an_object_the_right_way_up() -> None:
    halves = [
        {"mark": "fill", "rgb": [1, 0, 0]},
        {"mark": "rect", "x": 0.5, "y": 0.25, "width": 1, "height": 0.5, "rgb": [0, 0, 1]},
    ]
    seen = image(objects=[{"object": "sphere", "at": [0, 0, 0.5], "size": 2, "texture": halves}], lights=[SKY])
    assert seen[3, 8, 0] > 2 * seen[3, 8, 2] and seen[12, 8, 2] > 2 * seen[12, 8, 0]


def test_without_mitsuba_one_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mitsuba", None)
    monkeypatch.setattr(engine.importlib.util, "find_spec", lambda name: None)
    engine.engine.cache_clear()
    scene = alone(object="box")
    for work in (scene.renderer.rehearse, lambda world: scene.renderer.masks(world, framed(16))):
        with pytest.raises(ScmgenError) as caught:
            work(scene.world({"a": [0.0], "speckle": [0.5]}))
        assert str(caught.value) == "renderer mitsuba: Mitsuba is not installed: pip install 'scmgen[3d]'"
    engine.engine.cache_clear()


def test_a_scene_is_compiled_and_sampled_without_loading_mitsuba() -> None:
    program = (
        "import json, sys; from scmgen.scene.scene import SceneDocument, compile_scene;"
        "scene = compile_scene(SceneDocument.model_validate(json.loads(sys.argv[1]))); scene.sample(3);"
        "print('mitsuba' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(document(samples=STAGE["samples"]))],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip() == "False"
