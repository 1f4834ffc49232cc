"""Coverage: a soft edge moves no area, and what lies outside of its bounds is not covered."""

from __future__ import annotations

import numpy as np
import pytest
from primitives import ARROW, TRIANGLE, area, box, disc, ellipse, ink, ring
from primitives import Mark as Primitive

from scmgen.render.coverage import bounds, coverage, line
from scmgen.render.shapes import BOX, ELLIPSE

SHAPES = [
    disc(0.5, 0.5, 0.2),
    ellipse(0.5, 0.45, 0.3, 0.12, 0.4),
    box(0.5, 0.5, 0.2, 0.1, 0.7),
    ring(0.5, 0.5, 0.25, 0.04),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_soft_edge_moves_no_area(shape: Primitive) -> None:
    assert area(shape, 64, soft=0.06) == pytest.approx(area(shape, 64), rel=0.03)
    assert ink(shape, 64, soft=0.06).max() <= 1.0


@pytest.mark.parametrize("shape", [*SHAPES, TRIANGLE, ARROW])
def test_what_is_covered_lies_within_the_bounds(shape: Primitive) -> None:
    kind, geometry = shape
    g = np.array(geometry) * 32
    if len(geometry) == 6 and shape not in (TRIANGLE,):
        g[4:] = geometry[4:]
    x0, x1, y0, y1 = bounds(kind, g, len(g), 1.0, 32, 32)
    covered = [(x, y) for x in range(32) for y in range(32) if coverage(kind, g, len(g), 1.0, x + 0.5, y + 0.5) > 0]
    assert covered
    assert all(x0 <= x < x1 and y0 <= y < y1 for x, y in covered)


@pytest.mark.parametrize("width", [1.0, 5.5])
@pytest.mark.parametrize("shape", [*SHAPES, TRIANGLE, ARROW, disc(0.93, 0.1, 0.01), box(0.5, 0.5, 0.9, 0.3, 0.0)])
def test_a_line_is_covered_as_its_pixels_are(shape: Primitive, width: float) -> None:
    kind, geometry = shape
    g = np.array(geometry) * 32
    if kind in (BOX, ELLIPSE):
        g[4:] = geometry[4:]
    for y in range(32):
        cover = np.full(32, 7.0)
        a, b = line(kind, g, len(g), width, y + 0.5, 0, 32, cover, np.empty(65))
        wanted = np.array([coverage(kind, g, len(g), width, x + 0.5, y + 0.5) for x in range(32)])
        found = np.where((np.arange(32) >= a) & (np.arange(32) < b), cover, 0.0)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-15 if kind == BOX else 0)
