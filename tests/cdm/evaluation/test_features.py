"""Features of images: fixed, and different for images that look different."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from bars import draw, uniform

from cdm.evaluation import features
from cdm.evaluation.metrics import quality


def _bars(n: int, seed: int, most: float = 1.0) -> torch.Tensor:
    places = torch.cat([uniform(n, seed), uniform(n, seed + 50)], dim=1) / 2 + 0.5
    return features.random_convolutions(draw(most * places.numpy()).float())


def test_one_seed_is_one_network_whatever_was_drawn_before() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    features._network.cache_clear()
    images = draw(torch.rand(130, 2, generator=torch.Generator().manual_seed(0)).numpy()).float()
    first = features.random_convolutions(images)
    assert torch.equal(before, torch.get_rng_state())
    features._network.cache_clear()
    assert torch.equal(features.random_convolutions(images), first)
    assert first.shape == (130, features.COUNT) and not first.requires_grad
    assert torch.allclose(features.random_convolutions(images[7:9]), first[7:9], atol=1e-5)


def test_they_tell_where_things_stand() -> None:
    floor, off = quality.frechet(_bars(300, 0), _bars(300, 1)), quality.frechet(_bars(300, 2, 0.7), _bars(300, 1))
    assert off > 3 * floor
