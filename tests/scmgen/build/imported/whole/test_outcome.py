"""What an import gives: a data set that loads and is read like a generated one."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scanned_digits
import shell_here
from libraries import need
from PIL import Image
from shell_here import Shell

import scmgen

digits, imported = scanned_digits.digits, scanned_digits.imported
shell = shell_here.shell


def cells(digits: Path) -> dict[str, list[str]]:
    with (digits / "digits.csv").open(newline="") as file:
        return {row[0]: row[1:] for row in list(csv.reader(file))[1:]}


def test_every_image_and_label_comes_back_exactly(digits: Path, imported: Path) -> None:
    data, known, seen = scmgen.load(imported), cells(digits), []
    assert data.splits == {"train": 240, "validation": 30, "test": 30}
    for split in data.splits:
        for index, (row, image) in enumerate(zip(data.rows(split), data.images(split), strict=True)):
            digit, ink, slant, open_shape = known[row["source"]]
            factors = {"digit": float(digit), "ink": float(ink), "slant": float(slant), "open_shape": float(open_shape)}
            assert row == {"index": index, "split": split, "source": row["source"], "factors": factors}
            grey = np.asarray(Image.open(digits / "images" / row["source"]))
            np.testing.assert_array_equal(image, np.stack([grey] * 3, axis=-1))
            seen.append(row["source"])
    assert sorted(seen) == sorted(known)


def test_the_manifest_tells_what_is_known_and_nothing_else(digits: Path, imported: Path) -> None:
    data = scmgen.load(imported).manifest
    values = np.array([list(map(float, row)) for row in cells(digits).values()])
    expected = {
        "origin": "imported",
        "name": "digits",
        "version": 1,
        "description": "Scanned digits.",
        "citation": "Alpaydin and Kaynak (1998)",
        "license": "CC-BY-4.0",
        "spec": None,
        "spec_hash": None,
        "size": 8,
        "members": [".image.png", ".label.json"],
        "groups": {},
        "hidden": [],
        "environments": [],
        "targets": [],
        "kinds": [],
        "plugins": {},
        "waives": {},
    }
    assert {key: data[key] for key in expected} == expected
    assert {name: (f["type"], f["levels"], f["long_name"]) for name, f in data["factors"].items()} == {
        "digit": ("categorical", [str(digit) for digit in range(10)], ""),
        "ink": ("continuous", [], ""),
        "slant": ("continuous", [], ""),
        "open_shape": ("categorical", ["0", "1"], "open shape"),
    }
    for column, factor in zip(values.T, data["factors"].values(), strict=True):
        found = [factor["mean"], factor["std"], factor["min"], factor["max"]]
        np.testing.assert_allclose(found, [column.mean(), column.std(), column.min(), column.max()], rtol=1e-12)
    assert data["factors"]["ink"]["range"] == [data["factors"]["ink"]["min"], data["factors"]["ink"]["max"]]
    images = scmgen.load(imported).images("train")[:] / 255
    np.testing.assert_allclose(data["pixels"]["mean"], images.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(data["pixels"]["std"], images.std(axis=(0, 1, 2)), rtol=1e-12)
    assert data["pixels"]["samples"] == 240
    assert sum(found["samples"] for found in data["combinations"]["train"]) == 240
    assert data["source"]["tables"] == {"digits.csv": hashlib.sha256((digits / "digits.csv").read_bytes()).hexdigest()}


def test_the_graph_is_the_one_that_was_given(imported: Path) -> None:
    data = scmgen.load(imported)
    assert data.graph is not None
    assert list(data.graph) == ["digit", "ink", "slant", "open_shape"]
    assert set(data.graph.edges()) == {("digit", "ink"), ("digit", "open_shape"), ("slant", "ink")}
    told = data.manifest["graph"]
    assert told["full"] == told["factors"]
    assert told["adjacency"]["directed"] == [[0, 1, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    assert told["descendants"]["matrix"] == [[1, 1, 0, 1], [0, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]]
    assert told["equivalence_class"]["directed"] == [["digit", "ink"], ["slant", "ink"]]
    assert told["equivalence_class"]["undirected"] == [["digit", "open_shape"]]
    assert (told["mutilated"], told["variants"], told["groups"]) == ([], {}, {})


def test_labels_are_labelled_arrays_of_one_world(imported: Path) -> None:
    labels = scmgen.load(imported).labels("train")
    assert dict(labels.sizes) == {"sample": 240, "world": 1, "cause": 4, "effect": 4}
    assert labels["digit"].attrs["flag_meanings"] == "0 1 2 3 4 5 6 7 8 9"
    assert labels["open_shape"].attrs["long_name"] == "open shape"
    assert not {"noise", "do_mask"} & set(labels)


READERS = {
    "datasets": """
from datasets import load_dataset
for split, rows in load_dataset(sys.argv[1]).items():
    for row in rows:
        keep(row["__key__"], row["image.png"], row["label.json"])
""",
    "webdataset": """
import glob, webdataset
for sample in webdataset.WebDataset(sorted(glob.glob(sys.argv[1] + "/*.tar")), shardshuffle=False).decode("pil"):
    keep(sample["__key__"], sample["image.png"], sample["label.json"])
""",
}


SCRIPT = """
import json, sys, zlib
import numpy as np
found = {{}}
def keep(key, image, label):
    found[key] = [zlib.crc32(np.asarray(image.convert("RGB")).tobytes()), label]
{reader}
json.dump(found, sys.stdout)
"""


@pytest.mark.parametrize("library", READERS)
def test_other_libraries_read_the_same_pixels_and_labels(library: str, imported: Path, tmp_path: Path) -> None:
    import zlib

    need(library)
    settings = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", SCRIPT.format(reader=READERS[library]), str(imported)]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    data = scmgen.load(imported)
    assert json.loads(done.stdout) == {
        f"{split}-{row['index']:09d}": [zlib.crc32(image.tobytes()), row]
        for split in data.splits
        for row, image in zip(data.rows(split), data.images(split), strict=True)
    }


def test_commands_that_need_equations_say_so(imported: Path, shell: Shell) -> None:
    done = shell("audit", imported)
    told = "an imported data set: its images were not made from equations"
    assert (done.status, done.err) == (2, f"scmgen: {imported}: {told}\n")
