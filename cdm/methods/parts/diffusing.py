"""Diffusion that is told numbers: a denoiser of ours without what is ours, so that methods differ by their ideas alone.

It predicts v (Salimans and Ho 2022, arXiv 2202.00512) on the schedule of :mod:`cdm.diffusion`, and may be guided by the
difference to what it says when nothing is told (Ho and Salimans 2022, arXiv 2207.12598).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cdm import diffusion
from cdm.methods.parts.told_unet import ToldUNet


class Denoiser(nn.Module):
    """Noisy images, times and what is told to v; that nothing is told, a flag says.

    Args:
        size: pixels a side.
        told: how many numbers it is told; 0 if none.
        width: of :class:`~cdm.methods.parts.told_unet.ToldUNet`.
    """

    def __init__(self, size: int, told: int, width: int = 24) -> None:
        super().__init__()
        self.network = ToldUNet(size, told + 1, width, timed=True)

    def forward(self, x: Tensor, t: Tensor, told: Tensor, dropped: Tensor | None = None) -> Tensor:
        """What it predicts, ``(n, 3, size, size)``.

        Args:
            x: noisy images ``(n, 3, size, size)``.
            t: times ``(n,)``.
            told: ``(n, told)``.
            dropped: ``(n,)``, true where nothing is told; nowhere if None.
        """
        kept = torch.ones_like(x[:, 0, 0, :1]) if dropped is None else (~dropped)[:, None].to(x.dtype)
        out: Tensor = self.network(x, torch.cat([told * kept, kept], dim=1), t)
        return out

    def missed(self, images: Tensor, told: Tensor, drop: float, generator: torch.Generator) -> Tensor:
        """The error of a batch at random times, a number an image ``(n,)``.

        Args:
            images: ``(n, 3, size, size)``.
            told: ``(n, told)``.
            drop: share of the rows in which nothing is told.
            generator: of times, noise and those rows.
        """
        t = diffusion.times(len(images), generator).to(images.device)
        eps = torch.randn(images.shape, generator=generator).to(images.device)
        dropped = (torch.rand(len(images), generator=generator) < drop).to(images.device)
        return diffusion.loss(lambda x, t: self(x, t, told, dropped), images, t, eps, "v")

    def clean(self, told: Tensor, guidance: float = 1.0) -> diffusion.Network:
        """What estimates images from noisy ones, told this; 1 is no guidance, more exaggerates what is told."""

        def estimate(x: Tensor, t: Tensor) -> Tensor:
            said = self(x, t, told)
            if guidance != 1:
                nothing = self(x, t, told, torch.ones(len(x), dtype=torch.bool, device=x.device))
                said = nothing + guidance * (said - nothing)
            return diffusion.clean(x, t, said, "v")

        return estimate


def redrawn(
    before: diffusion.Network, after: diffusion.Network, images: Tensor, steps: int, stop: float = diffusion.LATEST
) -> Tensor:
    """Images run to noise as they are and back as they would be: DDIM both ways (Song et al. 2021, arXiv 2010.02502).

    The way to noise is undone exactly (:func:`cdm.diffusion.invert`): where both are told the same, images stay.
    """
    with torch.no_grad():
        noise = diffusion.invert(before, images, steps, stop)
        return diffusion.restore(after, noise, steps, stop).clamp(-1, 1)
