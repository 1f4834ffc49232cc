"""The layout of CausalVAE, whose loader lists a folder and takes integers from the names."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from exported import factors, made
from numpy.typing import NDArray
from PIL import Image

import scmgen
from scmgen.publish import exports


def listed(folder: Path) -> tuple[NDArray[np.int64], list[NDArray[np.uint8]]]:
    """Read labels and images as ``dataload_withlabel`` does, in the order of names."""
    names = sorted(path.name for path in folder.iterdir())
    labels = [[int(part) for part in name[: -len(".png")].split("_")[1:]] for name in names]
    images = []
    for name in names:
        with Image.open(folder / name) as image:
            images.append(np.asarray(image))
    return np.array(labels), images


def test_causalvae_names_are_the_published_steps_of_the_pendulum(small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    out = exports.export(data, "causalvae", tmp_path / "set")
    steps = np.array([200 / math.pi, 200 / math.pi, 1, 1])
    for split in data.splits:
        labels, images = listed(out / split)
        np.testing.assert_array_equal(labels, np.rint(factors(data, split) * steps))
        for image, pixels in zip(images, data.images(split)[:], strict=True):
            np.testing.assert_array_equal(image[..., :3], pixels)
            assert (image[..., 3] == 255).all()


def test_causalvae_writes_the_exact_labels_beside_the_folders(small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    out = exports.export(data, "causalvae", tmp_path / "set", splits=["test"])
    with (out / "labels.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["file"] for row in rows] == sorted(path.name for path in (out / "test").iterdir())
    assert [row["key"] for row in rows] == [f"test-{i:09d}" for i in range(30)]
    found = [[float(row[name]) for name in data.factors] for row in rows]
    np.testing.assert_array_equal(found, factors(data, "test"))


@pytest.mark.parametrize("name", ["shapes-fixed", "flow", "shadow-sun"])
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
        assert told["levels"] or (high - low) * step >= 99.9 or factor.startswith("shadow")
        inside = (values[:, column] >= low) & (values[:, column] <= high)
        assert (abs(labels[inside, column] - middle) <= half + 0.5).all()
