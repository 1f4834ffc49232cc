"""A U-Net that is told numbers: it begins with nothing, hears every number and the time, and takes any side."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.methods.parts.told_unet import ToldUNet


def _awake(size: int = 16, **more: int) -> ToldUNet:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = ToldUNet(size, 3, width=8, **more)  # type: ignore[arg-type]
        torch.nn.init.normal_(network.leave.weight)
    return network


def test_it_begins_with_nothing() -> None:
    assert not ToldUNet(16, 3, width=8)(torch.randn(2, 3, 16, 16), torch.randn(2, 3)).any()


def test_what_it_is_told_and_when_changes_what_it_gives() -> None:
    network, images, told = _awake(timed=True), torch.zeros(2, 3, 16, 16), torch.zeros(2, 3)
    told[1, 2], t = 1.0, torch.tensor([0.2, 0.2])
    one, other = network(images, told, t)
    later = network(images, told, t + 0.5)
    assert not torch.allclose(one, other) and not torch.allclose(one, later[0])
    untimed = _awake()
    assert torch.equal(untimed(images, told), untimed(images, told, t))


@pytest.mark.parametrize("size", [16, 33, 64])
def test_images_have_any_side_and_channels_of_their_own(size: int) -> None:
    drawn = _awake(size, takes=4, gives=2)(torch.zeros(2, 4, size, size), torch.ones(2, 3))
    assert drawn.shape == (2, 2, size, size) and drawn.std() > 0
