"""From a place to a bank: every form gives the same pictures, and what is amiss is said."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import numpy as np
import pyarrow as arrow
import pytest
from digits import digits, idx_files, pictures
from PIL import Image
from pyarrow import parquet

from scmgen.errors import ScmgenError
from scmgen.pictures import sources


def folder(place: Path) -> Path:
    images, labels = pictures()
    for k, (image, label) in enumerate(zip(images, labels, strict=True)):
        (place / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / str(label) / f"{k:02}.png")
    return place


def npz(place: Path) -> Path:
    images, labels = pictures()
    np.savez(place.with_suffix(".npz"), images=images[..., None], labels=labels)
    return place.with_suffix(".npz")


def table(place: Path) -> Path:
    images, labels = pictures()
    files = []
    for image in images:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "PNG")
        files.append({"bytes": file.getvalue(), "path": "../../never-opened.png"})
    parquet.write_table(arrow.table({"image": files, "label": labels}), place.with_suffix(".parquet"))
    return place.with_suffix(".parquet")


def packed(place: Path) -> Path:
    for path in list(idx_files(place).iterdir()):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    return place


@pytest.mark.parametrize("write", [folder, idx_files, packed, npz, table])
def test_every_form_gives_the_same_bank(write: object, tmp_path: Path) -> None:
    read = sources.read("digits", write(tmp_path / "place"))  # type: ignore[operator]
    assert read.classes == tuple("0123456789")
    assert read.sum == digits().sum


def test_a_file_of_images_is_enough_and_needs_no_labels(tmp_path: Path) -> None:
    images = idx_files(tmp_path) / "train-images-idx3-ubyte"
    assert sources.read("digits", images).sum == digits().sum
    images.with_name("train-labels-idx1-ubyte").unlink()
    assert not sources.read("digits", images).labelled


def test_names_of_classes_are_those_of_the_folders_and_colours_are_kept(tmp_path: Path) -> None:
    for name, mode in (("owl", "RGBA"), ("gull", "RGB")):
        (tmp_path / name).mkdir()
        Image.new(mode, (5, 4), (10, 20, 30, 40)[: len(mode)]).save(tmp_path / name / "a.png")
    bank = sources.read("birds", tmp_path)
    assert bank.classes == ("gull", "owl")
    assert [picture.shape for picture in bank.items] == [(4, 5, 3), (4, 5, 4)]
    assert bank.items[1][0, 0].tolist() == [10, 20, 30, 40]


def test_a_large_picture_is_made_smaller(tmp_path: Path) -> None:
    Image.new("RGB", (2000, 500)).save(tmp_path / "a.jpg")
    assert sources.read("b", tmp_path).items[0].shape == (256, 1024, 3)


def test_a_folder_without_anything_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    for place, problem in ((tmp_path, "there are no pictures in it"), (tmp_path / "x", "there is nothing there")):
        with pytest.raises(ScmgenError) as error:
            sources.read("b", place)
        assert str(error.value) == f"--pictures b={place}: {problem}"


def test_a_class_without_a_picture_is_named(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "ten").mkdir()
    with pytest.raises(ScmgenError) as error:
        sources.read("b", tmp_path)
    assert str(error.value) == f"{tmp_path / 'ten'}: a class without a picture; give it some, or take the folder away"


def test_a_number_without_a_picture_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.zeros((2, 4, 4), np.uint8), labels=[0, 2])
    with pytest.raises(ScmgenError, match=r"^pictures 'b': class 1 has no picture$"):
        sources.read("b", tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"pixels": np.zeros(3)}, "no array 'images'; it holds pixels"),
        ({"images": np.uint8(5)}, "pictures (n, h, w), (n, h, w, 3) or (n, h, w, 4) are needed, found ()"),
        ({"images": np.zeros((2, 4))}, "pictures (n, h, w), (n, h, w, 3) or (n, h, w, 4) are needed, found (2, 4)"),
        ({"images": np.full((2, 4, 4), 7.0)}, "bytes, or numbers from 0 to 1 are needed, found float64"),
        ({"images": np.zeros((2, 4, 4), np.int32)}, "bytes, or numbers from 0 to 1 are needed, found int32"),
        ({"images": np.zeros((1, 4, 2000), np.uint8)}, "4 x 2000 pixels; at most 1024 a side are read"),
        ({"images": np.zeros((2, 4, 4), np.uint8), "labels": np.zeros(3)}, "3 labels of 2 pictures"),
    ],
)
def test_arrays_that_are_no_pictures_are_refused(tmp_path: Path, arrays: dict[str, object], problem: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(ScmgenError) as error:
        sources.read("b", tmp_path / "a.npz")
    assert str(error.value) == f"{tmp_path / 'a.npz'}: {problem}"


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    np.savez(tmp_path / "a.npz", images=np.array([Trap()], object))
    with pytest.raises(ScmgenError, match=r"a\.npz: cannot be read: Object arrays"):
        sources.read("b", tmp_path / "a.npz")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("labels", [[-1, 0], [0.5, 1], [None, 1]])
def test_labels_are_names_or_numbers(tmp_path: Path, labels: list[object]) -> None:
    files = [{"bytes": b""}] * 2
    with pytest.raises(ScmgenError, match="labels are names, or numbers from 0 on"):
        sources._classes(labels, "here")
    parquet.write_table(arrow.table({"image": files, "label": ["a", "b"]}), tmp_path / "a.parquet")
    with pytest.raises(ScmgenError, match=r"a\.parquet, row 0: is no PNG, JPEG"):
        sources.read("b", tmp_path / "a.parquet")


@pytest.mark.parametrize(("name", "data"), [("a.npz", b"PK"), ("a.parquet", b"PAR1PAR1"), ("a.txt", b"")])
def test_a_file_that_is_damaged_or_of_no_kind_that_is_read_is_said(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ScmgenError, match=r"cannot be read: |of no kind that is read: a folder, an IDX file"):
        sources.read("b", tmp_path / name)


def test_two_files_of_images_are_not_chosen_between(tmp_path: Path) -> None:
    idx_files(tmp_path)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes((tmp_path / "train-images-idx3-ubyte").read_bytes())
    with pytest.raises(ScmgenError) as error:
        sources.read("b", tmp_path)
    said = f"{tmp_path}: holds t10k-images-idx3-ubyte, train-images-idx3-ubyte; name one of them"
    assert str(error.value) == said


@pytest.mark.parametrize("name", ["a.npz", "a.parquet", "train-images-idx3-ubyte"])
def test_no_form_waits_for_a_fifo(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(ScmgenError, match=r"is a FIFO; a regular file is needed$"):
        sources.read("b", tmp_path / name)


def test_sixteen_bits_keep_how_bright_they_are(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 32_768, np.uint16)).save(tmp_path / "a.png")
    assert (sources.read("b", tmp_path).items[0] == 128).all()


def test_labels_lie_beside_pictures_whatever_their_names_begin_with(tmp_path: Path) -> None:
    for path in list(idx_files(tmp_path).iterdir()):
        path.rename(path.with_name(f"images-of-{path.name}"))
    assert sources.read("digits", tmp_path).sum == digits().sum
