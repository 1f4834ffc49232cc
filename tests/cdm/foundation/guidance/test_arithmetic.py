"""Maps, masks and sums with answers that were worked out by hand."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.foundation.guidance import arithmetic


def test_a_map_is_high_where_it_is_not_below_its_own_quantile() -> None:
    ten = torch.arange(10.0).view(1, 1, 2, 5)
    both = torch.cat([ten, 100 - ten], dim=1)
    high = arithmetic.over(both, 0.7)  # the quantile lies at 6.3, and at 97.3
    assert high[0, 0].flatten().tolist() == [False] * 7 + [True] * 3
    assert high[0, 1].flatten().tolist() == [True] * 3 + [False] * 7
    assert arithmetic.over(both, 0.0).all()


def test_smoothing_keeps_what_is_even_and_spreads_a_point() -> None:
    even, point = torch.full((1, 2, 4, 4), 3.0), torch.zeros(1, 1, 5, 5)
    point[0, 0, 2, 2] = 1
    assert torch.allclose(arithmetic.smoothed(even), even)
    spread, side = arithmetic.smoothed(point)[0, 0], math.exp(-1) / (1 + 2 * math.exp(-1))
    assert float(spread[2, 1]) == pytest.approx(side * (1 - 2 * side)) and float(spread[1, 1]) == pytest.approx(side**2)
    assert float(spread.sum()) == pytest.approx(1)


def test_a_mask_is_where_both_maps_are_high() -> None:
    looks = torch.tensor([[[[0.0, 1.0, 2.0, 3.0]]]])
    differences = torch.tensor([[[[0.0, -5.0, 0.1, 2.0]], [[0.0, 0.0, 0.1, -2.0]]]])
    assert arithmetic.strength(differences).flatten().tolist() == pytest.approx([0, 5, 0.2, 4])
    assert arithmetic.mask(looks, differences, 0.5).flatten().tolist() == [False, False, False, True]


def test_edits_are_added_within_their_masks_to_the_pictures_that_they_belong_to() -> None:
    base = torch.tensor([[[[1.0, 2.0]]], [[[3.0, 4.0]]]])
    differences = torch.tensor([[[[10.0, 10.0]]], [[[1.0, 1.0]]], [[[5.0, 7.0]]]])
    masks = torch.tensor([[[[True, False]]], [[[True, True]]], [[[False, True]]]])
    guided = arithmetic.guided(base, differences, masks, torch.tensor([0, 0, 1]), 2.0)
    assert guided.tolist() == [[[[1.0 + 20 + 2, 2.0 + 2]]], [[[3.0, 4.0 + 14]]]]
