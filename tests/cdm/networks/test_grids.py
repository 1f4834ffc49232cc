"""Patches as sequences and as pictures; images of any side on a grid."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from torch.nn import functional

from cdm.networks import grids


def test_cells_become_a_picture_row_by_row() -> None:
    cells = torch.arange(4.0)[None, :, None]
    assert grids.picture(cells).tolist() == [[[[0, 1], [2, 3]]]]
    places = grids.places(4, 16)
    assert places.shape == (16, 16)
    assert (torch.cdist(places, places) + torch.eye(16) > 0.1).all()  # no two places look alike
    assert torch.allclose(places[0, 8:], places[4, 8:]) and torch.allclose(places[0, :8], places[1, :8])


@pytest.mark.parametrize(
    ("size", "step", "side"), [(16, 16, 16), (17, 16, 32), (28, 16, 32), (33, 8, 40), (96, 16, 96)]
)
def test_the_least_side_that_steps_fill(size: int, step: int, side: int) -> None:
    assert grids.whole(size, step) == side


def test_what_was_widened_is_cut_to_what_it_was() -> None:
    images = torch.randn(2, 3, 20, 20)
    wide = grids.widened(images, 32)
    assert wide.shape == (2, 3, 32, 32)
    assert torch.equal(grids.cut(wide, 20), images)
    assert not wide[..., 20:, :].any() and not wide[..., 20:].any()


def test_images_that_need_no_more_stay_themselves() -> None:
    images = torch.randn(2, 3, 32, 32)
    assert grids.widened(images, 32) is images and grids.cut(images, 32) is images


@pytest.mark.parametrize("side", [1, 4, 7])
def test_a_doubling_is_the_convolution_of_what_is_twice_as_fine(side: int) -> None:
    torch.manual_seed(0)
    double, coarse = grids.Doubling(5, 3).double(), torch.randn(2, 5, side, side, dtype=torch.float64)
    plain = functional.conv2d(functional.interpolate(coarse, scale_factor=2.0), double.weight, double.bias, padding=1)
    assert torch.allclose(double(coarse), plain, atol=1e-12)
    taken = torch.autograd.grad(plain.square().sum(), double.weight)[0]
    assert torch.allclose(torch.autograd.grad(double(coarse).square().sum(), double.weight)[0], taken)


def test_strips_are_frames_one_below_the_other_and_back() -> None:
    strips = torch.randn(2, 3, 32, 16)
    apart = grids.frames(strips)
    assert apart.shape == (4, 3, 16, 16)
    assert torch.equal(apart[0], strips[0, :, :16]) and torch.equal(apart[1], strips[0, :, 16:])
    assert torch.equal(grids.stripped(apart, 2), strips)
    assert grids.frames(apart) is apart and grids.stripped(apart, 1) is apart
