"""What a diffusion autoencoder answers: it sums an image up, moves that, and redraws the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cdm.methods.diffae import networks
from cdm.methods.diffae.config import Options
from cdm.methods.diffae.networks import Readings
from cdm.methods.parts import diffusing
from cdm.methods.parts.diffusing import Denoiser
from cdm.models import shapes
from cdm.models.interventions import DoTable
from cdm.models.protocol import Model
from cdm.scm.codes import Code


@dataclass(frozen=True)
class Summed:
    """Images that are asked about, summed up.

    Attributes:
        images: ``(n, 3, size, size)``.
        z: ``(n, latents)``.
    """

    images: Tensor
    z: Tensor


class DiffAE(Model):
    """An encoder that no label taught, a denoiser that is told its latents, and linear readings of factors in them."""

    name, answers = "diffae", frozenset({"counterfactual", "encode", "factors"})
    config: Options

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        self.encoder = networks.encoder(size, config.latents)
        self.denoiser = Denoiser(size, config.latents, config.width)
        self.readings = Readings(code, config.latents)

    def codes(self, images: Tensor) -> Tensor:
        """The factors that are read in the latents of images, as codes."""
        return self.readings.valid(self.abduct(images).z)

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Summed:
        """Images summed up; what that leaves open is inverted with the do."""
        with torch.no_grad():
            return Summed(images, self.encoder(images))

    def act(self, abduction: Any, do: DoTable) -> Tensor:
        """What is read in the latents that the do moved, and what it sets.

        Factors that are read in directions which overlap move, too.
        """
        after = self.readings.valid(self.readings.moved(abduction.z, do.mask, do.value))
        return torch.where(self.code.spread(do.mask) > 0, do.value, after)

    def predict(self, abduction: Any, do: DoTable) -> Tensor:
        """The image inverted under its latents, and run back under those that the do moved."""
        before = self.denoiser.clean(abduction.z)
        after = self.denoiser.clean(self.readings.moved(abduction.z, do.mask, do.value))
        return diffusing.redrawn(before, after, abduction.images, self.config.ddim)


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> DiffAE:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's.
    """
    return shapes.filled(lambda: DiffAE(code, size, options), weights)
