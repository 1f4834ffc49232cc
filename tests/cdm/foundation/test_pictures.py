"""Pictures of files, and as files."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cdm.errors import CdmError
from cdm.foundation import pictures


def test_a_picture_is_read_upright_and_in_three_channels(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # seen from the right
    Image.new("L", (4, 2), 9).save(tmp_path / "grey.png")
    Image.new("RGB", (4, 2)).save(tmp_path / "turned.jpg", exif=turned)
    Image.new("RGBA", (4, 2), (1, 2, 3, 0)).save(tmp_path / "clear.webp", lossless=True)
    assert pictures.read(tmp_path / "grey.png").tolist() == [[[9] * 3] * 4] * 2
    assert pictures.read(tmp_path / "turned.jpg").shape == (4, 2, 3)
    assert pictures.read(tmp_path / "clear.webp").shape == (2, 4, 3)


def test_a_folder_is_its_pictures_by_name(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "c.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in pictures.found(tmp_path)] == ["a.png", "b.JPG"]
    assert pictures.found(tmp_path / "c.txt") == [tmp_path / "c.txt"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(CdmError, match=r"empty: holds no pictures: files that end in \.png, "):
        pictures.found(tmp_path / "empty")


def test_what_is_no_picture_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n but no more")
    Image.new("1", (8193, 1)).save(tmp_path / "wide.png")
    Image.new("RGB", (4, 4)).save(tmp_path / "x.gif")
    for name, message in (
        ("a.png", "a.png: no readable picture (PNG, JPEG, WEBP): "),
        ("x.gif", "x.gif: no readable picture (PNG, JPEG, WEBP): "),
        ("none.png", "none.png: there is no such file or folder"),
        ("wide.png", "wide.png: a picture of 8193 x 1 pixels; at most 8,192 a side are read"),
    ):
        with pytest.raises(CdmError) as caught:
            pictures.read(tmp_path / name)
        assert str(caught.value).startswith(f"{tmp_path}/{message}")


def test_a_name_of_any_bytes_can_be_written(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[31m.png"))
    path.touch()
    (found,) = pictures.found(tmp_path)
    assert pictures.called(found).encode() == b"\xef\xbf\xbd\xef\xbf\xbd[31m.png"


def test_large_pictures_are_shown_smaller_and_small_ones_as_they_are() -> None:
    image = np.random.default_rng(0).integers(0, 256, (30, 60, 3), dtype=np.uint8)
    for most, size in ((20, (20, 10)), (60, (60, 30)), (1024, (60, 30))):
        content = base64.b64decode(pictures.data_url(image, most).removeprefix("data:image/png;base64,"))
        with Image.open(io.BytesIO(content)) as shown:
            assert shown.size == size
            assert size[0] < 60 or np.array_equal(np.asarray(shown), image)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Street 1.png", "Street-1"), ("test 3", "test-3"), ("../../etc/passwd", "etc-passwd"), ("雨", "picture")],
)
def test_a_name_becomes_one_that_a_file_may_have(name: str, slug: str) -> None:
    assert pictures.slug(name) == slug
