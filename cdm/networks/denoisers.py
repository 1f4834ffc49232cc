"""The networks that can denoise, by name.

Each is made from the size of the images, the number of factors and of channels, and is called alike: noisy images
``(n, 3, s, s)``, times ``(n,)`` from 0 to 1, tokens ``(n, d, TOLD)`` and the pictures ``(n, SEEN, s, s)`` that are seen
beside them (:mod:`cdm.networks.pictures`) to what is predicted and a gate, ``(n, DRAWN, s, s)``; untrained, zeros.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from cdm.config import Denoiser
from cdm.networks.diffusers_unet import DiffusersUNet
from cdm.networks.dit import DiT
from cdm.networks.grids import frames, stripped
from cdm.networks.unet import UNet

_MADE_BY: dict[Denoiser, Callable[[int, int, int], nn.Module]] = {"unet": UNet, "dit": DiT, "diffusers": DiffusersUNet}
_BOTTLENECKS: dict[Denoiser, str] = {"unet": "bottom.1", "dit": "blocks.1", "diffusers": "network.mid_block"}
_LAST: dict[Denoiser, str] = {"unet": "leave.", "dit": "leave.", "diffusers": "network.conv_out."}


def make(kind: Denoiser, size: int, factors: int, channels: int = 24) -> nn.Module:
    """A denoiser, untrained, with so many channels at its first level.

    Raises:
        CdmError: if it needs a package that is not installed.
    """
    return _MADE_BY[kind](size, factors, channels)


def framewise(network: nn.Module, count: int, x: Tensor, t: Tensor, tokens: Tensor, seen: Tensor) -> Tensor:
    """What a denoiser says of strips of ``count`` frames, each of which it sees by itself, with its own tokens."""
    told = tokens.reshape(len(tokens) * count, tokens.shape[1] // count, tokens.shape[2])
    said: Tensor = network(frames(x), t.repeat_interleave(count), told, frames(seen))
    return stripped(said, count)


def bottleneck(kind: Denoiser, network: nn.Module) -> nn.Module:
    """The part of a denoiser whose output is its bottleneck; in a transformer, which has none, the block half way."""
    return network.get_submodule(_BOTTLENECKS[kind])


def inherit(kind: Denoiser, network: nn.Module, other: nn.Module) -> None:
    """Let a denoiser go on from the weights of another, but for the last layer: what is added to the draft."""
    weights = {name: w for name, w in other.state_dict().items() if not name.startswith(_LAST[kind])}
    network.load_state_dict(weights, strict=False)
