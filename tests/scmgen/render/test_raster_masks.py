"""Masks: which group owns a pixel."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from primitives import AREAS, Mark, box, drawing, ink, row

from scmgen.render.frame import framed
from scmgen.render.raster import paint_masks
from scmgen.render.renderer import Pixels
from scmgen.render.shapes import FILL


@pytest.mark.parametrize(("mark", "size"), list(itertools.product([case[1] for case in AREAS], [16, 64])))
def test_masks_agree_with_the_painting(mark: Mark, size: int) -> None:
    mask = paint_masks(drawing([mark], [[row(mark)]], [7]), framed(size))[0]
    covered = ink(mark, size)
    assert set(np.unique(mark_values(mask, covered > 0.505))) <= {7}
    assert set(np.unique(mark_values(mask, covered < 0.495))) <= {0}


def mark_values(mask: Pixels, where: NDArray[np.bool_]) -> Pixels:
    chosen: Pixels = mask[where]
    return chosen


def test_the_topmost_group_owns_a_pixel() -> None:
    marks: list[Mark] = [(FILL, []), box(0.4, 0.5, 0.2, 0.2), box(0.6, 0.5, 0.2, 0.2)]
    mask = paint_masks(drawing(marks, [[row(mark) for mark in marks]], [0, 5, 9]), framed(20))[0]
    wanted = np.zeros((20, 20), np.uint8)
    wanted[6:14, 4:12] = 5
    wanted[6:14, 8:16] = 9
    np.testing.assert_array_equal(mask, wanted)


def test_a_mark_without_a_group_hides_what_is_below() -> None:
    below, above = box(0.5, 0.5, 0.4, 0.4), box(0.5, 0.5, 0.2, 0.2)
    mask = paint_masks(drawing([below, above], [[row(below), row(above)]], [3, 0]), framed(20))[0]
    assert mask[10, 10] == 0 and mask[10, 3] == 3


@pytest.mark.parametrize(("alpha", "owner"), [(0.0, 3), (0.4, 3), (0.6, 4), (1.0, 4)])
def test_a_faint_mark_owns_nothing(alpha: float, owner: int) -> None:
    below, above = box(0.5, 0.5, 0.4, 0.4), box(0.5, 0.5, 0.2, 0.2)
    mask = paint_masks(drawing([below, above], [[row(below), row(above, alpha=alpha)]], [3, 4]), framed(20))[0]
    assert mask[10, 10] == owner
