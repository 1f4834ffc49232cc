"""Shards: keys and members in order, images as the scene renders them, whatever the size of a shard or an image."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from shapes import shapes
from stored import dataset_of, everything, read

from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.catalogue import Recipe, Resolved
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.members import drawing_slices
from scmgen.dataset.sampling import compile_spec
from scmgen.errors import ScmgenError
from scmgen.render.frame import framed
from scmgen.scene.document import parse
from scmgen.scene.scene import read_scene
from scmgen.storage.shards import members, plan


def test_a_shard_holds_its_keys_and_members_in_order(small: Path) -> None:
    endings = ["image.png", "image_cf.png", "mask.png", "mask_cf.png", "label.json"]
    for shard in plan(dataset_of(small).spec):
        samples = read(small / shard.name)
        assert list(samples) == [f"{shard.split}-{index:09d}" for index in range(shard.start, shard.stop)]
        assert all(list(sample) == endings for sample in samples.values())


def test_stored_images_are_those_that_the_scene_renders(small: Path) -> None:
    dataset = dataset_of(small)
    batch = dataset.evaluate("test", 0, 30)
    twin = batch.twins[0]
    drawn = {
        "image.png": dataset.scene.render(batch.values),
        "image_cf.png": dataset.scene.render(twin.values),
        "mask.png": dataset.scene.masks(batch.values),
        "mask_cf.png": dataset.scene.masks(twin.values),
    }
    for row, sample in enumerate(read(small / "pendulum-test-000000.tar").values()):
        for ending, images in drawn.items():
            with Image.open(io.BytesIO(sample[ending])) as image:
                assert np.array_equal(np.asarray(image), images[row])


def test_a_pair_without_a_target_is_one_image_twice(small: Path) -> None:
    untouched = [sample for sample in everything(small).values() if b'"do_kind":"none"' in sample["label.json"]]
    assert untouched
    assert all(
        sample["image.png"] == sample["image_cf.png"] and sample["mask.png"] == sample["mask_cf.png"]
        for sample in untouched
    )


def test_a_pair_with_a_target_differs(small: Path) -> None:
    for sample in everything(small).values():
        if b'"do_kind":"hard"' in sample["label.json"]:
            assert sample["image.png"] != sample["image_cf.png"]


def test_samples_do_not_depend_on_the_shard_size(tmp_path: Path) -> None:
    for shard_size in (7, 25, 1_000):
        build(shapes(n=60, size=16, shard_size=shard_size, interventions=(Hard(),)), tmp_path / str(shard_size))
    assert everything(tmp_path / "7") == everything(tmp_path / "25") == everything(tmp_path / "1000")
    assert len(everything(tmp_path / "7")) == 60


def test_large_images_are_drawn_in_parts_that_change_no_byte() -> None:
    dataset = compile_spec(shapes(n=10, size=512))
    assert len(list(drawing_slices(framed(512), 40))) == 2
    parts = [dataset.evaluate("train", start, start + 10) for start in range(0, 40, 10)]
    assert list(members(dataset, dataset.evaluate("train", 0, 40))) == [
        piece for part in parts for piece in members(dataset, part)
    ]


def test_the_card_gives_the_parameters_as_they_were(tmp_path: Path) -> None:
    source = catalogue.find("pendulum")
    build(catalogue.spec(source, n=20, size=16, parameters={"length_noise": 0.1}), tmp_path / "d")
    card = (tmp_path / "d" / "README.md").read_text()
    assert "| `length_noise` | 0.1 | 0.25 in the scene |\n| `position_noise` | 0.25 |  |\n" in card


def test_a_scene_whose_values_are_no_levels_is_refused_before_a_shard_is_written(tmp_path: Path) -> None:
    """It ended in a traceback, after every shard."""
    scene = """
name: cat
equations:
  x: uniform(0, 7)
factors:
  x: {levels: [a, b]}
draw:
  - {mark: fill, rgb: [1, 1, 1]}
"""
    source = Resolved("cat", read_scene(parse(scene, "cat.yaml")), Recipe(scene="cat"))
    with pytest.raises(ScmgenError, match=r"x: is .* in a sample; its levels are 0 to 1 \(a, b\)"):
        build(catalogue.spec(source, n=20, size=16), tmp_path / "d")
    assert not list((tmp_path / "d").glob("*.tar"))
