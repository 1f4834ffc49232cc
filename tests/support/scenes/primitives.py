"""Single shapes in unit coordinates, painted alone or in a batch, and the areas they have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scmgen.render.frame import framed
from scmgen.render.raster import paint
from scmgen.render.renderer import Pixels
from scmgen.render.shapes import BOX, ELLIPSE, POLYGON, RING, Shapes, fixed, plainly, unsourced

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
        styles=plainly(len(marks)),
        sources=unsourced(len(marks)),
    )


def one(
    mark: Mark, size: int, colour: tuple[float, float, float] = BLACK, alpha: float = 1.0, soft: float = 0.0
) -> Pixels:
    image: Pixels = paint(drawing([mark], [[row(mark, colour, alpha, soft)]]), framed(size))[0]
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
