"""Features of images that need no trained network: convolutions with weights drawn from one seed.

Distances between sets of such features rank sets of images about as those of trained networks do, also where images
are unlike photographs (Naeem et al. 2020, arXiv 2002.09797, whose R64 has 64 numbers, too). They are no FID.
"""

from __future__ import annotations

import itertools
from functools import cache

import torch
from torch import Tensor, nn

COUNT = 64
_SEED, _CHANNELS, _AT_ONCE = 20, (24, 48, 16), 100


def random_convolutions(images: Tensor) -> Tensor:
    """Features ``(n, 64)`` of images ``(n, 3, size, size)`` from -1 to 1, in the processor's memory.

    Three strided convolutions with leaky rectifiers, whose weights are drawn as He et al. 2015 (arXiv 1502.01852) do;
    then 16 channels are averaged over the four quarters of the image.
    """
    network = _network().to(images.device)
    with torch.no_grad():
        return torch.cat([network(some).cpu() for some in torch.split(images, _AT_ONCE)])


@cache
def _network() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise((3, *_CHANNELS)):
            convolution = nn.Conv2d(before, after, 5, 2, 2)
            nn.init.kaiming_normal_(convolution.weight, 0.2)
            layers += [convolution, nn.LeakyReLU(0.2)]
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten()).requires_grad_(False)
