"""The layout of CausalVAE, whose loader lists a folder and takes integers from the names."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable
from pathlib import Path

import costly
import numpy as np
import pytest
from checkout import ROOT
from exported import factors, made
from numpy.typing import NDArray
from PIL import Image

import scmgen
from scmgen import ScmgenError
from scmgen.build.imported import pack
from scmgen.build.imported.request import Request
from scmgen.dataset import catalogue
from scmgen.publish import exports
from scmgen.storage.loading.reader import Data


def listed(folder: Path) -> tuple[NDArray[np.int64], list[NDArray[np.uint8]]]:
    """Read labels and images as ``dataload_withlabel`` does, in the order of names."""
    names = sorted(path.name for path in folder.iterdir())
    labels = [[int(part) for part in name[: -len(".png")].split("_")[1:]] for name in names]
    images = []
    for name in names:
        with Image.open(folder / name) as image:
            images.append(np.asarray(image))
    return np.array(labels), images


PUBLISHED = {  # scene -> factors in the order of the published names, and their integers a unit
    "pendulum-classic": {
        "pendulum_angle": 200 / math.pi,
        "light_angle": 200 / math.pi,
        "shadow_length": 1,
        "shadow_position": 1,
    },
    "flow": {"ball_radius": 30, "water_height": 1, "flow": 10, "hole_height": 3},
}


def in_order(data: Data, split: str, names: Iterable[str]) -> NDArray[np.float64]:
    return np.array([[row["factors"][name] for name in names] for row in data.rows(split)])


@pytest.mark.parametrize("name", PUBLISHED)
def test_causalvae_names_of_a_published_scene_are_the_published_ones(name: str, tmp_path: Path) -> None:
    data, steps = made(tmp_path / "data", name), PUBLISHED[name]
    out = exports.export(data, "causalvae", tmp_path / "set")
    for split in data.splits:
        labels, images = listed(out / split)
        np.testing.assert_array_equal(labels, np.rint(in_order(data, split, steps) * list(steps.values())))
        for image, pixels in zip(images, data.images(split)[:], strict=True):
            np.testing.assert_array_equal(image[..., :3], pixels)
            assert (image[..., 3] == 255).all()
    with (out / "scale.csv").open(newline="") as table:
        assert [row["factor"] for row in csv.DictReader(table)] == list(steps)
    with (out / "labels.csv").open(newline="") as table:
        assert csv.DictReader(table).fieldnames == ["split", "file", "key", *steps]


def test_causalvae_rounds_by_range_what_only_has_the_names_of_a_published_scene(tmp_path: Path) -> None:
    text = (ROOT / "scenes" / "pendulum-classic.yaml").read_text().replace("range: [3, 12.6]", "range: [3, 12.7]")
    (tmp_path / "pendulum-classic.yaml").write_text(text)
    data = made(tmp_path / "data", str(tmp_path / "pendulum-classic.yaml"), n=20)
    out = exports.export(data, "causalvae", tmp_path / "set")
    with (out / "scale.csv").open(newline="") as table:
        assert [float(row["steps"]) for row in csv.DictReader(table)] == [100, 100, 100, 10]


def _moves(scene: str) -> bool:
    return "\nframes:" in (ROOT / "scenes" / f"{scene}.yaml").read_text("utf-8")


STILL = [name for name, recipe in catalogue.entries().items() if not _moves(recipe.scene)]


@pytest.mark.parametrize("name", sorted(set(STILL) - {*PUBLISHED, *costly.ENTRIES}))
def test_causalvae_keeps_a_hundred_values_or_every_level_of_each_factor(name: str, tmp_path: Path) -> None:
    data = made(tmp_path / "data", name, n=30)
    out = exports.export(data, "causalvae", tmp_path / "set", splits=["train"])
    with (out / "scale.csv").open(newline="") as table:
        steps = {row["factor"]: float(row["steps"]) for row in csv.DictReader(table)}
    assert list(steps) == list(data.factors)
    for factor, told in data.factors.items():
        low, high = told["range"]
        kept = np.unique(np.rint(np.linspace(low, high, 1001) * steps[factor]))
        assert len(kept) >= (len(told["levels"]) or 100)


def test_causalvae_refuses_a_value_that_no_name_could_hold(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for number in range(40):
        Image.new("RGB", (16, 16)).save(tmp_path / "images" / f"{number}.png")
    lines = [f"{number}.png,{number}e29" for number in range(40)]
    (tmp_path / "table.csv").write_text("\n".join(["file,distance", *lines, ""]))
    asked = Request(tmp_path / "images", (tmp_path / "table.csv",))
    pack.write(pack.prepare(asked), tmp_path / "set")
    with pytest.raises(ScmgenError) as caught:
        exports.export(scmgen.load(tmp_path / "set"), "causalvae", tmp_path / "out")
    problem = "which is no integer that a file name could hold exactly"
    assert re.fullmatch(rf"--to causalvae: train-\d{{9}} has [\d.]+e\+\d+ as distance, {problem}", str(caught.value))
    assert not (tmp_path / "out").exists()


def test_causalvae_writes_the_exact_labels_beside_the_folders(small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    out = exports.export(data, "causalvae", tmp_path / "set", splits=["test"])
    with (out / "labels.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["file"] for row in rows] == sorted(path.name for path in (out / "test").iterdir())
    assert [row["key"] for row in rows] == [f"test-{i:09d}" for i in range(30)]
    found = [[float(row[name]) for name in data.factors] for row in rows]
    np.testing.assert_array_equal(found, factors(data, "test"))


@pytest.mark.parametrize("name", ["shapes-fixed", "pendulum", "shadow-sun"])
def test_causalvae_steps_resolve_every_factor_and_the_scale_centres_it(name: str, tmp_path: Path) -> None:
    data = made(tmp_path / "data", name)
    out = exports.export(data, "causalvae", tmp_path / "set")
    with (out / "scale.csv").open(newline="") as table:
        scale = {row["factor"]: row for row in csv.DictReader(table)}
    labels, _ = listed(out / "train")
    values = factors(data, "train")
    for column, (factor, told) in enumerate(data.factors.items()):
        step, middle, half = (float(scale[factor][key]) for key in ("steps", "middle", "half_width"))
        np.testing.assert_allclose(labels[:, column] / step, values[:, column], atol=0.5 / step + 1e-12)
        low, high = told["range"]
        assert told["levels"] or (high - low) * step >= 99.9
        inside = (values[:, column] >= low) & (values[:, column] <= high)
        assert (abs(labels[inside, column] - middle) <= half + 0.5).all()
