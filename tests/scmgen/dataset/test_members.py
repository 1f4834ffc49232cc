"""What the members of a sample are called: one record spells it, and reads it back."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from regimes import dataset
from shapes import shapes

from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.members import (
    FACTUAL,
    IMAGE,
    LABEL,
    TWIN,
    Member,
    images,
    members_of,
    pictures,
    suffixes,
)
from scmgen.dataset.sampling import compile_spec
from scmgen.render.frame import Frame

NAMES = {
    IMAGE: ("image", ".image.png", 3),
    TWIN: ("image_cf", ".image_cf.png", 3),
    Member("cf2", "image"): ("image_cf2", ".image_cf2.png", 3),
    Member(FACTUAL, "mask"): ("mask", ".mask.png", 1),
    Member("cf", "mask"): ("mask_cf", ".mask_cf.png", 1),
    Member(FACTUAL, "depth"): ("depth", ".depth.png", 3),
    Member("cf2", "normals"): ("normals_cf2", ".normals_cf2.png", 3),
    Member("cf", "effect"): ("effect", ".effect.png", 1),
    Member("cf12", "effect"): ("effect12", ".effect12.png", 1),
    LABEL: ("label", ".label.json", 1),
}


@pytest.mark.parametrize("member", NAMES)
def test_a_name_is_spelled_and_read_back(member: Member) -> None:
    name, suffix, channels = NAMES[member]
    assert (member.name, member.suffix, member.shape(Frame(20, 16))) == (name, suffix, (16, 20, 3)[: 2 + channels // 3])
    assert Member.named(name) == Member.of(suffix) == member


def test_the_file_of_a_clip_is_one_image() -> None:
    clip = Frame(20, 16, frames=5)
    assert IMAGE.shape(clip) == (5, 16, 20, 3) and IMAGE.shape(clip.strip) == (80, 20, 3)
    mask = Member(FACTUAL, "mask")
    assert mask.shape(clip) == (5, 16, 20) and mask.shape(clip.strip) == (80, 20) and mask.shape(clip.still) == (16, 20)


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


def test_effect_masks_show_the_pixels_that_each_step_changed(tmp_path: Path) -> None:
    build(dataset(interventions=parse("hard; hard:base=factual"), effects=True).spec, tmp_path / "d")
    with tarfile.open(tmp_path / "d" / "t-train-000000.tar") as archive:
        files = {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr]
    assert files
    for index in range(20):
        pixels = {
            name: np.asarray(Image.open(io.BytesIO(files[f"train-{index:09d}.{name}.png"])))
            for name in ("image", "image_cf", "image_cf2", "effect", "effect2")
        }
        for step in ("", "2"):
            differs = (pixels["image"] != pixels[f"image_cf{step}"]).any(axis=-1)
            assert np.array_equal(pixels[f"effect{step}"], np.where(differs, 255, 0))


def test_depth_and_normals_have_three_channels_in_grey_clips_too_and_stand_between_masks_and_effects() -> None:
    clip = Frame(20, 16, grey=True, frames=5)
    assert IMAGE.shape(clip) == (5, 16, 20) and Member("cf", "depth").shape(clip) == (5, 16, 20, 3)
    asked = {"interventions": (Hard(),), "masks": True, "depth": True, "normals": True, "effects": True}
    names = [suffix.split(".")[1] for suffix in suffixes(shapes(n=1, **asked))]
    both = [name for kind in ("image", "mask", "depth", "normals") for name in (kind, f"{kind}_cf")]
    assert names == [*both, "effect", "label"]
    assert "depth" not in shapes(n=1).data() and shapes(n=1, depth=True).data()["depth"] is True


def test_members_of_a_spec() -> None:
    assert suffixes(shapes(n=1)) == [".image.png", ".label.json"]
    assert suffixes(shapes(n=1, masks=True)) == [".image.png", ".mask.png", ".label.json"]
    assert suffixes(shapes(n=1, interventions=(Hard(),))) == [".image.png", ".image_cf.png", ".label.json"]
