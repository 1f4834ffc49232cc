"""Codes from the bottleneck of a denoiser, in place of an encoder of their own.

What a denoiser knows at its bottleneck is what an image means (h-space: Kwon et al. 2023, arXiv 2210.10960). Here one
that is told of no factor looks at the image at the earliest time, and the encoder's head reads the codes off its
bottleneck, pooled to 4 by 4 cells: a mean over all places would forget where things stand. While it is trained for the
codes it is trained to denoise, too, and the denoiser that is told of the factors goes on from its weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm import diffusion
from cdm.config import Config
from cdm.networks import denoisers, grids
from cdm.networks.conditioning import TOLD
from cdm.networks.pictures import SEEN

_CELLS = 4


class Bottleneck(nn.Module):
    """What a denoiser knows of an image at its bottleneck: the trunk of an encoder.

    Attributes:
        network: the denoiser.
        features: how many numbers an image becomes.
    """

    def __init__(self, size: int, factors: int, config: Config) -> None:
        super().__init__()
        self.factors, self.config = factors, config
        self.network = denoisers.make(config.denoiser, size, factors, config.channels)
        with torch.no_grad():
            self.features = self(torch.zeros(1, 3, size, size)).shape[1]

    def forward(self, images: Tensor) -> Tensor:
        """Features ``(n, features)`` of images ``(n, 3, size, size)``."""
        t = torch.full((len(images),), diffusion.EARLIEST, device=images.device)
        features: list[Tensor] = []
        place = denoisers.bottleneck(self.config.denoiser, self.network)
        hook = place.register_forward_hook(lambda module, inputs, out: features.append(out))
        try:
            self.network(images, t, *self._untold(images))
        finally:
            hook.remove()
        h = features[0] if features[0].dim() == 4 else grids.picture(features[0])
        return functional.adaptive_avg_pool2d(h, _CELLS).flatten(1)

    def loss(self, images: Tensor, times: Tensor, eps: Tensor) -> Tensor:
        """How badly the network denoises images at ``times (n,)``, told of no factor; a number."""
        mute = self._untold(images)
        return diffusion.loss(
            lambda x, t: self.network(x, t, *mute)[:, :3], images, times, eps, self.config.prediction
        ).mean()

    def _untold(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens and pictures that say nothing."""
        return images.new_zeros(len(images), self.factors, TOLD), images.new_zeros(len(images), SEEN, *images.shape[2:])
