"""A test of dependence for blocks of numbers: its level, its power, and factors that tell nothing."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from causes import MIXED, NUMBERS, mixed
from factors import seeded as seeded

from cdm.discovery.dependence import BlockTest


def test_the_test_of_blocks_keeps_its_level_and_has_power() -> None:
    draw = torch.Generator().manual_seed(0)
    levels = []
    for seed in range(60):
        values = torch.stack([torch.randint(0, 3, (500,), generator=draw), *torch.rand(2, 500, generator=draw)], 1)
        codes = MIXED.encode(values * torch.tensor([1.0, 360.0, 1.0])).double().numpy()
        levels.append(BlockTest(MIXED, codes, seed)(0, 1, (2,)))
    assert 0 <= sum(p < 0.05 for p in levels) <= 8
    test = BlockTest(MIXED, mixed(1000).before.double().numpy(), 0)
    assert test(0, 1) < 1e-6 and test(0, 2) < 1e-6  # a level moves the angle, and through it the size
    assert test(0, 2, (1,)) > 0.01


def test_a_factor_that_never_moves_tells_nothing() -> None:
    codes = torch.cat([torch.randn(200, 3), torch.zeros(200, 1)], 1).double().numpy()
    assert BlockTest(NUMBERS, codes, 0)(0, 3) == 1.0
    assert BlockTest(NUMBERS, codes[:, [0, 1, 0, 3]], 0)(0, 1, (2,)) == 1.0  # a copy is known: nothing is left
