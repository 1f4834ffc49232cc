"""What the encoder gives is a valid code, and what anchors it looks at the targets alone."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import TOY, toy_codes

from cdm.networks.encoder import anchor


def test_the_anchor_is_zero_where_codes_are_what_was_set_and_sees_targets_only() -> None:
    _, after, mask, value = toy_codes(60)
    logits = torch.where(TOY.spread(torch.tensor([[0, 0, 1]])) > 0, 50 * after, after)
    assert float(anchor(TOY, logits, value, mask)) < 1e-6
    assert float(anchor(TOY, logits + 0.5, value, mask)) > 0.05
    off = logits + (1 - TOY.spread(mask)) * 3.0
    assert float(anchor(TOY, off, value, mask)) < 1e-6
