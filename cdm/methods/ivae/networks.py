"""The networks of an iVAE, and its evidence lower bound; what reads and what draws may be anything."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cdm.methods.parts import autoencoding
from cdm.methods.parts.autoencoding import Gaussian

_HIDDEN = 128


class Identified(nn.Module):
    """An autoencoder whose prior is told of an auxiliary variable.

    Args:
        reader: ``2 k`` numbers of data: means and log variances of the ``k`` latents.
        painter: data of latents ``(n, k)``.
        latents: k.
        told: numbers of the auxiliary variable; 0 makes a plain variational autoencoder of it.
        noise: size of the noise of the data.
    """

    def __init__(self, reader: nn.Module, painter: nn.Module, latents: int, told: int, noise: float) -> None:
        super().__init__()
        self.reader, self.painter, self.noise = reader, painter, noise
        self.told = _prior(told, latents) if told else None

    def read(self, data: Tensor) -> Gaussian:
        """The posterior of the latents; it is not told of the auxiliary variable."""
        return autoencoding.law(self.reader(data))

    def prior(self, auxiliary: Tensor, latents: int) -> Gaussian:
        """The law of the latents where the auxiliary variable is ``(n, told)``."""
        if self.told is None:
            return autoencoding.like(auxiliary.new_zeros(len(auxiliary), latents))
        return autoencoding.law(self.told(auxiliary))

    def missed(self, data: Tensor, auxiliary: Tensor, generator: torch.Generator) -> Tensor:
        """The negative evidence lower bound of a batch, ``(n,)``, up to a constant."""
        posterior = self.read(data)
        prior = self.prior(auxiliary, posterior.mean.shape[1])
        drawn = self.painter(posterior.drawn(generator))
        return autoencoding.surprise(data, drawn, self.noise) + posterior.divergence(prior).sum(dim=1)


def of_images(size: int, latents: int, told: int, noise: float, width: int) -> Identified:
    """One that reads and draws images."""
    reader = autoencoding.Reader(size, 2 * latents, width)
    return Identified(reader, autoencoding.Painter(size, latents, width=width), latents, told, noise)


def _prior(told: int, latents: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(told, _HIDDEN), nn.SiLU(), nn.Linear(_HIDDEN, _HIDDEN), nn.SiLU(), nn.Linear(_HIDDEN, 2 * latents)
    )
