"""Entries of a stage: every fault is told with its place and the nearest guess."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from staged import STAGE, alone, staged

from scmgen.errors import ScmgenError

FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"object": "spere"}, "s: stage.objects.0: unknown object 'spere'; did you mean 'sphere'?"),
    ({"size": 1}, "s: stage.objects.0: no 'object'; allowed: box, cone, cylinder, mesh, plane, sphere, torus"),
    ({"object": "box", "sise": 2}, "s: stage.objects.0.sise: box has no 'sise'; did you mean 'size'?"),
    ({"object": "box", "at": [1, 2]}, "s: stage.objects.0.at: three expressions [x, y, z] are needed, found 2;"),
    ({"object": "box", "at": "a"}, "s: stage.objects.0.at: three expressions [x, y, z] are needed, found 'a'"),
    ({"object": "box", "material": "glas"}, "s: stage.objects.0.material: 'glas'; did you mean 'glass'?"),
    ({"object": "mesh"}, "s: stage.objects.0: mesh needs meshes, the name of those that it shows"),
    ({"object": "mesh", "meshes": "b"}, "s: stage.objects.0.meshes: no meshes 'b'; declare them: meshes: [b]"),
    ({"object": "box", "size": "b"}, "s: stage.objects.0.size: unknown name 'b'"),
    ({"object": "box", "when": "normal(0, 1)"}, "s: stage.objects.0.when: a channel has no noise;"),
    ({"object": "box", "texture": [{"mark": "fill", "rgb": [1, 1, 1]}]}, "s: stage.objects.0: box has a texture;"),
]


@pytest.mark.parametrize(("thing", "message"), FAULTS)
def test_what_does_not_fit_is_told_with_its_place(thing: dict[str, Any], message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        alone(**thing)
    assert str(caught.value).startswith(message)


def test_an_object_has_a_colour_or_a_texture() -> None:
    with pytest.raises(ScmgenError, match="box needs one of rgb and hsv, found neither"):
        staged(objects=[{"object": "box"}])
    wrong = {"object": "box", "texture": [{"mark": "dist", "rgb": [1, 1, 1]}]}
    with pytest.raises(ScmgenError, match=r"stage.objects.0.texture.0: unknown mark 'dist'; did you mean 'disc'?"):
        staged(objects=[wrong])


def test_a_lamp_needs_its_place() -> None:
    with pytest.raises(ScmgenError) as caught:
        staged(lights=[{"light": "point", "rgb": [1, 1, 1]}])
    assert str(caught.value) == "s: stage.lights.0: point needs at"


def test_one_size_stands_for_all_and_colours_are_shares() -> None:
    scene = alone(object="box", size="1 + a")
    entry = scene.renderer.stage.things[0].entry  # type: ignore[attr-defined]
    told = entry.valued({"a": np.array([0.0, 1.0]), "speckle": np.zeros(2)}, 2)
    assert told["size"].tolist() == [[1, 1, 1], [2, 2, 2]] and told["rgb"].tolist() == [[0.8] * 3] * 2
    assert told["when"].tolist() == [1, 1] and told["at"].shape == (2, 3)


def test_all_faults_of_a_stage_are_told_at_once() -> None:
    with pytest.raises(ScmgenError) as caught:
        staged(camera={**STAGE["camera"], "fow": 1}, objects=[{"object": "bax"}], samples=5)
    assert str(caught.value).startswith("3 faults:")
