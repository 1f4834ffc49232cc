"""The painter: one change is drawn by the part of its target, whatever the size of the image."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import CODE
from factors import seeded as seeded

from cdm.networks.painter import Painter, message, unexplained


@pytest.mark.parametrize("size", [16, 32, 64])
def test_a_change_of_every_factor_is_drawn_at_every_size(size: int) -> None:
    painter, images = Painter(CODE, size), torch.randn(4, 3, size, size)
    for target, factor in enumerate(CODE.factors):
        old, new = torch.randn(2, 4, factor.width)
        assert painter(images, target, message(old, new)).shape == images.shape


def test_only_the_part_of_the_target_learns_from_its_pairs() -> None:
    painter, images = Painter(CODE, 16), torch.randn(4, 3, 16, 16)
    painter(images, 1, message(*torch.randn(2, 4, 2))).square().sum().backward()
    parts = [all(p.grad is not None and p.grad.any() for p in part.parameters()) for part in painter.draw]
    assert parts == [False, True, False]


def test_another_value_is_another_picture_of_the_same_image() -> None:
    painter, images = Painter(CODE, 16), torch.zeros(1, 3, 16, 16)
    with torch.no_grad():
        low, high, again = (painter(images, 0, torch.tensor([[new, 0.1]])) for new in (-0.5, 0.5, -0.5))
    assert torch.equal(low, again)
    assert (low - high).abs().max() > 1e-4


def test_a_message_holds_the_new_code_as_it_is() -> None:
    old, new = torch.randn(2, 50, 3)
    said = message(old, new)
    assert torch.equal(said[:, :3], new)
    change = (new - old).flatten()
    assert torch.corrcoef(torch.stack([said[:, 3:].flatten(), change]))[0, 1] == pytest.approx(1, abs=1e-5)


def test_a_painter_that_does_harm_leaves_more_unexplained_than_there_was() -> None:
    before, after = torch.zeros(1, 3, 8, 8), torch.ones(1, 3, 8, 8)
    assert float(unexplained(-after, before, after)) == pytest.approx(4)
    assert torch.isfinite(unexplained(after, before, before))  # nothing changed, and something was painted
