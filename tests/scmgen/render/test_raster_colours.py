"""How the rasteriser mixes: colour, alpha, order, gradients and soft edges."""

from __future__ import annotations

import numpy as np
import pytest
from primitives import COLUMNS, HEXAGON, RED, Mark, box, disc, drawing, ink, one, ring, row

from scmgen.render.frame import framed
from scmgen.render.raster import paint, paint_masks
from scmgen.render.shapes import GRADIENT, Shapes, plainly, unsourced


@pytest.mark.parametrize("alpha", [0.0, 0.1, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("colour", [(0.2, 0.4, 0.6), (1.0, 0.0, 0.5)])
def test_alpha_blends_with_white(colour: tuple[float, float, float], alpha: float) -> None:
    wanted = 255 * (1 - alpha + alpha * np.array(colour))
    pixel = one(box(0.5, 0.5, 0.4, 0.4), 16, colour, alpha)[8, 8]
    assert np.abs(pixel - wanted).max() <= 0.501


def test_alpha_blends_with_what_is_below() -> None:
    below, above = box(0.5, 0.5, 0.5, 0.5), disc(0.5, 0.5, 0.4)
    rows = [[row(below, (0.2, 0.8, 0.0)), row(above, (1.0, 0.0, 0.8), 0.25)]]
    image = paint(drawing([below, above], rows), framed(32))[0]
    assert image[0, 0].tolist() == [51, 204, 0]
    assert image[16, 16].tolist() == [102, 153, 51]


def test_later_marks_lie_on_top() -> None:
    left, right = box(0.4, 0.5, 0.3, 0.3), box(0.6, 0.5, 0.3, 0.3)
    image = paint(drawing([left, right], [[row(left, RED), row(right, (0, 0, 1))]]), framed(64))[0]
    assert image[32, 32].tolist() == [0, 0, 255]
    assert image[32, 10].tolist() == [255, 0, 0]


def test_an_empty_drawing_is_white() -> None:
    shapes = Shapes(
        np.empty(0, np.int64),
        np.empty(0, np.int64),
        np.empty((2, 0, COLUMNS), np.int32),
        np.empty(0, np.uint8),
        plainly(0),
        unsourced(0),
    )
    assert (paint(shapes, framed(16)) == 255).all() and (paint_masks(shapes, framed(16)) == 0).all()


def test_an_empty_batch_is_empty() -> None:
    shapes = drawing([disc(0.5, 0.5, 0.3)], [])
    assert paint(shapes, framed(16)).shape == (0, 16, 16, 3)
    assert paint_masks(shapes, framed(16)).shape == (0, 16, 16)


@pytest.mark.parametrize("size", [16, 64])
def test_a_gradient_runs_along_its_axis(size: int) -> None:
    image = one((GRADIENT, [0.0, 0.2, 0.0, 0.8, 0.0, 0.0, 1.0]), size, RED)
    up = (np.arange(size)[::-1] + 0.5) / size
    along = np.clip((up - 0.2) / 0.6, 0, 1)
    wanted = 255 * np.stack([1 - along, 0 * along, along], axis=1)
    assert np.abs(image - wanted[:, None, :]).max() <= 0.51


def test_a_slanted_gradient_is_its_projection() -> None:
    image = one((GRADIENT, [0.1, 0.2, 0.7, 0.6, 0.2, 0.9, 1.0]), 32, (0.8, 0.1, 0.3), 0.5)
    x, y = np.meshgrid((np.arange(32) + 0.5) / 32, (np.arange(32)[::-1] + 0.5) / 32)
    along = np.clip(((x - 0.1) * 0.6 + (y - 0.2) * 0.4) / 0.52, 0, 1)[..., None]
    colour = np.array([0.8, 0.1, 0.3]) + along * (np.array([0.2, 0.9, 1.0]) - np.array([0.8, 0.1, 0.3]))
    assert np.abs(image - 255 * (0.5 + 0.5 * colour)).max() <= 0.51


def test_a_gradient_without_length_is_one_colour() -> None:
    image = one((GRADIENT, [0.5, 0.5, 0.5, 0.5, 0.0, 0.0, 1.0]), 16, RED)
    assert (image == image[0, 0]).all()


@pytest.mark.parametrize("mark", [disc(0.5, 0.5, 0.25), box(0.5, 0.5, 0.25, 0.2), ring(0.5, 0.5, 0.25, 0.1), HEXAGON])
def test_a_soft_edge_is_a_ramp_of_its_width(mark: Mark) -> None:
    hard, soft = ink(mark, 128), ink(mark, 128, soft=0.1)
    changed = np.count_nonzero((soft > 0.01) & (soft < 0.99))
    assert changed > 4 * np.count_nonzero((hard > 0.01) & (hard < 0.99))
    assert soft.sum() == pytest.approx(hard.sum(), rel=0.03)


def test_a_soft_edge_falls_in_a_straight_line() -> None:
    profile = ink(box(0.5, 0.5, 0.25, 0.4), 128, soft=16 / 128)[64, 64:]
    x = (np.arange(64) + 0.5) / 128
    wanted = np.clip(0.5 + (0.25 - x) * 8, 0, 1)
    np.testing.assert_allclose(profile, wanted, atol=0.003)


def test_softness_below_a_pixel_changes_nothing() -> None:
    np.testing.assert_array_equal(one(disc(0.5, 0.5, 0.3), 64), one(disc(0.5, 0.5, 0.3), 64, soft=0.9 / 64))
