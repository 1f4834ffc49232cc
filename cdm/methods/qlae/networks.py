"""The networks of a QLAE: an autoencoder with values between its halves; what reads and what draws may be anything."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.methods.parts import autoencoding


class Values(nn.Module):
    """The values that each latent may take: numbers that are learned, evenly spread from -1/2 to 1/2 at first.

    Args:
        latents: how many latents.
        count: how many values each has.
    """

    def __init__(self, latents: int, count: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.linspace(-0.5, 0.5, count).repeat(latents, 1))

    def forward(self, numbers: Tensor) -> Tensor:
        """The value nearest to each number, ``(n, latents)``."""
        nearest = (numbers[..., None] - self.table).abs().argmin(dim=2)
        return self.table.expand(len(numbers), -1, -1).gather(2, nearest[..., None])[..., 0]


class Quantised(nn.Module):
    """An autoencoder through values.

    Args:
        reader: ``(n, latents)`` numbers of data.
        painter: data of latents.
        latents: how many.
        count: how many values each may take.
    """

    def __init__(self, reader: nn.Module, painter: nn.Module, latents: int, count: int) -> None:
        super().__init__()
        self.reader, self.painter, self.values = reader, painter, Values(latents, count)

    def read(self, data: Tensor) -> Tensor:
        """The values ``(n, latents)`` that stand for data."""
        found: Tensor = self.values(self.reader(data))
        return found

    def missed(self, data: Tensor, quantised: float, committed: float) -> Tensor:
        """The loss of a batch, ``(n,)``; the gradient of what is drawn goes straight through the values.

        Args:
            data: from -1 to 1.
            quantised: weight of the distance of values from numbers.
            committed: weight of the distance of numbers from values.
        """
        numbers = self.reader(data)
        values = self.values(numbers)
        drawn = self.painter(numbers + (values - numbers).detach())
        wrong = functional.binary_cross_entropy_with_logits(drawn, (data + 1) / 2, reduction="none")
        learned = quantised * (values - numbers.detach()).square() + committed * (numbers - values.detach()).square()
        missed: Tensor = wrong.flatten(1).mean(dim=1) + learned.mean(dim=1)
        return missed


def of_images(size: int, latents: int, count: int, width: int) -> Quantised:
    """One that reads and draws images."""
    reader = autoencoding.Reader(size, latents, width)
    return Quantised(reader, autoencoding.Painter(size, latents, width=width), latents, count)
