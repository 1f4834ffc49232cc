"""Images of any size are read and drawn, blocks are added up, and laws diverge as the textbook says."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from torch import distributions

from cdm.methods.parts import autoencoding
from cdm.methods.parts.autoencoding import Gaussian, Painter, Reader


@pytest.mark.parametrize("size", [16, 21, 32, 100, 128])
def test_images_of_any_size_are_read_to_the_last_corner_and_drawn(size: int) -> None:
    images, reader, painter = torch.randn(2, 3, size, size), Reader(size, 5, width=8), Painter(size, 5, width=8)
    read = reader(images)
    assert read.shape == (2, 5) and painter(read).shape == images.shape
    assert not painter(read).any()  # grey, until something is learned
    images[..., -1, -1] += 9
    assert (reader(images) - read).abs().max() > 1e-5


def test_what_blocks_draw_is_added_up() -> None:
    painter = Painter(16, 2, blocks=3, width=8)
    torch.nn.init.normal_(painter.leave.weight)
    a, b = torch.randn(2, 4, 6)
    mixed = torch.cat([a[:, :2], b[:, 2:]], dim=1)
    other = torch.cat([b[:, :2], a[:, 2:]], dim=1)
    both = painter(a) + painter(b)
    assert torch.allclose(painter(mixed) + painter(other), both, atol=1e-4)
    assert not torch.allclose(painter(mixed), painter(a), atol=1e-2)


def test_divergence_and_draws_are_those_of_normal_laws() -> None:
    one, other = Gaussian(torch.randn(4, 3), torch.randn(4, 3)), Gaussian(torch.randn(4, 3), torch.randn(4, 3))
    p, q = (distributions.Normal(law.mean, (law.spread / 2).exp()) for law in (one, other))
    assert torch.allclose(one.divergence(other), distributions.kl_divergence(p, q), atol=1e-5)
    wide = Gaussian(torch.full((20000, 1), 2.0), torch.full((20000, 1), 0.7))
    drawn = wide.drawn(torch.Generator().manual_seed(0))
    assert abs(float(drawn.mean()) - 2) < 0.05 and abs(float(drawn.var().log()) - 0.7) < 0.05
    assert autoencoding.law(torch.full((1, 2), 1e6)).spread.isfinite().all()
    assert autoencoding.law(torch.tensor([[3.0, 1e6]])).spread == 8
    assert torch.equal(autoencoding.like(torch.zeros(1, 2), 4.0).spread, torch.full((1, 2), 4.0).log())


def test_surprise_is_the_squared_error_in_units_of_the_noise() -> None:
    images, drawn = torch.zeros(2, 3, 4, 4), torch.full((2, 3, 4, 4), 0.2)
    assert torch.allclose(autoencoding.surprise(images, drawn, 0.1), torch.full((2,), 48 * 0.04 / 0.02))
