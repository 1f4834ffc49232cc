"""The U-Net: where it works, what it says untrained, and the names that checkpoints have for its weights."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import seeded as seeded
from torch import Tensor

from cdm.networks.conditioning import TOLD
from cdm.networks.pictures import DRAWN, SEEN
from cdm.networks.unet import UNet


def _heard(network: UNet, size: int, factors: int = 3) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return torch.randn(2, 3, size, size), torch.rand(2), torch.randn(2, factors, TOLD), torch.randn(2, SEEN, size, size)


@pytest.mark.parametrize(("size", "fold"), [(16, 1), (32, 2), (128, 8)])
def test_larger_images_are_folded_to_sixteen_by_sixteen(size: int, fold: int) -> None:
    network, shapes = UNet(size, 3), list[torch.Size]()
    network.bottom[1].register_forward_hook(lambda module, inputs, out: shapes.append(out.shape))
    assert network.fold == fold
    assert network(*_heard(network, size)).shape == (2, DRAWN, size, size)
    assert shapes == [(2, 96, 4, 4)]


def test_an_untrained_network_says_nothing() -> None:
    network = UNet(32, 3)
    assert not network(*_heard(network, 32)).any()


def test_each_image_is_drawn_alone() -> None:
    network = UNet(16, 3)
    torch.nn.init.normal_(network.leave.weight)
    heard = _heard(network, 16)
    with torch.no_grad():
        both, alone = network(*heard), network(*(part[:1] for part in heard))
    assert torch.allclose(both[:1], alone, atol=1e-4)
    assert (both[0] - both[1]).abs().max() > 0.1


def test_checkpoints_know_its_parts_by_these_names() -> None:
    names = {name.partition(".")[0] for name in UNet(16, 3).state_dict()}
    parts = "time told enter down shrink bottom mix look grow up norm leave"
    assert names == set(parts.split())
