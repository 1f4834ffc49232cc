"""Importing real images: what comes out is a data set, which loads, verifies and is read like a generated one.

The images are scanned digits and photographs that scikit-learn ships; their attributes are measured.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import pytest
from checkout import ROOT
from libraries import need
from PIL import Image

import scmgen
from scmgen.build.imported import pack
from scmgen.build.imported.request import Request
from scmgen.cli.main import main

N = 300
GRAPH = {"edges": [["digit", "ink"], ["digit", "open shape"], ["slant", "ink"]]}


class Done(NamedTuple):
    status: int
    out: str
    err: str


class Shell:
    """Runs command lines in this process, in a folder of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys

    def __call__(self, *arguments: object) -> Done:
        self._monkeypatch.setattr(sys, "argv", ["scmgen", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        assert isinstance(caught.value.code, int)
        return Done(caught.value.code, *self._capsys.readouterr())


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, monkeypatch, capsys)


def table(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def sums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with 300 scanned digits of 8 px in ``images`` and what was measured of them in ``digits.csv``."""
    from sklearn.datasets import load_digits

    home, found = tmp_path_factory.mktemp("digits"), load_digits()
    (home / "images").mkdir()
    rows = []
    for number, (image, digit) in enumerate(zip(found.images[:N], found.target[:N].tolist(), strict=True)):
        y, x = np.mgrid[:8, :8] - (image * np.mgrid[:8, :8]).sum(axis=(1, 2), keepdims=True) / image.sum()
        slant = float((image * x * y).sum() / image.sum())
        Image.fromarray(np.rint(image * 255 / 16).astype(np.uint8)).save(home / "images" / f"{number:04d}.png")
        rows.append([f"{number:04d}.png", digit, float(image.mean() / 16), slant, int(digit not in (0, 6, 8, 9))])
    table(home / "digits.csv", ["image_id", "digit", "ink", "slant", "open shape"], rows)
    (home / "graph.json").write_text(json.dumps(GRAPH))
    return home


@pytest.fixture(scope="session")
def imported(digits: Path) -> Path:
    """Give the digits as a data set: train 100 + 100 + 40, validation 30, test 30."""
    asked = Request(
        digits / "images",
        (digits / "digits.csv",),
        digits / "graph.json",
        name="digits",
        categorical=("digit",),
        shard_size=100,
        license="CC-BY-4.0",
        citation="Alpaydin and Kaynak (1998)",
        description="Scanned digits.",
    )
    pack.write(pack.prepare(asked), digits / "out")
    return digits / "out"


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 130 tiles of 64 px, cut from two photographs and kept as JPEG, and what was measured of them."""
    from sklearn.datasets import load_sample_images

    home, rows = tmp_path_factory.mktemp("photographs"), []
    for name, photograph in zip(("china", "flower"), load_sample_images().images, strict=True):
        (home / "tiles" / name).mkdir(parents=True)
        for number in range(65):
            top, left = divmod(number, 13)
            tile = photograph[top * 80 : top * 80 + 64, left * 48 : left * 48 + 64]
            Image.fromarray(tile).save(home / "tiles" / name / f"{number}.jpg", quality=90)
            colour = ("red", "green", "blue")[int(tile.mean(axis=(0, 1)).argmax())]
            red, green, blue = tile.mean(axis=(0, 1)) / 255
            hue = float(np.degrees(np.arctan2(3**0.5 * (green - blue), 2 * red - green - blue)) % 360)
            rows.append([f"{name}/{number}", name, colour, repr(hue), repr(float(tile.mean() / 255))])
    table(home / "tiles.tsv.csv", ["tile", "photograph", "colour", "hue", "brightness"], rows)
    text = (home / "tiles.tsv.csv").read_text().replace(",", "\t")
    (home / "tiles.tsv").write_text(text)
    return home


def cells(digits: Path) -> dict[str, list[str]]:
    with (digits / "digits.csv").open(newline="") as file:
        return {row[0]: row[1:] for row in list(csv.reader(file))[1:]}


# What comes out


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


def test_verify_checks_what_it_can_and_says_that_nothing_is_recomputed(imported: Path, shell: Shell) -> None:
    done = shell("verify", imported, "--all", "-j", 1)
    lines = done.out.splitlines()
    names = ["files", "checksums", "samples", "labels", "pixels", "duplicates", "graph"]
    assert (done.status, [line.split()[:2] for line in lines[:-2]]) == (0, [["ok", name] for name in names])
    assert lines[-2] == "imported: no equations, so nothing was computed or drawn again"
    assert lines[-1] == f"{imported}: verified"


def forge(out: Path, change: Any) -> None:
    """Write the first test sample's label and image anew, and the sums with them: only a look inside finds it."""
    from scmgen.storage import manifest, tar

    name = "digits-test-000000.tar"
    data = json.loads((out / "manifest.json").read_text())
    whole = scmgen.load(out)
    found = whole.archive(next(shard for shard in whole.manifest.shards if shard.name == name))
    pieces = []
    for row, key in enumerate(found.keys):
        label, image = found.labels([row])[0], found.content("image", row)
        if row == 0:
            label, image = change(label, image)
        members = ((".image.png", image), (".label.json", orjson.dumps(label)))
        pieces += [tar.member(key + ending, part) for ending, part in members]
    whole = b"".join([*pieces, tar.END])
    (out / name).write_bytes(whole)
    for shard in data["shards"]:
        if shard["name"] == name:
            shard |= {"sha256": hashlib.sha256(whole).hexdigest(), "bytes": len(whole)}
    (out / "manifest.json").write_bytes(orjson.dumps({**data, "digest": manifest.digest(data)}))


def relabel(**changes: Any) -> Any:
    return lambda label, image: ({**label, **changes}, image)


FACTORS = {"digit": 1.0, "ink": 0.3, "slant": 0.0, "open_shape": 1.0}


@pytest.mark.parametrize(
    ("change", "check", "message"),
    [
        (relabel(noise={}), "labels", "the label of sample 0 is not the one that docs/format.md describes"),
        (relabel(index=7), "labels", "the label of sample 0 is not the one that docs/format.md describes"),
        (relabel(factors={"digit": 1.0}), "labels", "the label of sample 0 has other factors than the manifest"),
        (relabel(factors={**FACTORS, "digit": 2.5}), "labels", "has digit = 2.5, which is not in its domain"),
        (relabel(factors={**FACTORS, "ink": 9.0}), "labels", "has ink = 9.0, which is not in its domain"),
        (relabel(factors={**FACTORS, "ink": 0}), "labels", "has ink = 0, which is not in its domain"),
        (lambda label, image: (label, image[:60]), "pixels", "test-000000000.image.png: no readable PNG"),
    ],
)
def test_verify_finds_what_does_not_belong(
    change: Any, check: str, message: str, imported: Path, shell: Shell, tmp_path: Path
) -> None:
    shutil.copytree(imported, tmp_path / "copy")
    forge(tmp_path / "copy", change)
    done = shell("verify", tmp_path / "copy", "--all", "-j", 1)
    assert (done.status, f"  FAULT {check:<12}" in done.out, message in done.out) == (1, True, True)


def test_verify_finds_a_changed_shard_and_a_picture_that_stands_twice(
    imported: Path, shell: Shell, tmp_path: Path
) -> None:
    shutil.copytree(imported, tmp_path / "copy")
    other = next(scmgen.load(imported).rows("train"))["source"]
    forge(tmp_path / "copy", relabel(source=other))
    assert "1 samples have the same source as another one" in shell("verify", tmp_path / "copy", "-j", 1).out
    (tmp_path / "copy" / "digits-test-000000.tar").write_bytes(b"short")
    assert "digits-test-000000.tar: changed or cut short" in shell("verify", tmp_path / "copy", "-j", 1).out


# Other libraries read it

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


# Bytes, resuming, replacing


def line(digits: Path, out: Path, *more: object) -> list[object]:
    tables = ["--labels", digits / "digits.csv", "--graph", digits / "graph.json"]
    return ["import", digits / "images", *tables, "--categorical", "digit", "--name", "digits", "-o", out, *more]


def test_the_bytes_are_the_same_for_any_number_of_workers_and_order_of_rows(
    digits: Path, shell: Shell, tmp_path: Path
) -> None:
    assert shell(*line(digits, tmp_path / "one", "-j", 1, "--shard-size", 100)).status == 0
    assert shell(*line(digits, tmp_path / "two", "-j", 2, "--shard-size", 100)).status == 0
    assert sums(tmp_path / "one") == sums(tmp_path / "two")
    lines = (digits / "digits.csv").read_text().splitlines()
    (tmp_path / "digits.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]))
    shuffled = line(digits, tmp_path / "three", "-j", 1, "--shard-size", 100)
    shuffled[3] = tmp_path / "digits.csv"
    assert shell(*shuffled).status == 0
    one, three = (
        {name: found for name, found in sums(tmp_path / out).items() if name.endswith(".tar")}
        for out in ("one", "three")
    )
    assert one == three


def test_another_seed_gives_other_splits_and_one_image_less_moves_few(digits: Path, tmp_path: Path) -> None:
    def train(images: Path, path: Path, seed: int) -> set[str]:
        return set(pack.prepare(Request(images, (path,), name="d", seed=seed)).files["train"])

    first, again = (train(digits / "images", digits / "digits.csv", 0) for _ in range(2))
    assert first == again
    assert len(first & train(digits / "images", digits / "digits.csv", 1)) < 220
    lines = (digits / "digits.csv").read_text().splitlines()
    (tmp_path / "less.csv").write_text("\n".join([*lines[:50], *lines[51:]]))
    assert len(first ^ train(digits / "images", tmp_path / "less.csv", 0)) <= 2


def test_a_killed_import_goes_on_and_gives_the_same_bytes(
    digits: Path, imported: Path, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert shell(*line(digits, out, "-j", 1, "--shard-size", 100)).status == 0
    whole = sums(out)
    marker = json.dumps({"source": json.loads((out / "manifest.json").read_text())["source"], "sums": {}})
    for name in whole:
        if not name.startswith(("digits-train-000000", "digits-test")):
            (out / name).unlink()
    (out / ".build.json").write_text(marker)
    with pytest.raises(scmgen.ScmgenError, match=r"it has no manifest\.json \(a build was begun here: run it again\)"):
        scmgen.load(out)
    done = shell("finalize", out)
    told = "an import was begun here, not a build: run it again"
    assert (done.status, done.err) == (2, f"scmgen: {out}: {told}\n")
    written: list[str] = []
    write_tar = pack.write_tar
    monkeypatch.setattr(
        pack, "write_tar", lambda place, name, pieces: written.append(name) or write_tar(place, name, pieces)
    )
    assert shell(*line(digits, out, "-j", 1, "--shard-size", 100)).status == 0
    assert sums(out) == whole
    assert written == ["digits-train-000001.tar", "digits-train-000002.tar", "digits-validation-000000.tar"]


def test_the_same_import_again_writes_no_shard(
    digits: Path, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert shell(*line(digits, out, "-j", 1)).status == 0
    whole = sums(out)
    monkeypatch.setattr(pack, "write_tar", None)
    done = shell(*line(digits, out, "-j", 1))
    source = json.loads((out / "manifest.json").read_text())["source_hash"]
    assert (done.status, sums(out)) == (0, whole)
    assert done.out.startswith(f"{out}: 300 samples in 3 shards, ")
    assert done.out.endswith(f" KB, import {source[:12]}\n")


def test_another_import_needs_force_and_a_build_too(digits: Path, shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert shell(*line(digits, out, "-j", 1)).status == 0
    whole = sums(out)
    done = shell(*line(digits, out, "-j", 1, "--seed", 3))
    assert (done.status, sums(out)) == (2, whole)
    assert f"scmgen: {out}: holds data set 'digits' (import " in done.err
    assert "seed: 0 there, 3 here" in done.err
    assert "; choose another --out, or replace what is there with --force" in done.err
    done = shell("build", "pendulum", "--n", 4, "--size", 16, "-o", out, "-j", 1)
    assert (done.status, sums(out)) == (2, whole)
    assert "holds data set 'digits' (import " in done.err
    assert "), not 'pendulum' (spec " in done.err
    assert shell("build", "pendulum", "--n", 4, "--size", 16, "-o", out, "-j", 1, "--force").status == 0
    assert not [name for name in sums(out) if name.startswith("digits")]
    assert shell(*line(digits, out, "-j", 1)).status == 2
    assert shell(*line(digits, out, "-j", 1, "--force")).status == 0
    assert sums(out) == whole


def test_a_place_with_files_of_others_is_left_alone(digits: Path, shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    done = shell(*line(digits, tmp_path / "mine", "--force", "-j", 1))
    problem = "holds files that no build of scmgen wrote; choose another directory with --out"
    assert (done.status, done.err.splitlines()[-1]) == (2, f"scmgen: {tmp_path / 'mine'}: {problem}")
    assert list(sums(tmp_path / "mine")) == ["thesis.txt"]


def test_a_new_licence_changes_what_is_said_and_no_shard(
    digits: Path, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert shell(*line(digits, out, "-j", 1)).status == 0
    monkeypatch.setattr(pack, "write_tar", None)
    assert shell(*line(digits, out, "-j", 1, "--license", "CC0-1.0")).status == 0
    assert scmgen.load(out).manifest["license"] == "CC0-1.0"


def test_it_goes_to_a_url(digits: Path, imported: Path, shell: Shell, tmp_path: Path) -> None:
    need("fsspec")
    assert shell(*line(digits, f"file://{tmp_path}/there", "-j", 1)).status == 0
    assert shell(*line(digits, "memory://imported/digits", "-j", 2)).status == 0
    data = scmgen.load("memory://imported/digits")
    assert data.manifest == scmgen.load(tmp_path / "there").manifest
    np.testing.assert_array_equal(data.images("test")[:], scmgen.load(imported).images("test")[:])


def test_a_dry_run_tells_and_writes_nothing(digits: Path, shell: Shell, tmp_path: Path) -> None:
    done = shell(*line(digits, tmp_path / "out", "--dry-run", "-j", 1))
    assert (done.status, (tmp_path / "out").exists()) == (0, False)
    lines = done.out.splitlines()
    assert lines[:4] == [
        f"{tmp_path / 'out'}: would hold 300 samples at 8 px",
        "  train                 240",
        "  validation             30",
        "  test                   30",
    ]
    assert lines[4] == "  digit       levels    0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert lines[7] == "  open_shape  levels    0, 1"


def test_commands_that_need_equations_say_so(imported: Path, shell: Shell) -> None:
    done = shell("audit", imported)
    told = "an imported data set: its images were not made from equations"
    assert (done.status, done.err) == (2, f"scmgen: {imported}: {told}\n")


# Photographs


def test_photographs_are_resized_and_their_columns_typed(photographs: Path, shell: Shell) -> None:
    done = shell(
        *("import", photographs / "tiles", "--labels", photographs / "tiles.tsv", "-o", "out", "-j", 1),
        *("--categorical", "photograph,colour", "--circular", "hue", "--size", 32, "--splits", "train=1,test=1"),
    )
    assert (done.status, done.out.partition(",")[0]) == (0, "out: 130 samples in 2 shards")
    assert "hue is taken to come round from 0 to 360; --circular hue=LOW:HIGH says otherwise" in done.err
    data = scmgen.load("out")
    assert (data.name, data.size, data.splits) == ("tiles", 32, {"train": 65, "test": 65})
    assert {name: (f["type"], f["levels"], f["unit"]) for name, f in data.factors.items()} == {
        "photograph": ("categorical", ["china", "flower"], "1"),
        "colour": ("categorical", ["blue", "green", "red"], "1"),
        "hue": ("circular", [], "deg"),
        "brightness": ("continuous", [], "1"),
    }
    assert data.graph is None
    assert not (Path("out") / "graph.json").exists()
    row, image = next(data.rows("test")), data.images("test")[0]
    assert row["source"].startswith(("china/", "flower/"))
    with Image.open(photographs / "tiles" / row["source"]) as tile:
        np.testing.assert_array_equal(image, np.asarray(tile.resize((32, 32), Image.Resampling.LANCZOS)))
    np.testing.assert_allclose(image.mean() / 255, row["factors"]["brightness"], atol=0.01)
    assert shell("verify", "out", "--all", "-j", 1).status == 0


def test_photographs_without_a_size_keep_their_pixels(photographs: Path, tmp_path: Path) -> None:
    asked = Request(photographs / "tiles", (photographs / "tiles.tsv",), categorical=("photograph",), omit=("colour",))
    pack.write(pack.prepare(asked), tmp_path / "out")
    data = scmgen.load(tmp_path / "out")
    for row, image in zip(data.rows("test"), data.images("test"), strict=True):
        with Image.open(photographs / "tiles" / row["source"]) as tile:
            np.testing.assert_array_equal(image, np.asarray(tile))


# The page


def prepare_celeba_and_x_rays(photograph: Image.Image) -> None:
    """Write a little of both in the form in which they are given away."""
    rows = [[f"{i:06d}.jpg", 1 - 2 * (i % 2), -1 if i % 3 else 1, 1 - 2 * (i % 5 == 0)] for i in range(1, 31)]
    for place in ("img_align_celeba", "xrays/images_001/images", "xrays/images_002/images"):
        Path(place).mkdir(parents=True)
    for number, (name, *_) in enumerate(rows):
        photograph.crop((10 * number, 0, 10 * number + 178, 218)).save(Path("img_align_celeba") / name)
        scan = photograph.convert("L").crop((10 * number, 50, 10 * number + 256, 306))
        scan.save(f"xrays/images_00{1 + number % 2}/images/{number:08d}_000.png")
    header = ["5_o_Clock_Shadow", "Male", "Smiling"]
    table(Path("list_attr_celeba.csv"), ["image_id", *header], rows)
    lines = ["30", " ".join(header), *(" ".join(map(str, row)) for row in rows)]
    Path("list_attr_celeba.txt").write_text("\n".join(lines))
    parts = [[row[0], 0 if number < 20 else 1 if number < 25 else 2] for number, row in enumerate(rows)]
    table(Path("list_eval_partition.csv"), ["image_id", "partition"], parts)
    found = ["No Finding", "Effusion", "Cardiomegaly|Effusion", "Cardiomegaly"]
    scans = [
        [f"{i:08d}_000.png", found[i % 4], i, 20 + i, "MF"[i % 3 == 0], ("PA", "AP")[i % 2], ""] for i in range(30)
    ]
    names = ["Image Index", "Finding Labels", "Patient ID", "Patient Age", "Patient Gender", "View Position", ""]
    table(Path("Data_Entry_2017.csv"), names, scans)
    Path("test_list.txt").write_text("\n".join(f"{i:08d}_000.png" for i in range(25, 30)))


def test_every_line_of_the_page_runs(shell: Shell) -> None:
    from sklearn.datasets import load_sample_image

    prepare_celeba_and_x_rays(Image.fromarray(load_sample_image("flower.jpg")))
    page = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(python|sh|dot)\n(.*?)```", page, re.DOTALL)
    Path("xrays.dot").write_text(next(text for kind, text in blocks if kind == "dot"))
    for kind, text in blocks:
        if kind == "python":
            done = subprocess.run(
                [sys.executable, "-W", "error", "-c", text], capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stderr) == (0, ""), text
        for command in text.splitlines() if kind == "sh" else ():
            assert shell(*shlex.split(command)[1:], "-j", 1).status == 0, command
    faces, scans = scmgen.load("data/celeba"), scmgen.load("data/chest-xray14")
    assert (faces.size, faces.splits) == (64, {"train": 20, "validation": 5, "test": 5})
    assert {name: factor["levels"] for name, factor in faces.factors.items()} == {
        name: ["-1", "1"] for name in ("f_5_o_Clock_Shadow", "Male", "Smiling")
    }
    assert faces.factors["f_5_o_Clock_Shadow"]["long_name"] == "5_o_Clock_Shadow"
    assert Path("attributes.csv").read_text() == Path("list_attr_celeba.csv").read_text()
    assert scans.splits == {"train": 25, "test": 5}
    assert sorted(row["source"][18:] for row in scans.rows("test")) == [f"{i:08d}_000.png" for i in range(25, 30)]
    assert scans.factors["Patient_Gender"]["levels"] == ["F", "M"]
    assert scans.graph is not None
    assert set(scans.graph.edges()) == {
        ("Patient_Age", "Cardiomegaly"),
        ("Cardiomegaly", "Effusion"),
        ("Patient_Age", "View_Position"),
    }
    assert scmgen.load("data/all-digits").splits == {"all": 1_797}
