"""A compiled stage: what it reads, its objects, and where its errors point."""

from __future__ import annotations

from typing import Any

import pytest
from staged import STAGE, document, staged

from scmgen.errors import ScmgenError
from scmgen.scene.document import parse
from scmgen.scene.scene import SceneDocument, compile_scene, read_scene

FLOOR, BALL = STAGE["objects"]
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"seed": None}, "s: stage: a stage needs seed"),
    ({"sead": "a", "seed": None}, "s: stage.sead: a stage has no 'sead'; did you mean 'seed'?"),
    ({"samples": 60}, "s: stage.samples: a square number from 1 to 4096, such as 16, 36 or 64, is needed, found '60'"),
    ({"bounces": 0}, "s: stage.bounces: a whole number from 1 to 32 is needed, found '0'"),
    ({"lights": []}, "s: stage.lights: a list of at least one light is needed"),
    ({"objects": None}, "s: stage.objects: a list of at least one object is needed"),
    ({"camera": "a"}, "s: stage.camera: a mapping (key: value) is needed"),
]


@pytest.mark.parametrize(("parts", "message"), FAULTS)
def test_what_does_not_fit_is_told_with_its_place(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        staged(**parts)
    assert str(caught.value) == message


def test_a_scene_has_the_section_that_its_renderer_draws() -> None:
    whole = document()
    marks = [{"mark": "fill", "rgb": [0, 0, 0]}]
    for change, message in (
        ({"draw": marks}, "s: draw: the renderer mitsuba draws 'stage'; this goes with renderer: marks"),
        (
            {"renderer": "marks", "draw": marks},
            "s: stage: the renderer marks draws 'draw'; this goes with renderer: mitsuba or mujoco",
        ),
        ({"renderer": "mitsub"}, "s: renderer: 'mitsub'; did you mean 'mitsuba'?"),
        ({"stage": None}, "s: stage: this key is missing; the renderer mitsuba draws it"),
    ):
        with pytest.raises(ScmgenError) as caught:
            compile_scene(SceneDocument.model_validate({**whole, **change}))
        assert str(caught.value) == message


def test_objects_are_groups_and_what_is_in_none_and_the_camera_places_all() -> None:
    scene = staged(
        objects=[FLOOR, BALL, {**BALL, "at": [0, 0, 2], "rgb": ["a", 0, 0]}],
        camera={**STAGE["camera"], "fov": "0.7 + 0 * speckle"},
    )
    told = [(one.name, sorted(one.reads), sorted(one.placing), one.lone) for one in scene.renderer.objects]
    assert told == [("ball", ["a"], ["a", "speckle"], False), ("stage.0 plane", [], ["speckle"], True)]
    assert scene.renderer.groups == ("ball",) and scene.renderer.reads == {"a", "speckle"}
    assert scene.renderer.summary == "3 objects, 2 lights, 4 samples a pixel"


def test_errors_of_a_stage_name_the_lines_of_the_text_that_is_read() -> None:
    text = """name: s
equations: {a: "uniform(0, 1)"}
factors: {a: {range: [0, 1]}}
renderer: mitsuba
stage:
  seed: a
  camera: {origin: [0, -4, 1]}
  lights: [{light: constant, rgb: [1, 1, 1]}]
repeat:
  - for: {k: [1, 2]}
    stage:
      objects:
        - {object: box, size: "0 * {k}", texture: [{mark: fill, rgb: [sqrt(a), 0, 0]}]}
"""
    for lines in (0, 2):
        scene = read_scene(parse("\n" * lines + text, "s.yaml"))
        with pytest.raises(ScmgenError) as caught:
            scene.renderer.rehearse(scene.world({"a": [0.5]}))
        where = f"s.yaml:{13 + lines}: stage.objects.0.size (repeat.0, k = 1)"
        assert str(caught.value) == f"{where}: a size above 0 is needed, found 0, in row 0"
        sized = read_scene(parse("\n" * lines + text.replace("0 * {k}", "{k}"), "s.yaml"))
        with pytest.raises(ScmgenError, match=rf"s.yaml:{13 + lines}: stage.objects.0.texture.0.rgb"):
            sized.renderer.rehearse(sized.world({"a": [-1.0]}))
