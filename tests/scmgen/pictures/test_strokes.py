"""The width of strokes and their slant, against figures whose own are known, and as another library thins them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from digits import pictures
from numpy.typing import NDArray

from scmgen.pictures import strokes
from scmgen.pictures.outline import field


def bar(width: float, lean: float = 0.0) -> NDArray[np.uint8]:
    """A bar of this width, drawn finely and reduced."""
    y, x = np.mgrid[0:280, 0:280] / 10 + 0.05
    ink = (np.abs(x - 14 - (14 - y) * math.tan(lean)) < width / 2) & (np.abs(y - 14) < 11)
    return np.rint(255 * ink.reshape(28, 10, 28, 10).mean(axis=(1, 3))).astype(np.uint8)


@pytest.mark.parametrize("width", [2.0, 3.5, 5.0])
def test_a_bar_is_as_wide_as_it_is(width: float) -> None:
    assert strokes.width(field(bar(width), 2, 3, 7), 2) == pytest.approx(width, abs=0.3)


def test_a_wider_bar_is_wider_by_as_much() -> None:
    narrow, wide = (strokes.width(field(bar(width, 0.3), 2, 3, 7), 2) for width in (2.5, 4.0))
    assert wide - narrow == pytest.approx(1.5 * math.cos(0.3), abs=0.15)  # a place is a quarter of a pixel


@pytest.mark.parametrize("lean", [-0.4, 0.0, 0.3])
def test_a_bar_leans_as_far_as_it_does(lean: float) -> None:
    assert strokes.slant(bar(2.0, lean)) == pytest.approx(lean, abs=0.02)


def test_without_ink_there_is_neither() -> None:
    nothing = np.zeros((28, 28), np.uint8)
    assert strokes.width(field(nothing, 2, 3, 7), 2) == 0.0 and strokes.slant(nothing) == 0.0


def test_lines_are_thinned_to_one_place_and_stay_in_one_piece() -> None:
    from scipy import ndimage

    for image in pictures()[0]:
        ink = np.pad(image > 127, 1)
        line = ink.copy()
        strokes._thin(line, np.zeros_like(line))
        assert line.sum() < ink.sum() and not (line & ~ink).any()
        squares = line[:-1, :-1] & line[1:, :-1] & line[:-1, 1:] & line[1:, 1:]
        assert squares.sum() <= 1  # where two lines cross; scikit-image leaves it, too
        eight = np.ones((3, 3))
        assert ndimage.label(line, eight)[1] == ndimage.label(ink, eight)[1]
