"""What a denoiser sees and says becomes an image: reference, draft, residual, gate and blend."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import seeded as seeded
from torch import nn

from cdm.networks.pictures import DRAWN, SEEN, Pictures, alone, composed, zero


def _pictures() -> Pictures:
    """A reference of which the right half is open; its draft is right but for the first column."""
    reference = torch.full((1, 3, 4, 4), 0.5)
    draft = reference.clone()
    draft[..., 0] = -0.5
    hidden = torch.zeros(1, 1, 4, 4, dtype=torch.bool)
    hidden[..., 2:] = True
    return Pictures(draft, reference.masked_fill(hidden, 0.0), torch.full((1, 3, 4, 4), 0.5), hidden)


def _said(gate: float, residual: float = 0.0, blend: float = 9.0) -> torch.Tensor:
    said = torch.full((1, DRAWN, 4, 4), residual)
    said[:, 3], said[:, 4] = gate, blend
    return said


def test_a_shut_gate_shows_the_reference_and_an_open_one_draft_and_residual() -> None:
    pictures = _pictures()
    shut, wide = composed(_said(-9.0, 0.1), pictures), composed(_said(9.0, 0.1), pictures)
    assert torch.equal(shut[..., :2], pictures.reference[..., :2])
    assert torch.allclose(wide, pictures.draft + 0.1, atol=1e-6)


def test_an_open_gate_may_show_what_the_residual_makes_of_the_reference() -> None:
    pictures = _pictures()
    kept, half = (composed(_said(9.0, 0.1, blend), pictures) for blend in (-9.0, 0.0))
    assert torch.allclose(kept[..., :2], pictures.reference[..., :2] + 0.1, atol=1e-6)
    assert torch.allclose(half[..., :2], (pictures.reference + pictures.draft)[..., :2] / 2 + 0.1, atol=1e-6)
    assert torch.equal(kept[..., 2:], (pictures.draft + 0.1)[..., 2:])  # where nothing is seen, there is but the draft


def test_a_gate_that_is_shut_can_learn_to_open() -> None:
    said = _said(-2.0).requires_grad_()
    composed(said, _pictures())[..., 0].sum().backward()
    assert said.grad is not None and said.grad[:, 3, :, 0].abs().min() > 0


def test_where_nothing_is_seen_something_is_drawn_whatever_the_gate_says() -> None:
    pictures = _pictures()
    assert torch.equal(composed(_said(-9.0, 0.1), pictures)[..., 2:], (pictures.draft + 0.1)[..., 2:])
    draft = torch.randn(1, 3, 4, 4)
    assert torch.equal(composed(_said(-9.0), alone(draft)), draft)


def test_untrained_it_draws_where_drafts_differ_and_leaves_the_rest() -> None:
    pictures = _pictures()
    image = composed(_said(0.0), pictures)
    assert torch.allclose(image[..., 0], pictures.draft[..., 0], atol=1e-3)
    assert torch.equal(image[..., 1], pictures.reference[..., 1])


def test_without_a_gate_the_change_of_the_drafts_is_added() -> None:
    pictures = _pictures()
    added = composed(_said(0.0, 0.1), pictures, gated=False)
    assert torch.allclose(added[..., :2], (pictures.reference + pictures.draft - pictures.before + 0.1)[..., :2])
    assert torch.equal(added[..., 2:], (pictures.draft + 0.1)[..., 2:])


def test_all_of_it_is_seen() -> None:
    seen = _pictures().seen
    assert seen.shape == (1, SEEN, 4, 4)
    assert seen[0, -1].tolist() == [[0.0, 0.0, 1.0, 1.0]] * 4


def test_a_zeroed_layer_says_nothing() -> None:
    assert not zero(nn.Linear(3, 2))(torch.ones(1, 3)).any()
