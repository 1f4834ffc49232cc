"""Image files of strangers: what is refused before it is decoded, and in which words."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scmgen.errors import ScmgenError
from scmgen.pictures import decoding


def png(width: int = 3, height: int = 2) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.zeros((height, width, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_an_image_is_open_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    with decoding.opened(path) as (file, image):
        assert image.size == (3, 2)
        file.seek(0)
        assert file.read() == png()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is no PNG, JPEG, WebP, BMP or TIFF image"),
        (b"GIF89a" + bytes(20), "is no PNG, JPEG, WebP, BMP or TIFF image"),
        (png(20_000, 5_001)[:60], "20,000 x 5,001 pixels; images of more than 100,000,000 pixels are not read"),
    ],
)
def test_what_is_no_image_or_too_large_is_refused_unread(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(ScmgenError) as error, decoding.opened(path) as (_, image):
        image.load()
    assert str(error.value) == f"{path}: {problem}"
    with pytest.raises(ScmgenError) as error, decoding.unpacked("row 1", io.BytesIO(data)) as image:
        image.load()
    assert str(error.value) == f"row 1: {problem}"


def test_a_file_that_is_gone_or_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ScmgenError, match=r"a\.png: is gone$"), decoding.opened(tmp_path / "a.png"):
        pass
    os.mkfifo(tmp_path / "b.png")
    with pytest.raises(ScmgenError, match=r"b\.png: is a FIFO; a regular file is needed$"):
        with decoding.opened(tmp_path / "b.png"):
            pass


def test_a_truncated_image_is_said_while_it_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(64, 64)[:70])
    with pytest.raises(ScmgenError, match=r"a\.png: "), decoding.opened(path) as (_, image):
        image.load()
