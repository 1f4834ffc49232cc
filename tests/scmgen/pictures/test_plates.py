"""Plates: pictures of one size, made ready when they are needed, and what is ink in them."""

from __future__ import annotations

import numpy as np
import pytest
from digits import digits
from PIL import Image

from scmgen.errors import ScmgenError
from scmgen.pictures.bank import Bank, Pixels, bank
from scmgen.pictures.outline import STEPS
from scmgen.pictures.plates import Plate, plate


def of(*images: Image.Image) -> Bank[Pixels]:
    return bank("b", [np.asarray(image) for image in images], np.zeros(len(images), np.int64), ("",))


def inside(plate: Plate, number: int) -> np.ndarray:
    """Where a glyph has ink."""
    plate.need(number)
    return plate.cells[number].view("<i2")[..., 0] < 0


def test_only_what_is_needed_is_made_and_once() -> None:
    made = Plate(digits(), "glyph")
    made.need([3, 5, 3])
    assert np.flatnonzero(made._made).tolist() == [3, 5]
    made.cells[3] = 7
    made.need([3])
    assert (made.cells[3] == 7).all()


def test_a_bank_has_one_plate_of_a_kind() -> None:
    assert plate("digits", "glyph", "here") is plate("digits", "glyph", "there")
    assert plate("digits", "picture", "here").cells.shape == (500, 28, 28, 4)


def test_ink_is_bright_on_dark_paper_and_dark_on_light() -> None:
    ink = Image.fromarray(digits().items[0])
    light = Image.fromarray(255 - digits().items[0])
    assert np.array_equal(inside(Plate(of(ink), "glyph"), 0), inside(Plate(of(light), "glyph"), 0))


def test_ink_is_what_is_covered_where_something_is_not() -> None:
    grey = Image.fromarray(digits().items[0])
    cut = Image.merge("RGBA", [Image.new("L", grey.size, 90)] * 3 + [grey])
    assert np.array_equal(inside(Plate(of(cut), "glyph"), 0), inside(Plate(of(grey), "glyph"), 0))


def test_photographs_of_several_sizes_are_cut_to_their_middle_and_cut_outs_are_not() -> None:
    wide = Image.new("RGB", (40, 20), (255, 0, 0))
    wide.paste((0, 255, 0), (10, 0, 30, 20))
    other = Image.new("RGB", (10, 10), (0, 0, 255))
    made = Plate(of(wide, other), "picture")
    made.need([0, 1])
    assert made.extent == (40, 40)
    assert made.cells[0, 20, 20].tolist() == [0, 255, 0, 255] and made.cells[0, 20, 1].tolist()[:2] != [255, 0]
    clear = Plate(of(wide.convert("RGBA"), Image.new("RGBA", (10, 10))), "picture")
    clear.need([0])
    assert clear.cells[0, 2, 20, 3] == 0 and clear.cells[0, 20, 1].tolist() == [255, 0, 0, 255]


def test_widths_are_shares_of_the_height_and_grow_with_the_ink() -> None:
    made = Plate(digits(), "glyph")
    widths = made.widths(np.arange(40))
    assert ((widths > 1.5 / 28) & (widths < 5.5 / 28)).all()
    assert made.widths([7, 7, 2]).tolist() == [widths[7], widths[7], widths[2]]
    assert np.abs(made.slants(np.arange(40))).max() < 0.8


def test_what_is_no_picture_is_said() -> None:
    with pytest.raises(ScmgenError, match=r"^pictures 'digits': no picture 40; they are numbered from 0 to 39$"):
        Plate(digits(), "glyph").need([40])


def test_distances_are_steps_of_a_pixel() -> None:
    made = Plate(digits(), "glyph")
    made.need([0])
    field = made.cells[0].view("<i2")[..., 0].astype(float) / STEPS
    slopes = np.abs(np.diff(field, axis=1)) * made.finer
    assert 0.9 < np.quantile(slopes, 0.95) <= 1.01


def test_glyphs_of_several_sizes_are_whole() -> None:
    digit = Image.fromarray(digits().items[0])
    wide = Image.new("L", (56, 28))
    wide.paste(digit, (28, 0))
    made = Plate(of(wide, Image.new("L", (28, 28))), "glyph")
    assert made.extent == (56, 56)
    share = inside(made, 0).sum() / inside(Plate(of(digit), "glyph"), 0).sum()
    assert share == pytest.approx(1, abs=0.05)
