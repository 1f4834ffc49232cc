"""IDX files as images with labels: MNIST as it is given away, with what Morpho-MNIST has measured of it."""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
from collections.abc import Callable
from pathlib import Path

import labelled_folder
import numpy as np
import pytest
import shell_here
from labelled_folder import call
from numpy.typing import NDArray
from shell_here import Shell

import scmgen

shell = shell_here.shell
here = labelled_folder.here
SIZES = {"train": 30, "t10k": 10}


def written(path: Path, array: NDArray[np.uint8], packed: bool = False) -> None:
    header = struct.pack(">4B", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes()) if packed else header + array.tobytes())


def pictures(prefix: str) -> NDArray[np.uint8]:
    return np.random.default_rng(len(prefix)).integers(0, 256, (SIZES[prefix], 8, 8), dtype=np.uint8)


def digits(prefix: str) -> NDArray[np.uint8]:
    return (np.arange(SIZES[prefix]) % 3 + 4).astype(np.uint8)


def measured(prefix: str) -> str:
    rows = "".join(f"{i},{i / 2},{100 - i}\n" for i in range(SIZES[prefix]))
    return f"index,area,slant\n{rows}"


@pytest.fixture
def mnist(here: Path) -> Path:
    """Give a folder with images, labels, perturbations and measures of two parts, compressed or not."""
    place = here / "mnist"
    place.mkdir()
    for prefix in SIZES:
        written(place / f"{prefix}-images-idx3-ubyte.gz", pictures(prefix), packed=True)
        written(place / f"{prefix}-labels-idx1-ubyte.gz", digits(prefix), packed=True)
        written(place / f"{prefix}-pert-idx1-ubyte", digits(prefix) % 2)
        (place / f"{prefix}-morpho.csv").write_text(measured(prefix))
    return place


def test_images_labels_and_measures_come_back_exactly(mnist: Path, shell: Shell) -> None:
    done = shell("import", "mnist", "-o", "set", "-j", 1, "--shard-size", 7)
    assert (done.status, done.err) == (0, "")
    assert shell("verify", "set").status == 0
    data = scmgen.load("set")
    assert data.splits == {"train": 30, "test": 10}
    assert [data.factors[name]["levels"] for name in ("labels", "pert")] == [["4", "5", "6"], ["0", "1"]]
    assert set(data.manifest["source"]["tables"]) == {
        f"{prefix}-{name}" for prefix in SIZES for name in ("labels-idx1-ubyte.gz", "pert-idx1-ubyte", "morpho.csv")
    }
    for split, prefix in {"train": "train", "test": "t10k"}.items():
        seen = set()
        for row, image in zip(data.rows(split), data.images(split), strict=True):
            file, _, number = row["source"].partition("/")
            place = int(number)
            assert file == f"{prefix}-images-idx3-ubyte"
            np.testing.assert_array_equal(image, np.stack([pictures(prefix)[place]] * 3, axis=-1))
            digit = int(digits(prefix)[place])
            assert row["factors"] == {"area": place / 2, "slant": 100 - place, "labels": digit - 4, "pert": digit % 2}
            seen.add(place)
        assert seen == set(range(SIZES[prefix]))


def test_neither_workers_nor_compression_change_a_byte(mnist: Path, shell: Shell) -> None:
    assert shell("import", "mnist", "-o", "one", "-j", 1, "--shard-size", 7).status == 0
    assert shell("import", "mnist", "-o", "two", "-j", 2, "--shard-size", 7).status == 0
    for path in (mnist / f"{prefix}-images-idx3-ubyte.gz" for prefix in SIZES):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))  # as torchvision leaves them, side by side
    assert shell("import", "mnist", "-o", "three", "-j", 1, "--shard-size", 7).status == 0
    first, *others = (
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(Path(out).iterdir())}
        for out in ("one", "two", "three")
    )
    assert others == [first, first]


def test_one_file_is_imported_alone_and_split_at_random(mnist: Path, shell: Shell) -> None:
    line = ["import", mnist / "t10k-images-idx3-ubyte.gz", "--columns", "labels,area", "-j", 1]
    assert shell(*line, "-o", "a").status == 0
    assert shell(*line, "-o", "b", "--splits", "x=0.5,y=0.5").status == 0
    assert (scmgen.load("a").splits, list(scmgen.load("a").factors)) == ({"test": 10}, ["labels", "area"])
    assert (scmgen.load("b").splits, scmgen.load("b").manifest["name"]) == ({"x": 5, "y": 5}, "mnist")


def test_labels_that_tell_nothing_may_be_left_out(mnist: Path, shell: Shell) -> None:
    for prefix in SIZES:
        written(mnist / f"{prefix}-labels-idx1-ubyte.gz", digits(prefix) * 0)
    assert shell("import", "mnist", "--omit", "labels,area", "-o", "set", "-j", 1).status == 0
    assert list(scmgen.load("set").factors) == ["slant", "pert"]


def test_measures_may_lie_elsewhere(mnist: Path, shell: Shell) -> None:
    Path("measured").mkdir()
    tables: list[object] = []
    for prefix in SIZES:
        (mnist / f"{prefix}-morpho.csv").rename(Path("measured") / f"{prefix}-morpho.csv")
        tables += ["--labels", f"measured/{prefix}-morpho.csv"]
    assert shell("import", "mnist", *tables, "-o", "set", "-j", 1).status == 0
    assert list(scmgen.load("set").factors) == ["area", "slant", "labels", "pert"]
    done = shell("import", "mnist", *tables[:2], "-o", "no")
    told = "--labels: no table is named t10k-...csv, as that of mnist/t10k-images-idx3-ubyte.gz must be"
    assert (done.status, done.err) == (2, f"scmgen: {told}\n")


