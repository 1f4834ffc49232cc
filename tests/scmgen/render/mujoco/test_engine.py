"""OpenGL without a screen: the same bytes in every process, nothing loaded before it is needed, clear faults."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import pytest
from staged import document, drawn_by

from scmgen.errors import ScmgenError
from scmgen.render.mujoco import engine

pytest.importorskip("mujoco")


def test_another_process_draws_the_same_bytes_and_loads_nothing_before() -> None:
    program = (
        "import hashlib, json, os, sys; from scmgen.scene.scene import SceneDocument, compile_scene;"
        "scene = compile_scene(SceneDocument.model_validate(json.loads(sys.argv[1]))); scene.sample(3);"
        "before = dict(os.environ), 'mujoco' in sys.modules or 'OpenGL' in sys.modules;"
        "print(hashlib.sha256(scene.render({'a': 0.3, 'speckle': 0.7}, 16).tobytes()).hexdigest(),"
        "before == (dict(os.environ), False))"
    )
    told = json.dumps({**document(), "renderer": "mujoco"})
    done = subprocess.run(
        [sys.executable, "-c", program, told], capture_output=True, text=True, timeout=120, check=True
    )
    here = hashlib.sha256(drawn_by("mujoco").render({"a": 0.3, "speckle": 0.7}, 16).tobytes()).hexdigest()
    assert done.stdout.split() == [here, "True"] and done.stderr == ""


def test_without_mujoco_one_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.importlib.util, "find_spec", lambda name: None)
    scene = drawn_by("mujoco")
    with pytest.raises(ScmgenError) as caught:
        scene.renderer.rehearse(scene.world({"a": [0.0], "speckle": [0.5]}))
    assert str(caught.value) == "renderer mujoco: MuJoCo is not installed: pip install 'scmgen[3d]'"


def test_without_opengl_one_message_says_which_libraries_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(os.environ)
    monkeypatch.setattr(engine, "_WAYS", {sys.platform: ("none", "nothing")})
    with pytest.raises(ScmgenError) as caught:
        engine._opened.__wrapped__()
    assert str(caught.value) == (
        "renderer mujoco: OpenGL cannot be opened; it needs libegl1 and libgl1-mesa-dri, or libosmesa6 (as Debian and "
        "Ubuntu call them); found none: No module named 'mujoco.none'; nothing: No module named 'mujoco.nothing'"
    )
    assert dict(os.environ) == before


def test_the_second_way_is_tried_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_WAYS", {sys.platform: ("none", *engine._WAYS[sys.platform])})
    screen = engine._opened.__wrapped__()
    with screen.context.as_current():
        assert screen.canvas(4, 2) > 0 and screen.light().shape == (2, 4, 4)
