"""Coverage against closed-form areas, blending, orientation, and what must not matter."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scmgen.render.raster import paint, paint_masks
from scmgen.render.renderer import Pixels
from scmgen.render.shapes import BOX, ELLIPSE, FILL, FURTHEST, GRADIENT, POLYGON, RING, Shapes, fixed

Mark = tuple[int, list[float]]  # kind, geometry in unit coordinates

SIZES = [16, 64, 512]
BLACK = (0.0, 0.0, 0.0)
RED = (1.0, 0.0, 0.0)
COLUMNS = 40


def rotated(angle: float) -> list[float]:
    return [np.cos(angle), np.sin(angle)]


def disc(x: float, y: float, r: float) -> Mark:
    return ELLIPSE, [x, y, r, r, 1, 0]


def ellipse(x: float, y: float, rx: float, ry: float, angle: float = 0.0) -> Mark:
    return ELLIPSE, [x, y, rx, ry, *rotated(angle)]


def box(x: float, y: float, half_width: float, half_height: float, angle: float = 0.0) -> Mark:
    return BOX, [x, y, half_width, half_height, *rotated(angle)]


def ring(x: float, y: float, r: float, half: float) -> Mark:
    return RING, [x, y, r, half]


def polygon(*corners: tuple[float, float]) -> Mark:
    return POLYGON, [number for corner in corners for number in corner]


def row(mark: Mark, colour: tuple[float, float, float] = BLACK, alpha: float = 1.0, soft: float = 0.0) -> list[float]:
    values = [alpha, *colour, soft, *mark[1]]
    return values + [0.0] * (COLUMNS - len(values))


def drawing(marks: list[Mark], rows: list[list[list[float]]], groups: list[int] | None = None) -> Shapes:
    """A batch: ``rows[i][k]`` is mark k of sample i."""
    return Shapes(
        kinds=np.array([kind for kind, _ in marks], np.int64),
        lengths=np.array([len(geometry) for _, geometry in marks], np.int64),
        rows=fixed(np.array(rows, np.float64).reshape(len(rows), len(marks), COLUMNS)),
        groups=np.array(groups or range(1, len(marks) + 1), np.uint8),
    )


def one(
    mark: Mark, size: int, colour: tuple[float, float, float] = BLACK, alpha: float = 1.0, soft: float = 0.0
) -> Pixels:
    image: Pixels = paint(drawing([mark], [[row(mark, colour, alpha, soft)]]), size)[0]
    return image


def ink(mark: Mark, size: int, soft: float = 0.0) -> NDArray[np.float64]:
    """Share of each pixel that a black shape covers, read from the image."""
    return 1.0 - one(mark, size, soft=soft)[..., 0] / 255.0


def area(mark: Mark, size: int, soft: float = 0.0) -> float:
    return float(ink(mark, size, soft).sum()) / size**2


def shoelace(geometry: list[float]) -> float:
    x, y = np.array(geometry[::2]), np.array(geometry[1::2])
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


TRIANGLE = polygon((0.1, 0.15), (0.85, 0.3), (0.4, 0.9))
ARROW = polygon((0.1, 0.1), (0.9, 0.5), (0.1, 0.9), (0.35, 0.5))
HEXAGON = polygon(*[(0.5 + 0.38 * np.cos(a), 0.5 + 0.38 * np.sin(a)) for a in np.arange(6) * np.pi / 3 + 0.2])
AREAS: list[tuple[str, Mark, float]] = [
    ("disc", disc(0.5, 0.5, 0.3), np.pi * 0.09),
    ("disc off the grid", disc(0.47, 0.513, 0.21), np.pi * 0.21**2),
    ("ellipse", ellipse(0.5, 0.5, 0.4, 0.25), np.pi * 0.4 * 0.25),
    ("turned ellipse", ellipse(0.52, 0.49, 0.4, 0.2, 0.7), np.pi * 0.4 * 0.2),
    ("box", box(0.5, 0.5, 0.3, 0.2), 0.24),
    ("box off the grid", box(0.513, 0.47, 0.307, 0.189), 4 * 0.307 * 0.189),
    ("turned box", box(0.5, 0.5, 0.3, 0.2, 0.5), 0.24),
    ("turned square", box(0.5, 0.5, 0.25, 0.25, 0.6), 0.25),
    ("thin bar", box(0.5, 0.5, 0.4, 0.005, 0.3), 4 * 0.4 * 0.005),
    ("ring", ring(0.5, 0.5, 0.3, 0.08), np.pi * (0.38**2 - 0.22**2)),
    ("thin ring", ring(0.5, 0.5, 0.35, 0.01), np.pi * (0.36**2 - 0.34**2)),
    ("triangle", TRIANGLE, shoelace(TRIANGLE[1])),
    ("concave polygon", ARROW, shoelace(ARROW[1])),
    ("hexagon", HEXAGON, shoelace(HEXAGON[1])),
    ("square polygon", polygon((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)), 0.36),
]


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


# Colour, alpha, order


@pytest.mark.parametrize("alpha", [0.0, 0.1, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("colour", [(0.2, 0.4, 0.6), (1.0, 0.0, 0.5)])
def test_alpha_blends_with_white(colour: tuple[float, float, float], alpha: float) -> None:
    wanted = 255 * (1 - alpha + alpha * np.array(colour))
    pixel = one(box(0.5, 0.5, 0.4, 0.4), 16, colour, alpha)[8, 8]
    assert np.abs(pixel - wanted).max() <= 0.501


def test_alpha_blends_with_what_is_below() -> None:
    below, above = box(0.5, 0.5, 0.5, 0.5), disc(0.5, 0.5, 0.4)
    rows = [[row(below, (0.2, 0.8, 0.0)), row(above, (1.0, 0.0, 0.8), 0.25)]]
    image = paint(drawing([below, above], rows), 32)[0]
    assert image[0, 0].tolist() == [51, 204, 0]
    assert image[16, 16].tolist() == [102, 153, 51]


def test_later_marks_lie_on_top() -> None:
    left, right = box(0.4, 0.5, 0.3, 0.3), box(0.6, 0.5, 0.3, 0.3)
    image = paint(drawing([left, right], [[row(left, RED), row(right, (0, 0, 1))]]), 64)[0]
    assert image[32, 32].tolist() == [0, 0, 255]
    assert image[32, 10].tolist() == [255, 0, 0]


def test_an_empty_drawing_is_white() -> None:
    shapes = Shapes(
        np.empty(0, np.int64), np.empty(0, np.int64), np.empty((2, 0, COLUMNS), np.int32), np.empty(0, np.uint8)
    )
    assert (paint(shapes, 16) == 255).all() and (paint_masks(shapes, 16) == 0).all()


def test_an_empty_batch_is_empty() -> None:
    shapes = drawing([disc(0.5, 0.5, 0.3)], [])
    assert paint(shapes, 16).shape == (0, 16, 16, 3)
    assert paint_masks(shapes, 16).shape == (0, 16, 16)


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


# Soft edges


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


# Out of the frame, and degenerate

ABROAD = [(2.0, 0.5), (-1.0, 0.5), (0.5, 3.0), (0.5, -2.0), (1e3, -1e3), (1e9, 1e9), (-1e300, 0.5)]


@pytest.mark.parametrize(("x", "y"), ABROAD)
def test_shapes_out_of_the_frame_draw_nothing(x: float, y: float) -> None:
    marks = [disc(x, y, 0.3), ellipse(x, y, 0.4, 0.2, 0.5), box(x, y, 0.3, 0.3, 0.5), ring(x, y, 0.3, 0.1)]
    marks.append(polygon((x, y), (x + 0.1, y), (x, y + 0.1)))
    for mark, size in itertools.product(marks, [16, 512]):
        assert (one(mark, size) == 255).all()
        assert (paint_masks(drawing([mark], [[row(mark)]]), size) == 0).all()


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


def test_fixed_point_rounds_and_clips() -> None:
    values = np.array([0.0, 0.25, 1.0, -2.0, 2.0**-21, 3 * 2.0**-21, 1e30, -1e30])
    far = int(FURTHEST) * 2**20
    assert fixed(values).tolist() == [0, 2**18, 2**20, -(2**21), 0, 2, far, -far]
    assert fixed(values).dtype == np.int32


def test_last_bits_of_a_coordinate_change_no_pixel() -> None:
    x = 0.3712
    np.testing.assert_array_equal(one(disc(x, 0.5, 0.2), 64), one(disc(np.nextafter(x, 1), 0.5, 0.2), 64))


# Masks


@pytest.mark.parametrize(("mark", "size"), list(itertools.product([case[1] for case in AREAS], [16, 64])))
def test_masks_agree_with_the_painting(mark: Mark, size: int) -> None:
    mask = paint_masks(drawing([mark], [[row(mark)]], [7]), size)[0]
    covered = ink(mark, size)
    assert set(np.unique(mark_values(mask, covered > 0.505))) <= {7}
    assert set(np.unique(mark_values(mask, covered < 0.495))) <= {0}


def mark_values(mask: Pixels, where: NDArray[np.bool_]) -> Pixels:
    chosen: Pixels = mask[where]
    return chosen


def test_the_topmost_group_owns_a_pixel() -> None:
    marks: list[Mark] = [(FILL, []), box(0.4, 0.5, 0.2, 0.2), box(0.6, 0.5, 0.2, 0.2)]
    mask = paint_masks(drawing(marks, [[row(mark) for mark in marks]], [0, 5, 9]), 20)[0]
    wanted = np.zeros((20, 20), np.uint8)
    wanted[6:14, 4:12] = 5
    wanted[6:14, 8:16] = 9
    np.testing.assert_array_equal(mask, wanted)


def test_a_mark_without_a_group_hides_what_is_below() -> None:
    below, above = box(0.5, 0.5, 0.4, 0.4), box(0.5, 0.5, 0.2, 0.2)
    mask = paint_masks(drawing([below, above], [[row(below), row(above)]], [3, 0]), 20)[0]
    assert mask[10, 10] == 0 and mask[10, 3] == 3


@pytest.mark.parametrize(("alpha", "owner"), [(0.0, 3), (0.4, 3), (0.6, 4), (1.0, 4)])
def test_a_faint_mark_owns_nothing(alpha: float, owner: int) -> None:
    below, above = box(0.5, 0.5, 0.4, 0.4), box(0.5, 0.5, 0.2, 0.2)
    mask = paint_masks(drawing([below, above], [[row(below), row(above, alpha=alpha)]], [3, 4]), 20)[0]
    assert mask[10, 10] == owner


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
    images, masks = paint(whole, size), paint_masks(whole, size)
    order = np.random.default_rng(seed).permutation(6)
    mixed = Shapes(whole.kinds, whole.lengths, np.ascontiguousarray(whole.rows[order]), whole.groups)
    np.testing.assert_array_equal(paint(mixed, size), images[order])
    for i in range(6):
        alone = Shapes(whole.kinds, whole.lengths, whole.rows[i : i + 1], whole.groups)
        np.testing.assert_array_equal(paint(alone, size)[0], images[i])
        np.testing.assert_array_equal(paint_masks(alone, size)[0], masks[i])


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_any_numbers_are_drawn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.standard_cauchy((2, len(MARKS), COLUMNS)) * rng.choice([0, 0.3, 1e3], (2, len(MARKS), COLUMNS))
    rows[:, :, :5] = rng.uniform(0, 1, (2, len(MARKS), 5))
    shapes = drawing(MARKS, rows.tolist())
    before = shapes.rows.copy()
    assert paint(shapes, 16).shape == (2, 16, 16, 3)
    assert paint_masks(shapes, 16).max() <= len(MARKS)
    np.testing.assert_array_equal(shapes.rows, before)


def test_columns_behind_the_geometry_mean_nothing() -> None:
    mark = disc(0.5, 0.5, 0.3)
    plain = row(mark)
    noisy = [*plain[:11], *([0.77] * (COLUMNS - 11))]
    images = paint(drawing([mark], [[plain], [noisy]]), 32)
    np.testing.assert_array_equal(images[0], images[1])
