"""The networks of a C2VAE: an autoencoder, the copula of its posterior, and a classifier of how latents were drawn.

What reads and what draws may be anything.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from cdm.methods.parts import autoencoding
from cdm.methods.parts.autoencoding import Gaussian
from cdm.networks.pictures import zero

_HIDDEN = 128
_SHUFFLED, _DRAWN, _COUPLED = range(3)  # how latents may have been drawn, as the classifier numbers it
_OF = 4  # the copula learns of one image in so many


class Weights(NamedTuple):
    """How much each penalty counts; with zeros it is a plain variational autoencoder.

    Attributes:
        correlation: of the total correlation of latents.
        contrast: of being taken for coupled.
    """

    correlation: float
    contrast: float


class Copula(nn.Module):
    """How the latents of an image hang together: the correlations R of a Gaussian copula, told by their margins.

    Untrained, they do not.

    Args:
        latents: k, two at least.
    """

    def __init__(self, latents: int) -> None:
        super().__init__()
        self.latents = latents
        last = nn.Linear(_HIDDEN, latents * (latents - 1) // 2)
        self.network = nn.Sequential(*_hidden(2 * latents), zero(last))

    def forward(self, margins: Gaussian) -> Tensor:
        """The Cholesky factor ``(n, k, k)`` of R: lower triangular, its rows of length one."""
        below = self.network(torch.cat(margins, dim=1))
        factor = torch.eye(self.latents, device=below.device).repeat(len(below), 1, 1)
        row, column = torch.tril_indices(self.latents, self.latents, -1, device=below.device)
        factor[:, row, column] = below
        return functional.normalize(factor, dim=2)


def dependence(factor: Tensor) -> Tensor:
    """The information ``(n,)`` that latents share by a copula, ``-log|R| / 2`` in nats, of the factor of R."""
    return -factor.diagonal(dim1=1, dim2=2).log().sum(dim=1)


class Contrastive(nn.Module):
    """An autoencoder, its copula and its classifier.

    Args:
        reader: ``2 k`` numbers of data: means and log variances of the ``k`` latents.
        painter: data of latents ``(n, k)``.
        latents: k.
        noise: size of the noise of the data.
    """

    def __init__(self, reader: nn.Module, painter: nn.Module, latents: int, noise: float) -> None:
        super().__init__()
        self.reader, self.painter, self.noise = reader, painter, noise
        self.copula = Copula(latents)
        self.classifier = nn.Sequential(*_hidden(latents), nn.Linear(_HIDDEN, 3))

    def read(self, data: Tensor) -> Gaussian:
        """The posterior of the latents, without the copula."""
        return autoencoding.law(self.reader(data))

    def missed(self, data: Tensor, weights: Weights, generator: torch.Generator) -> Tensor:
        """The loss of a batch, ``(n,)``, of autoencoder, copula and classifier, each with gradients of its own.

        The first two are in nats a number of the data, the last in nats; if no penalty counts there is the first only.
        """
        margins = self.read(data)
        noise = torch.randn(margins.mean.shape, generator=generator).to(data.device)
        latents = placed(margins, noise)
        prior = autoencoding.like(torch.zeros_like(margins.mean))
        lost = autoencoding.surprise(data, self.painter(latents), self.noise) + margins.divergence(prior).sum(dim=1)
        if not any(weights):
            return lost / data[0].numel()
        apart = Gaussian(margins.mean.detach(), margins.spread.detach())
        factor = self.copula(apart)
        coupled = placed(apart, (factor @ noise[..., None])[..., 0])
        lost = lost + self.penalty(latents, weights) + self.hung(data, coupled, factor)
        return lost / data[0].numel() + self.confused(latents.detach(), coupled.detach(), generator)

    def penalty(self, latents: Tensor, weights: Weights) -> Tensor:
        """What the classifier, standing still, holds against latents, ``(n,)``.

        Its scores estimate the total correlation (Kim and Mnih 2018, arXiv 1802.05983, equation 3) and how surely
        latents are independent ones rather than coupled ones.
        """
        scores = still(self.classifier, latents)
        correlated = scores[:, _DRAWN] - scores[:, _SHUFFLED]
        entangled = functional.softplus(scores[:, _COUPLED] - scores[:, _SHUFFLED])
        return weights.correlation * correlated + weights.contrast * entangled

    def hung(self, data: Tensor, coupled: Tensor, factor: Tensor) -> Tensor:
        """What the copula is taught by, ``(n,)``: its part of the negative evidence lower bound, of the first images.

        The decoder stands still; others have zeros, and the mean over all is that over the first.
        """
        few = max(1, len(data) // _OF)
        drawn = still(self.painter, coupled[:few])
        part = autoencoding.surprise(data[:few], drawn, self.noise) + dependence(factor[:few])
        return functional.pad(part * len(data) / few, (0, len(data) - few))

    def confused(self, latents: Tensor, coupled: Tensor, generator: torch.Generator) -> Tensor:
        """How far the classifier is from telling shuffled, drawn and coupled latents apart, ``(n,)`` in nats."""
        shown = torch.cat([shuffled(latents, generator), latents, coupled])
        kinds = torch.arange(3, device=latents.device).repeat_interleave(len(latents))
        wrong = functional.cross_entropy(self.classifier(shown), kinds, reduction="none")
        return wrong.view(3, -1).mean(dim=0)


def of_images(size: int, latents: int, noise: float, width: int) -> Contrastive:
    """One that reads and draws images."""
    reader = autoencoding.Reader(size, 2 * latents, width)
    return Contrastive(reader, autoencoding.Painter(size, latents, width=width), latents, noise)


def placed(margins: Gaussian, noise: Tensor) -> Tensor:
    """The latents ``(n, k)`` that normal noise means."""
    return margins.mean + (margins.spread / 2).exp() * noise


def shuffled(latents: Tensor, generator: torch.Generator) -> Tensor:
    """Latents ``(n, k)``, each column in an order of its own, as if they were independent."""
    order = torch.rand(latents.shape, generator=generator).argsort(dim=0)
    return latents.gather(0, order.to(latents.device))


def still(module: nn.Module, inputs: Tensor) -> Tensor:
    """What a module gives; gradients reach the inputs and not its weights."""
    weights = {name: weight.detach() for name, weight in module.named_parameters()}
    given: Tensor = functional_call(module, weights, (inputs,))
    return given


def _hidden(takes: int) -> list[nn.Module]:
    return [nn.Linear(takes, _HIDDEN), nn.LeakyReLU(0.2), nn.Linear(_HIDDEN, _HIDDEN), nn.LeakyReLU(0.2)]
