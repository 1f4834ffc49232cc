"""Images laid out on a sheet."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from scmgen.pictures.sheet import encode, lay


def shades(*values: int, size: tuple[int, int] = (128, 128)) -> np.ndarray:
    return np.stack([np.full((*size, 3), value, np.uint8) for value in values])


def test_worlds_stand_side_by_side_and_samples_in_columns() -> None:
    sheet = np.asarray(lay("name", "note", [shades(10, 30, 50), shades(20, 40, 60)], [["a"], ["b"], ["c"]], 2))
    seen = sheet[44 + 64, [12 + 64, 144 + 64, 12 + 276 + 64, 144 + 276 + 64], 0]
    assert seen.tolist() == [10, 20, 30, 40]
    assert (sheet == 60).all(2).sum() == 128 * 128  # in the second row


@pytest.mark.parametrize(("size", "tile"), [((32, 32), (128, 128)), ((600, 300), (256, 128)), ((16, 64), (128, 512))])
def test_images_are_shown_about_alike_large(size: tuple[int, int], tile: tuple[int, int]) -> None:
    sheet = np.asarray(lay("", "", [shades(77, size=size)], [[]], 3))
    assert (sheet == 77).all(2).sum() == tile[0] * tile[1]


def test_a_caption_that_is_too_long_ends_early() -> None:
    whole, cut = (np.asarray(lay("", "", [shades(0)], [["w" * count]], 1)) for count in (50, 5_000))
    assert np.array_equal(whole, cut)


def test_a_sheet_becomes_a_png() -> None:
    sheet = lay("x", "y", [shades(1)], [["z"]], 1)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode(sheet)))), np.asarray(sheet))
