"""A trunk sees where a thing stands, in images of any size."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.methods.parts.trunk import Trunk


@pytest.mark.parametrize("size", [16, 33, 128])
def test_images_of_any_size_become_as_many_numbers(size: int) -> None:
    seen = Trunk(size, 5, width=8)(torch.randn(2, 3, size, size))
    assert seen.shape == (2, 5) and bool(seen.isfinite().all())


def test_where_a_thing_stands_is_learned() -> None:
    images, places = torch.full((64, 3, 16, 16), -1.0), torch.linspace(-1, 1, 12).repeat(6)[:64, None]
    for row, column in enumerate([*range(12)] * 5 + [*range(4)]):
        images[row, :, 6:10, column : column + 4] = 1
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        trunk = Trunk(16, 1, width=8)
    optimiser = torch.optim.Adam(trunk.parameters(), 3e-3)
    for _ in range(60):
        optimiser.zero_grad()
        (trunk(images) - places).square().mean().backward()
        optimiser.step()
    assert (trunk(images) - places).abs().max() < 0.2
