"""What the encoder gives is a valid code, and what anchors it looks at the targets alone."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import TOY, both, toy_codes

from cdm.networks.encoder import Encoder, anchor


def test_the_anchor_is_zero_where_codes_are_what_was_set_and_sees_targets_only() -> None:
    _, after, mask, value = toy_codes(60)
    logits = torch.where(TOY.spread(torch.tensor([[0, 0, 1]])) > 0, 50 * after, after)
    assert float(anchor(TOY, logits, value, mask)) < 1e-6
    assert float(anchor(TOY, logits + 0.5, value, mask)) > 0.05
    off = logits + (1 - TOY.spread(mask)) * 3.0
    assert float(anchor(TOY, off, value, mask)) < 1e-6


@pytest.mark.parametrize("size", [16, 17, 20, 28, 33, 48, 100])
def test_images_of_every_side_have_codes(size: int) -> None:
    images, encoder = torch.randn(2, 3, size, size), Encoder(TOY, size)
    codes = encoder(images)
    assert codes.shape == (2, TOY.width)
    images[..., -1, -1] += 9
    assert (encoder(images) - codes).abs().max() > 1e-4  # the last corner is seen


def test_of_a_strip_each_frame_is_read_for_itself() -> None:
    strips, encoder = torch.randn(2, 3, 32, 16), Encoder(both(TOY), 16)
    codes = encoder(strips)
    alone = encoder.head(encoder.features(strips))
    assert codes.shape == (2, 2 * TOY.width) and alone.shape == (2, 2, TOY.width)
    strips[:, :, :16] += torch.randn(1)
    assert torch.equal(encoder(strips)[:, TOY.width :], codes[:, TOY.width :])  # of the last frame the last says all
    assert (
        encoder(strips.roll(16, 2))[:, : TOY.width] - codes[:, TOY.width :]
    ).abs().max() < 1e-5  # by the same weights
