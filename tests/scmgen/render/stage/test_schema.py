"""The schema of a stage says what the reader says."""

from __future__ import annotations

import jsonschema
import pytest
from staged import STAGE, alone, document

from scmgen.errors import ScmgenError
from scmgen.render.stage.words import LIGHTS, OBJECTS
from scmgen.scene.scene import SceneDocument, compile_scene
from scmgen.scene.schema import scene_schema

VALIDATOR = jsonschema.Draft202012Validator(scene_schema())


def test_a_stage_of_every_word_passes_and_is_read() -> None:
    lights = [
        {"light": name, "rgb": [1, "a", 1], **({"at": [1, 1, 1]} if "at" in word.keys else {})}
        for name, word in LIGHTS.items()
    ]
    texture = [{"mark": "fill", "rgb": [1, 1, 1]}]
    objects = [
        {"object": name, "texture": texture, **({"meshes": "things"} if "meshes" in word.names else {})}
        for name, word in OBJECTS.items()
    ]
    whole = {**document(lights=lights, objects=objects), "meshes": ["things"]}
    assert VALIDATOR.is_valid(whole)
    compile_scene(SceneDocument.model_validate(whole))


@pytest.mark.parametrize(
    "thing",
    [{"object": "bal"}, {"object": "box", "at": 1}, {"object": "box", "material": "tin"}, {"object": "mesh"}],
)
def test_what_the_reader_refuses_does_not_pass(thing: dict[str, object]) -> None:
    assert not VALIDATOR.is_valid(document(objects=[{"rgb": [1, 1, 1], **thing}]))
    with pytest.raises(ScmgenError):
        alone(**thing)
    assert not VALIDATOR.is_valid({**document(), "stage": {**STAGE, "samples": 5}})
