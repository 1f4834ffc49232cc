"""The files of MNIST and Morpho-MNIST: IDX, read here by its description."""

from __future__ import annotations

import csv
import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import factors, made
from numpy.typing import NDArray
from PIL import Image

import scmgen
from scmgen import ScmgenError
from scmgen.publish import exports


def idx(path: Path) -> NDArray[np.uint8]:
    with gzip.open(path) as file:
        data = file.read()
    zero, other, code, rank = struct.unpack(">4B", data[:4])
    assert (zero, other, code) == (0, 0, 8)
    shape = struct.unpack(f">{rank}I", data[4 : 4 + 4 * rank])
    return np.frombuffer(data[4 + 4 * rank :], np.uint8).reshape(shape)


def table(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_morphomnist_images_are_grey_and_the_table_tells_the_factors(small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    out = exports.export(data, "morphomnist", tmp_path / "set")
    for split, name in (("train", "train"), ("test", "t10k"), ("validation", "validation")):
        images = idx(out / f"{name}-images-idx3-ubyte.gz")
        grey = [np.asarray(Image.fromarray(image).convert("L")) for image in data.images(split)[:]]
        np.testing.assert_array_equal(images, grey)
        rows = table(out / f"{name}-morpho.csv")
        assert [row["index"] for row in rows] == [str(number) for number in range(data.splits[split])]
        found = [[float(row[factor]) for factor in data.factors] for row in rows]
        np.testing.assert_array_equal(found, factors(data, split))
        assert idx(out / f"{name}-labels-idx1-ubyte.gz").tolist() == [0] * len(rows)  # no factor has levels


def test_morphomnist_labels_are_the_levels_of_the_first_categorical_factor(tmp_path: Path) -> None:
    data = made(tmp_path / "data", "shadow-sun")
    out = exports.export(data, "morphomnist", tmp_path / "set")
    shape = factors(data, "train")[:, list(data.factors).index("shape")]
    np.testing.assert_array_equal(idx(out / "train-labels-idx1-ubyte.gz"), shape)
    assert len(set(shape)) == 5


def test_morphomnist_takes_an_imported_set_and_is_the_same_every_time(photos: Path, tmp_path: Path) -> None:
    data = scmgen.load(photos)
    first, again = (exports.export(data, "morphomnist", tmp_path / name) for name in ("first", "again"))
    for path in first.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()
    assert set(idx(first / "train-labels-idx1-ubyte.gz").tolist()) == {0, 1}  # smiling or not


def test_morphomnist_refuses_two_splits_of_one_name(tmp_path: Path) -> None:
    splits = [{"name": "train", "share": 2}, {"name": "test", "share": 1}, {"name": "t10k", "share": 1}]
    data = made(tmp_path / "data", "pendulum", splits=splits)
    with pytest.raises(ScmgenError) as caught:
        exports.export(data, "morphomnist", tmp_path / "set")
    told = "--to morphomnist: the splits test and t10k would both be called t10k; choose one"
    assert str(caught.value) == told
