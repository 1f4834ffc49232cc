"""The draft: what it hears of dropped factors and of the style."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import CODE
from factors import seeded as seeded

from cdm.networks.conditioning import WIDTH, Tokens
from cdm.networks.draft import Draft

VALUES = torch.tensor([[3.0, 10.0, 0.0], [5.0, 200.0, 2.0]])


def _draft(size: int = 16) -> Draft:
    """One that says something, as untrained ones do not."""
    draft = Draft(3, size, 2)
    torch.nn.init.normal_(draft.leave.weight)
    return draft


def test_an_untrained_draft_is_grey() -> None:
    assert not Draft(3, 16, 2)(torch.randn(2, 3, WIDTH), torch.randn(2, 2)).any()


@pytest.mark.parametrize("factor", range(3))
def test_a_dropped_factor_is_silent_in_all_numbers_of_its_code(factor: int) -> None:
    tokens, draft, style = Tokens(CODE, torch.zeros(3, 3)), _draft(), torch.zeros(2, 2)
    codes = CODE.encode(VALUES)
    codes[1] = torch.where(CODE.owner == factor, codes[1], codes[0])  # they differ in this factor alone
    dropped = torch.zeros(2, 3, dtype=torch.bool)
    with torch.no_grad():
        heard = draft(tokens(codes, dropped), style)
        dropped[:, factor] = True
        silent = draft(tokens(codes, dropped), style)
    assert (heard[0] - heard[1]).abs().max() > 1e-3
    assert torch.allclose(silent[0], silent[1], atol=1e-4)


def test_a_factor_that_is_dropped_is_not_one_whose_code_is_zero() -> None:
    tokens, codes = Tokens(CODE, torch.zeros(3, 3)), torch.zeros(1, CODE.width)
    with torch.no_grad():
        draft, style = _draft(), torch.zeros(1, 2)
        apart = draft(tokens(codes, torch.tensor([[True, False, False]])), style) - draft(tokens(codes), style)
    assert apart.abs().max() > 1e-4


def test_each_number_of_the_style_changes_the_whole_picture() -> None:
    draft, tokens = _draft(32), torch.randn(1, 3, WIDTH)
    with torch.no_grad():
        plain = draft(tokens, torch.zeros(1, 2))
        for style in torch.eye(2):
            assert ((draft(tokens, style[None]) - plain).abs().amax(1) > 0).float().mean() > 0.99


@pytest.mark.parametrize("size", [16, 17, 20, 28, 32, 33, 48, 64, 100, 128])
def test_a_draft_has_the_size_of_the_images(size: int) -> None:
    assert Draft(3, size, 2)(torch.zeros(2, 3, WIDTH), torch.zeros(2, 2)).shape == (2, 3, size, size)


def test_tokens_of_two_frames_are_drawn_as_a_strip() -> None:
    draft, tokens, style = _draft(), torch.randn(2, 6, WIDTH), torch.randn(2, 4)
    strips = draft(tokens, style)
    assert strips.shape[2] == 2 * strips.shape[3]
    last = draft(tokens[:, 3:], style[:, 2:])
    assert torch.allclose(strips[:, :, strips.shape[3] :], last, atol=1e-5)
