"""What the members of a sample are called: one record spells it, and reads it back."""

from __future__ import annotations

import itertools

import pytest

from scmgen import ScmgenError
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.members import FACTUAL, IMAGE, LABEL, TWIN, Member, images, members_of, pictures, suffixes
from scmgen.dataset.sampling import compile_spec

NAMES = {
    IMAGE: ("image", ".image.png", 3),
    TWIN: ("image_cf", ".image_cf.png", 3),
    Member("cf2", "image"): ("image_cf2", ".image_cf2.png", 3),
    Member(FACTUAL, "mask"): ("mask", ".mask.png", 1),
    Member("cf", "mask"): ("mask_cf", ".mask_cf.png", 1),
    Member("cf", "effect"): ("effect", ".effect.png", 1),
    Member("cf12", "effect"): ("effect12", ".effect12.png", 1),
    LABEL: ("label", ".label.json", 1),
}


@pytest.mark.parametrize("member", NAMES)
def test_a_name_is_spelled_and_read_back(member: Member) -> None:
    name, suffix, channels = NAMES[member]
    assert (member.name, member.suffix, member.channels) == (name, suffix, channels)
    assert Member.named(name) == Member.of(suffix) == member


@pytest.mark.parametrize(("world", "kind"), [*itertools.product((FACTUAL, "cf", "cf2"), ("image", "mask", "label"))])
def test_frames_have_names_of_their_own(world: str, kind: str) -> None:
    clip = [Member(world, kind, frame) for frame in (None, 0, 1, 12)]
    assert len({member.name for member in clip}) == len(clip)
    assert [Member.named(member.name) for member in clip] == clip


@pytest.mark.parametrize("name", ["", "picture", "image_cf_", "images", "image_", "effect_cf", "mask2", "label.json"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        Member.named(name)
    allowed = "image, image_cf, image_cf2, mask, effect, label, ... are"
    assert str(caught.value) == f"no member is called {name!r}; {allowed}"


def test_a_sample_has_its_members_in_order_and_a_picture_for_each_but_the_label() -> None:
    source = catalogue.find("pendulum")
    spec = catalogue.spec(source, n=4, size=16, interventions=parse("hard; hard"), masks=True, effects=True)
    kinds = [(member.world, member.kind) for member in members_of(spec)]
    worlds = (FACTUAL, "cf", "cf2")
    effects = [(world, "effect") for world in worlds[1:]]
    assert kinds == [*((w, "image") for w in worlds), *((w, "mask") for w in worlds), *effects, (FACTUAL, "label")]
    assert suffixes(spec)[-1] == ".label.json" and pictures(spec) == [m.name for m in members_of(spec)[:-1]]
    dataset = compile_spec(spec)
    drawn = images(dataset, dataset.evaluate("train", 0, 3), slice(None))
    shapes = [(3, 16, 16, 3) if name.startswith("image") else (3, 16, 16) for name in pictures(spec)]
    assert [array.shape for array in drawn] == shapes
