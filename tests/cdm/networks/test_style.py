"""The style: what is learned of colours before any training, and the bank that styles are drawn from."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import seeded as seeded

from cdm.networks.style import Style


def test_the_colours_of_settled_images_have_mean_zero_and_spread_one() -> None:
    style, images = Style(2), 0.2 + 0.05 * torch.randn(200, 3, 16, 16)
    style.settle(images)
    cells = torch.nn.functional.adaptive_avg_pool2d(images, 4).flatten(1)
    scaled = (cells - style.centre) / style.spread
    assert scaled.shape == (200, 48)
    assert torch.allclose(scaled.mean(0), torch.zeros(48), atol=1e-4)
    assert torch.allclose(scaled.std(0), torch.ones(48), atol=1e-3)


def test_colours_that_never_vary_do_not_blow_up() -> None:
    style = Style(2)
    style.settle(torch.zeros(10, 3, 16, 16))
    assert torch.isfinite(style(torch.rand(4, 3, 16, 16))).all()


def test_the_bank_holds_every_style_equally_often_and_draws_from_them() -> None:
    style, known = Style(2), torch.randn(8, 2)
    style.remember(known)
    assert all(int((style.bank == row).all(1).sum()) == len(style.bank) // 8 for row in known)
    drawn, again, other = (style.draw(30, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert all((known == row).all(1).any() for row in drawn)
    assert torch.equal(drawn, again) and not torch.equal(drawn, other)


def test_of_more_styles_than_it_holds_the_bank_keeps_no_gradient() -> None:
    style = Style(2)
    known = torch.randn(5000, 2, requires_grad=True)
    style.remember(known)
    assert torch.equal(style.bank, known[: len(style.bank)]) and not style.bank.requires_grad


def test_a_faint_tint_is_as_large_as_any_other_difference_to_the_style() -> None:
    style, tint = Style(2), torch.linspace(-1, 1, 50)
    images = 0.3 + 0.01 * tint[:, None, None, None].expand(50, 3, 16, 16)
    style.settle(images)
    with torch.no_grad():
        found = style(images)
    assert found.std(dim=0).max() > 0.05


def test_of_a_strip_each_frame_has_a_style() -> None:
    style, strips = Style(2, 2), torch.randn(8, 3, 32, 16)
    style.settle(strips)
    known = style(strips)
    style.remember(known)
    assert known.shape == (8, 4) and style.draw(3, torch.Generator()).shape == (3, 4)
    assert torch.allclose(style(strips.roll(16, 2)), known.roll(2, 1), atol=1e-5)