def test_colours_and_other_shapes_are_brought_to_squares(here: Path, shell: Shell) -> None:
    Path("set").mkdir()
    colours = np.random.default_rng(0).integers(0, 256, (5, 6, 6, 3), dtype=np.uint8)
    written(Path("set/train-images-idx4-ubyte"), colours)
    written(Path("set/train-kind-idx1-ubyte"), np.arange(5, dtype=np.uint8))
    assert shell("import", "set", "-o", "out", "-j", 1).status == 0
    data = scmgen.load("out")
    for row, image in zip(data.rows("train"), data.images("train"), strict=True):
        np.testing.assert_array_equal(image, colours[int(row["source"][-5:])])
    written(Path("set/train-images-idx4-ubyte"), colours[:, :, :4])
    hint = "--size N crops each image to its middle square and resizes it to N x N (--fit pad or stretch: all of it)"
    told = f"set/train-images-idx4-ubyte: 4 x 6 is no square; {hint}"
    assert shell("import", "set", "-o", "no").err == f"scmgen: {told}\n"
    assert shell("import", "set", "-o", "four", "--size", 4, "--fit", "pad", "-j", 1).status == 0
    assert scmgen.load("four").size == 4


IMAGES, LABELS, MEASURES = "mnist/train-images-idx3-ubyte", "mnist/train-labels-idx1-ubyte.gz", "mnist/train-morpho.csv"


def table(text: str) -> Callable[[], object]:
    return lambda: Path(MEASURES).write_text(text)


@pytest.mark.parametrize(
    ("change", "line", "told"),
    [
        (lambda: written(Path(LABELS), digits("train")[:9]), "", f"{LABELS}: is 9, for 30 images"),
        (lambda: written(Path(LABELS), pictures("train")), "", f"{LABELS}: is 30 x 8 x 8, for 30 images"),
        (
            lambda: [written(Path(f"mnist/{prefix}-labels-idx1-ubyte.gz"), digits(prefix) * 0) for prefix in SIZES],
            "",
            f"{LABELS}: says 0 of every image and tells nothing; leave it out with --omit labels",
        ),
        (
            table("index,area,slant\n0,1,2\n"),
            "",
            f"{MEASURES}: has 1 rows for the 30 images of {IMAGES}.gz",
        ),
        (
            table("index,area,slant\n1,1,2\n"),
            "",
            f"{MEASURES}: row 0 is numbered '1' (index); rows stand as images do",
        ),
        (
            table(measured("train").replace("area", "labels")),
            "",
            f"{LABELS}: column 'labels' stands in {MEASURES} too",
        ),
        (
            table(measured("train").replace("area", "ink")),
            "",
            f"{IMAGES}.gz has factors ink, slant, labels, pert, and mnist/t10k-images-idx3-ubyte.gz "
            "area, slant, labels, pert; both need the same",
        ),
        (
            lambda: written(Path(f"{IMAGES}.gz"), pictures("train")[:0]),
            "",
            f"{IMAGES}.gz: is 0 x 8 x 8; images are N x H x W, or N x H x W x 3",
        ),
        (
            lambda: written(Path("mnist/x-train-images-idx3-ubyte"), pictures("train")),
            "",
            f"{IMAGES}.gz and mnist/x-train-images-idx3-ubyte are both called 'train'; name one of them as IMAGES",
        ),
        (
            lambda: Path(f"{IMAGES}.gz").write_bytes(b"\0\0\x08\x03" + b"\xff" * 12),
            "",
            f"{IMAGES}.gz: its header claims 4,294,967,295 x 4,294,967,295 x 4,294,967,295 bytes; "
            "at most 1,073,741,824 are read",
        ),
        (lambda: None, "--omit label", f"--omit: {MEASURES} has no column 'label'; did you mean 'labels'?"),
        (
            lambda: None,
            "--skip-missing",
            "--skip-missing: the images of IDX files have no names of their own, but rows",
        ),
    ],
)
def test_files_that_do_not_go_together_are_told(
    change: Callable[[], object],
    line: str,
    told: str,
    mnist: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change()
    assert call(monkeypatch, capsys, f"import mnist -o out {line}") == (2, f"scmgen: {told}\n")
    assert not Path("out").exists()


def test_images_need_labels_and_what_is_no_file_is_told(mnist: Path, shell: Shell) -> None:
    for path in mnist.iterdir():
        if "images" not in path.name:
            path.unlink()
    assert shell("import", "mnist").err == "scmgen: mnist: holds images without labels; name a table with --labels\n"
    assert shell("import", "images").err == (
        "scmgen: images: its labels are needed: --labels FILE, a CSV or TSV file with a line an image\n"
    )
    os.mkfifo(mnist / "train-labels-idx1-ubyte")
    os.mkfifo(mnist / "t10k-labels-idx1-ubyte")
    told = "mnist/train-labels-idx1-ubyte: is a FIFO; a regular file is needed"
    assert shell("import", "mnist").err == f"scmgen: {told}\n"


def test_a_folder_that_holds_images_too_is_one_of_images(mnist: Path, shell: Shell) -> None:
    for path in (mnist.parent / "images").iterdir():
        path.rename(mnist / path.name)
    Path("t.csv").write_text(labelled_folder.GOOD)
    assert shell("import", "mnist", "--labels", "t.csv", "-o", "set", "-j", 1).status == 0
    assert scmgen.load("set").manifest["source"]["splits"] == {"train": 4}
