"""Distances from the edge of ink: exact where the edge is known, and signed."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scmgen.pictures.outline import STEPS, field

SIDE, FINER, MARGIN, REACH = 20, 2, 3, 7


def places() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where distances are told, in pixels from the corner of the picture: rightwards and downwards."""
    line = (np.arange((SIDE + 2 * MARGIN) * FINER) + 0.5) / FINER - MARGIN
    across, down = np.meshgrid(line, line)
    return across, down


def told(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    return field(grey, FINER, MARGIN, REACH) / STEPS


def test_a_bar_has_its_edges_where_its_pixels_end() -> None:
    grey = np.zeros((SIDE, SIDE), np.uint8)
    grey[:, 8:12] = 200
    across, down = places()
    middle = (down > 5) & (down < 15)
    wanted = np.clip(np.abs(across - 10) - 2, -REACH, REACH)
    assert np.abs(told(grey) - wanted)[middle].max() <= 0.5 / STEPS


def test_a_grey_border_moves_the_edge_within_its_pixel() -> None:
    grey = np.zeros((SIDE, SIDE), np.uint8)
    grey[:, 8:12], grey[:, 12] = 200, 50  # a quarter of a pixel more, as linear interpolation has it
    across, down = places()
    here = (down > 5) & (down < 15) & (across > 11) & (across < 15)
    edge = 11.5 + (200 - 100) / (200 - 50)
    assert np.abs(told(grey) - (across - edge))[here].max() <= 0.5 / STEPS


def test_a_disc_is_as_far_away_as_its_circle_says() -> None:
    across, down = np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5)
    cover = np.clip(6.5 - np.hypot(across - 10.2, down - 9.7), 0, 1)
    x, y = places()
    wanted = np.clip(np.hypot(x - 10.2, y - 9.7) - 6, -REACH, REACH)
    assert (
        np.abs(told(np.rint(255 * cover).astype(np.uint8)) - wanted).max() < 0.12
    )  # corners of a contour of straight pieces


@pytest.mark.parametrize("turns", range(4))
def test_turning_a_picture_turns_its_distances(turns: int) -> None:
    grey = np.random.default_rng(3).integers(0, 256, (SIDE, SIDE)).astype(np.uint8)
    assert np.array_equal(np.rot90(told(grey), turns), told(np.rot90(grey, turns).copy()))


def test_without_ink_everything_is_out_of_reach() -> None:
    assert (told(np.zeros((SIDE, SIDE), np.uint8)) == REACH).all()
