"""Coverage against closed-form areas, orientation, and what must not matter."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from primitives import (
    AREAS,
    COLUMNS,
    RED,
    SIZES,
    Mark,
    area,
    box,
    disc,
    drawing,
    ellipse,
    ink,
    one,
    polygon,
    ring,
    rotated,
    row,
)

from scmgen.render.frame import framed
from scmgen.render.raster import paint, paint_masks
from scmgen.render.shapes import FILL, GRADIENT, Shapes


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("mark", "wanted"), [case[1:] for case in AREAS], ids=[case[0] for case in AREAS])
def test_coverage_adds_up_to_the_area(mark: Mark, wanted: float, size: int) -> None:
    tolerance = {16: 0.02, 64: 0.01, 512: 0.01}[size]
    assert area(mark, size) == pytest.approx(wanted, rel=tolerance)


@pytest.mark.parametrize("size", SIZES)
def test_a_fill_covers_everything(size: int) -> None:
    assert (one((FILL, []), size, RED) == [255, 0, 0]).all()


@settings(deadline=None)
@given(st.floats(0.3, 0.7), st.floats(0.3, 0.7), st.floats(0.17, 0.29), st.sampled_from([24, 64]))
def test_discs_anywhere_have_their_area(x: float, y: float, r: float, size: int) -> None:
    curvature = np.pi / 12 / size**2  # what a straight ramp adds on a curved edge
    assert area(disc(x, y, r), size) == pytest.approx(np.pi * r * r + curvature, rel=0.02)


@settings(deadline=None)
@given(st.floats(0.4, 0.6), st.floats(0.4, 0.6), st.floats(0.1, 0.25), st.floats(0.1, 0.25), st.floats(0, 7))
def test_boxes_anywhere_have_their_area(x: float, y: float, w: float, h: float, angle: float) -> None:
    assert area(box(x, y, w, h, angle), 64) == pytest.approx(4 * w * h, rel=0.015)


@pytest.mark.parametrize("size", SIZES)
def test_edges_along_the_diagonal_are_the_worst(size: int) -> None:
    diamond = box(0.5, 0.5, 0.25, 0.25, np.pi / 4)  # every edge meets every pixel in the same phase
    assert area(diamond, size) == pytest.approx(0.25, rel=0.025)


# Symmetry and orientation


@pytest.mark.parametrize("size", [16, 17, 64])
@pytest.mark.parametrize(
    "mark",
    [
        disc(0.5, 0.5, 0.3),
        ellipse(0.5, 0.5, 0.4, 0.2),
        box(0.5, 0.5, 0.31, 0.17),
        ring(0.5, 0.5, 0.3, 0.05),
        polygon((0.5, 0.1), (0.9, 0.5), (0.5, 0.9), (0.1, 0.5)),
    ],
)
def test_symmetric_shapes_give_symmetric_images(mark: Mark, size: int) -> None:
    image = one(mark, size)
    np.testing.assert_array_equal(image, image[::-1])
    np.testing.assert_array_equal(image, image[:, ::-1])


@pytest.mark.parametrize("mark", [disc(0.5, 0.5, 0.3), box(0.5, 0.5, 0.25, 0.25), ring(0.5, 0.5, 0.3, 0.05)])
def test_round_and_square_shapes_can_be_transposed(mark: Mark) -> None:
    image = one(mark, 64)
    np.testing.assert_array_equal(image, image.transpose(1, 0, 2))


@pytest.mark.parametrize(
    "mark",
    [
        disc(0.25, 0.75, 0.1),
        box(0.25, 0.75, 0.1, 0.1),
        ring(0.25, 0.75, 0.1, 0.02),
        polygon((0.2, 0.7), (0.3, 0.7), (0.25, 0.85)),
    ],
)
def test_y_points_up_and_x_to_the_right(mark: Mark) -> None:
    image = ink(mark, 64)
    assert image[:32, :32].sum() > 0
    assert image[32:].sum() == 0 and image[:, 32:].sum() == 0


def test_rotation_is_counter_clockwise() -> None:
    image = ink(box(0.5, 0.5, 0.4, 0.05, np.pi / 4), 64)
    assert image[:20, 44:].sum() > 0 and image[44:, :20].sum() > 0
    assert image[:20, :20].sum() == 0 and image[44:, 44:].sum() == 0


@pytest.mark.parametrize("angle", [0.0, 0.4, 1.1, 2.9])
def test_a_turned_box_is_its_polygon(angle: float) -> None:
    c, s = rotated(angle)
    corners = [
        (0.5 + c * u - s * v, 0.5 + s * u + c * v) for u, v in [(-0.3, -0.2), (0.3, -0.2), (0.3, 0.2), (-0.3, 0.2)]
    ]
    difference = np.abs(ink(box(0.5, 0.5, 0.3, 0.2, angle), 64) - ink(polygon(*corners), 64))
    assert difference.max() < 0.3 and difference.mean() < 0.002


def test_the_box_of_whole_pixels_is_exact() -> None:
    image = one(box(0.5, 0.25, 0.25, 0.125), 16, RED)
    wanted = np.full((16, 16, 3), 255, np.uint8)
    wanted[10:14, 4:12] = [255, 0, 0]
    np.testing.assert_array_equal(image, wanted)


def test_half_covered_pixels_are_half_blended() -> None:
    image = one(box(0.5, 0.5, 4.5 / 16, 0.25), 16)
    assert image[8, 3:13, 0].tolist() == [128, 0, 0, 0, 0, 0, 0, 0, 0, 128]


# Out of the frame, and degenerate

ABROAD = [(2.0, 0.5), (-1.0, 0.5), (0.5, 3.0), (0.5, -2.0), (1e3, -1e3), (1e9, 1e9), (-1e300, 0.5)]


@pytest.mark.parametrize(("x", "y"), ABROAD)
def test_shapes_out_of_the_frame_draw_nothing(x: float, y: float) -> None:
    marks = [disc(x, y, 0.3), ellipse(x, y, 0.4, 0.2, 0.5), box(x, y, 0.3, 0.3, 0.5), ring(x, y, 0.3, 0.1)]
    marks.append(polygon((x, y), (x + 0.1, y), (x, y + 0.1)))
    for mark, size in itertools.product(marks, [16, 512]):
        assert (one(mark, size) == 255).all()
        assert (paint_masks(drawing([mark], [[row(mark)]]), framed(size)) == 0).all()


def test_half_a_shape_is_drawn_at_the_frame() -> None:
    assert area(disc(0.0, 0.5, 0.3), 64) == pytest.approx(np.pi * 0.09 / 2, rel=0.01)
    assert area(box(1.0, 1.0, 0.25, 0.25), 64) == pytest.approx(0.0625, rel=0.01)


FLAT = [
    disc(0.5, 0.5, 0.0),
    disc(0.5, 0.5, -0.3),
    box(0.5, 0.5, 0.0, 0.2),
    box(0.5, 0.5, -0.2, 0.2),
    ring(0.5, 0.5, 0.3, 0.0),
]


@pytest.mark.parametrize("mark", FLAT)
def test_shapes_without_an_area_draw_nothing(mark: Mark) -> None:
    assert (one(mark, 64) == 255).all()


def test_shapes_larger_than_the_frame_cover_it() -> None:
    for mark in [disc(0.5, 0.5, 900.0), box(0.5, 0.5, 900.0, 900.0, 0.3), ring(0.5, 0.5, 0.0, 900.0)]:
        assert (one(mark, 16) == 0).all()


# Rows

MARKS: list[Mark] = [
    (FILL, []),
    (GRADIENT, [0.0] * 7),
    disc(0, 0, 0),
    ellipse(0, 0, 0, 0),
    box(0, 0, 0, 0),
    ring(0, 0, 0, 0),
    polygon((0, 0), (0, 0), (0, 0)),
]


def random_drawing(seed: int, n: int) -> Shapes:
    rng = np.random.default_rng(seed)
    rows = rng.uniform(0, 1, (n, len(MARKS), COLUMNS))
    rows[:, :, 4] *= 0.1
    return drawing(MARKS, rows.tolist())


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([16, 33, 64]))
def test_rows_do_not_depend_on_their_batch(seed: int, size: int) -> None:
    whole = random_drawing(seed, 6)
    images, masks = paint(whole, framed(size)), paint_masks(whole, framed(size))
    order = np.random.default_rng(seed).permutation(6)
    mixed = replace(whole, rows=np.ascontiguousarray(whole.rows[order]))
    np.testing.assert_array_equal(paint(mixed, framed(size)), images[order])
    for i in range(6):
        alone = replace(whole, rows=whole.rows[i : i + 1])
        np.testing.assert_array_equal(paint(alone, framed(size))[0], images[i])
        np.testing.assert_array_equal(paint_masks(alone, framed(size))[0], masks[i])


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_any_numbers_are_drawn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.standard_cauchy((2, len(MARKS), COLUMNS)) * rng.choice([0, 0.3, 1e3], (2, len(MARKS), COLUMNS))
    rows[:, :, :5] = rng.uniform(0, 1, (2, len(MARKS), 5))
    shapes = drawing(MARKS, rows.tolist())
    before = shapes.rows.copy()
    assert paint(shapes, framed(16)).shape == (2, 16, 16, 3)
    assert paint_masks(shapes, framed(16)).max() <= len(MARKS)
    np.testing.assert_array_equal(shapes.rows, before)


def test_columns_behind_the_geometry_mean_nothing() -> None:
    mark = disc(0.5, 0.5, 0.3)
    plain = row(mark)
    noisy = [*plain[:11], *([0.77] * (COLUMNS - 11))]
    images = paint(drawing([mark], [[plain], [noisy]]), framed(32))
    np.testing.assert_array_equal(images[0], images[1])
