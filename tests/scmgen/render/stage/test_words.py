"""The words of a stage: what is told of each is whole."""

from __future__ import annotations

from scmgen.render.stage.words import BODY, CAMERA, JOINTS, LIGHTS, OBJECTS, STAGE


def test_every_key_has_a_meaning_and_as_many_defaults_as_its_kind_needs() -> None:
    keys = [
        *STAGE.items(),
        *(
            pair
            for word in (CAMERA, BODY, *JOINTS.values(), *LIGHTS.values(), *OBJECTS.values())
            for pair in word.keys.items()
        ),
    ]
    assert all(key.meaning and key.unit for _, key in keys)
    lengths = {"number": {1}, "vector": {3}, "size": {1, 3}}
    assert [name for name, key in keys if key.default and len(key.default) not in lengths[key.kind]] == []


def test_every_object_can_be_placed_turned_and_left_out() -> None:
    assert all({"at", "size", "rotate", "when"} <= set(word.keys) for word in OBJECTS.values())
    assert {"sphere", "box", "cylinder", "cone", "torus", "plane"} <= set(OBJECTS)
