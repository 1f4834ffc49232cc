"""The diffusion transformer: its patches, what it says untrained, and the names that checkpoints know."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import seeded as seeded

from cdm.networks.conditioning import TOLD
from cdm.networks.dit import DiT
from cdm.networks.pictures import SEEN


@pytest.mark.parametrize(("size", "patch", "patches"), [(16, 2, 64), (32, 4, 64), (64, 4, 256)])
def test_patches_are_two_pixels_wide_in_small_images_and_four_in_others(size: int, patch: int, patches: int) -> None:
    network = DiT(size, 3)
    assert network.patch == patch
    assert len(network.places) == patches


def test_a_block_begins_as_nothing() -> None:
    block = DiT(16, 3).blocks[0]
    (width,) = block.norm.normalized_shape
    h, emb, tokens = torch.randn(2, 64, width), torch.randn(2, width), torch.randn(2, 3, TOLD)
    assert torch.equal(block(h, emb, tokens), h)
    torch.nn.init.normal_(block.adapt.bias)
    assert not torch.equal(block(h, emb, tokens), h)


def test_an_untrained_network_says_nothing() -> None:
    x = torch.randn(2, 3, 16, 16)
    assert not DiT(16, 3)(x, torch.rand(2), torch.randn(2, 3, TOLD), torch.randn(2, SEEN, 16, 16)).any()


def test_a_patch_knows_its_place() -> None:
    """Equal patches are drawn otherwise where they stand elsewhere."""
    network = DiT(16, 3)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    x = torch.zeros(1, 3, 16, 16)
    with torch.no_grad():
        drawn = network(x, torch.rand(1), torch.randn(1, 3, TOLD), torch.zeros(1, SEEN, 16, 16))
    patches = torch.nn.functional.pixel_unshuffle(drawn, 2).flatten(2)[0].T
    assert float(torch.cdist(patches, patches).fill_diagonal_(9).min()) > 1e-4


def test_checkpoints_know_its_parts_by_these_names() -> None:
    names = {name.partition(".")[0] for name in DiT(16, 3).state_dict()}
    assert names == {"time", "told", "enter", "blocks", "adapt", "leave"}  # places are computed, not kept
