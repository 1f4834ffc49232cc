"""The compass: directions in closed form, and guesses that are even under a do."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from bars import moved
from torch import Tensor

from cdm.evaluation import matching
from cdm.networks.compass import Compass, coarse, directions
from cdm.scm.domains import Continuous


def _pairs(n: int) -> tuple[Tensor, Tensor, Tensor]:
    """Two independent coordinates and a third that nobody sets, before and after one of the two is set."""
    draw = torch.Generator().manual_seed(0)
    before, value = (2 * torch.rand(n, 3, generator=draw) - 1 for _ in range(2))
    mask = torch.nn.functional.one_hot(torch.randint(2, (n,), generator=draw), 3)
    return before, torch.where(mask > 0, value, before), mask[:, :2].float()


def test_the_direction_of_a_factor_is_the_coordinate_that_its_do_moves() -> None:
    before, after, mask = _pairs(2000)
    pointed, gains = directions(before, after, mask)
    shares = pointed.abs() / pointed.abs().sum(0)
    assert shares[0, 0] > 0.9 and shares[1, 1] > 0.9
    assert (gains > 0.1).all()


def test_a_coordinate_that_an_other_do_moves_as_much_is_no_direction() -> None:
    before, after, mask = _pairs(2000)
    both = torch.cat([before, before[:, :1] + before[:, 1:2]], 1), torch.cat([after, after[:, :1] + after[:, 1:2]], 1)
    pointed, _ = directions(*both, mask)
    cleaned = pointed + pointed[3] * torch.tensor([1.0, 1.0, 0.0, 0.0])[:, None]  # the sum, in terms of its parts
    assert (cleaned[1, 0] / cleaned[0, 0]).abs() < 0.05 and (cleaned[0, 1] / cleaned[1, 1]).abs() < 0.05


def test_a_factor_that_nobody_hit_has_no_direction_and_no_gain() -> None:
    before, after, mask = _pairs(200)
    rows = mask[:, 0] > 0
    pointed, gains = directions(before[rows], after[rows], mask[rows])
    assert pointed[:, 1].tolist() == [0, 0, 0] and gains[1] == 0
    assert gains[0] > 0


def test_pairs_of_several_targets_do_not_turn_the_compass() -> None:
    draw = torch.Generator().manual_seed(0)
    before, after = torch.randn(2, 100, 48, generator=draw)
    mask = torch.nn.functional.one_hot(torch.arange(100) % 2, 2).float()
    mask[60:] = 1
    first, second = Compass(2), Compass(2)
    first.settle(before, after, mask)
    after[60:] = 0
    second.settle(before, after, mask)
    assert torch.equal(first.directions, second.directions) and torch.equal(first.quantiles, second.quantiles)


def test_a_coarse_image_holds_the_means_of_its_parts() -> None:
    image = torch.arange(16.0).view(4, 4).repeat_interleave(4, 0).repeat_interleave(4, 1)
    assert coarse(image.expand(1, 3, 16, 16)).tolist() == [[*range(16)] * 3]
    assert coarse(image.expand(1, 3, 16, 16), 1).tolist() == [[7.5] * 3]


def test_the_compass_points_along_each_factor_without_any_value() -> None:
    images, images2, after, mask = moved(1500, 0)
    compass = Compass(2)
    compass.settle(coarse(images), coarse(images2), mask)
    guess = compass(images2)
    for k in range(2):
        rows = mask[:, k] > 0
        r = matching.cross_correlations(guess[rows], after[rows]).abs()
        assert float(r[k, k]) > 0.9 and float(r[k, 1 - k]) < 0.2
        assert float(Continuous(0.0, 1.0).uneven(guess[rows, k : k + 1])) < 0.01


def test_a_compass_without_a_do_on_a_factor_says_nothing_of_it() -> None:
    images, images2, _, mask = moved(200, 0)
    compass = Compass(2)
    rows = mask[:, 0] > 0
    compass.settle(coarse(images[rows]), coarse(images2[rows]), mask[rows])
    assert not compass.directions[:, 1].any() and compass.directions[:, 0].any()
    assert torch.isfinite(compass(images)).all()
