"""Plots of an audit: a picture for each question, whose size follows from the factors and distributions."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from sound_scene import dataset

from scmgen.checks.audit import Audit, audit

plots = pytest.importorskip("scmgen.publish.audit.plots", reason="matplotlib is in the extra report")

SPLITS = [{"name": "train", "share": 0.5}, {"name": "test", "share": 0.5, "replace": {"shape": "category(1, 0)"}}]
PLOTS = [plots.traversals, plots.marginals, plots.support, plots.correlations]


@pytest.fixture(scope="module")
def done() -> Audit:
    """Give the audit of a sound scene with four factors, one of each type, in one distribution."""
    return audit(dataset(), 300)


def opened(picture: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(io.BytesIO(picture)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("plot", PLOTS)
def test_a_plot_is_no_empty_picture_and_equal_on_each_run(plot: Callable[[Audit], bytes], done: Audit) -> None:
    picture = plot(done)
    assert plot(done) == picture
    pixels = opened(picture)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20
    assert (pixels[0] == 255).all()


def test_a_dark_plot_has_the_paper_of_dark_pages_and_the_same_size(done: Audit) -> None:
    light, dark = (opened(plots.marginals(done, theme)) for theme in (plots.LIGHT, plots.DARK))
    assert light.shape == dark.shape and (dark[0] == [0x13, 0x17, 0x1D]).all() and dark.mean() < 60 < light.mean()


def test_traversals_show_the_images_of_each_factor_from_low_to_high(done: Audit) -> None:
    pixels = opened(plots.traversals(done))
    ground = (np.abs(pixels.astype(int) - [229, 229, 178]) <= [1, 1, 51]).all(axis=-1)  # the scene's fill
    assert 0.2 < ground.mean() < 0.9
    assert pixels.shape[0] == pytest.approx(150 * 1.32 * 4, abs=2)


def test_each_distribution_has_a_map_of_correlations(done: Audit) -> None:
    split = audit(dataset(splits=SPLITS), 300)
    assert len(split.populations) == 2
    one, two = (opened(plots.correlations(some)) for some in (done, split))
    assert two.shape[1] > 1.7 * one.shape[1]


def test_values_beyond_the_range_are_plotted_too(done: Audit) -> None:
    from sound_scene import factor

    narrow = audit(dataset(factor("length", range=[0.2, 0.3])), 300)
    assert plots.marginals(narrow) != plots.marginals(done)
