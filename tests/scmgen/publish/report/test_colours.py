"""Changes of pixels as colours: darker is less, whatever the hue, and images are PNG files of a bounded size."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from scmgen.publish.report.colours import bar, change, coloured, fitted, png


def test_more_change_is_lighter() -> None:
    colours = coloured(np.linspace(0, 1, 50))
    assert (colours.shape, colours.dtype) == ((50, 3), np.uint8)
    lightness = colours @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(lightness) > 0).all()
    assert (lightness[0] < 10, lightness[-1] > 240) == (True, True)


def test_the_change_of_a_pixel_is_its_mean_over_channels() -> None:
    before = np.array([[[0, 0, 0], [0, 0, 0], [9, 9, 9]]], np.uint8)
    after = np.array([[[255, 255, 255], [0, 0, 51], [9, 9, 9]]], np.uint8)
    np.testing.assert_allclose(change(before, after), [[1.0, 0.2 / 3, 0.0]])
    np.testing.assert_array_equal(change(after, before), change(before, after))


@pytest.mark.parametrize(("size", "expected"), [(16, 16), (32, 32), (48, 32)])
def test_only_images_that_are_too_large_are_made_smaller(size: int, expected: int) -> None:
    images = np.full((3, size, size, 3), 77, np.uint8)
    shown = fitted(images, 32)
    assert shown.shape == (3, expected, expected, 3)
    assert (shown == 77).all()


def test_a_png_holds_the_very_pixels_and_is_the_same_on_each_run() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))), pixels)
    assert png(pixels) == png(pixels.copy())


def test_the_bar_has_round_numbers_up_to_its_top_and_a_gradient_of_its_own() -> None:
    drawn = bar(0.4, "mean change", "scale-1")
    numbers = [float(text) for text in re.findall(r"<text[^>]*>([\d.]+)</text>", drawn)]
    assert numbers == sorted(numbers)
    assert numbers[0] == 0 and 0.3 <= numbers[-1] <= 0.4
    assert drawn.count('id="scale-1"') == drawn.count('"url(#scale-1)"') == 1
    assert 'aria-label="mean change: from 0 (dark) to 0.4 (light)"' in drawn
