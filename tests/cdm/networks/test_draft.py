"""The draft: what it hears of dropped factors and of the style."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import CODE
from factors import seeded as seeded

from cdm.data.pairs import Pairs
from cdm.networks.draft import Draft

VALUES = torch.tensor([[3.0, 10.0, 0.0], [5.0, 200.0, 2.0]])


@pytest.mark.parametrize("factor", range(3))
def test_a_dropped_factor_is_silent_in_all_numbers_of_its_code(factor: int) -> None:
    draft, codes, style = Draft(CODE, 16, 2), CODE.encode(VALUES), torch.zeros(2, 2)
    codes[1] = torch.where(CODE.owner == factor, codes[1], codes[0])  # they differ in this factor alone
    dropped = torch.zeros(2, 3, dtype=torch.bool)
    with torch.no_grad():
        heard = draft(codes, style, dropped)
        dropped[:, factor] = True
        silent = draft(codes, style, dropped)
    assert (heard[0] - heard[1]).abs().max() > 1e-3
    assert torch.allclose(silent[0], silent[1], atol=1e-6)
    assert torch.equal(draft(codes, style), heard)  # nothing is dropped unless it is said


def test_a_factor_that_is_dropped_is_not_one_whose_code_is_zero() -> None:
    draft, codes, style = Draft(CODE, 16, 2), torch.zeros(1, CODE.width), torch.zeros(1, 2)
    with torch.no_grad():
        apart = draft(codes, style, torch.tensor([[True, False, False]])) - draft(codes, style)
    assert apart.abs().max() > 1e-4


def test_each_number_of_the_style_changes_the_whole_picture() -> None:
    draft, codes = Draft(CODE, 32, 2), CODE.encode(VALUES[:1])
    with torch.no_grad():
        plain = draft(codes, torch.zeros(1, 2))
        for style in torch.eye(2):
            assert ((draft(codes, style[None]) - plain).abs().amax(1) > 0).float().mean() > 0.99


@pytest.mark.parametrize("size", [16, 17, 20, 28, 32, 33, 48, 64, 100, 128])
def test_a_draft_has_the_size_of_the_images(toy_pairs: Pairs, size: int) -> None:
    draft = Draft(toy_pairs.code, size, 2)
    assert draft(torch.zeros(2, toy_pairs.code.width), torch.zeros(2, 2)).shape == (2, 3, size, size)


def test_a_draft_hears_nothing_of_a_factor_that_is_dropped(toy_pairs: Pairs) -> None:
    draft, style = Draft(toy_pairs.code, 16, 2), torch.zeros(2, 2)
    codes = toy_pairs.code.encode(torch.tensor([[0.2, 0.5, 1.0], [0.9, 0.5, 1.0]]))  # a differs
    dropped = torch.tensor([[True, False, False]] * 2)
    with torch.no_grad():
        silent, told = draft(codes, style, dropped), draft(codes, style)
    assert torch.equal(silent[0], silent[1])
    assert not torch.equal(told[0], told[1])
    assert not torch.equal(silent[1], draft(codes, style, ~dropped)[1])
