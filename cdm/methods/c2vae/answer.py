"""What a C2VAE answers: its latents."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.errors import CdmError
from cdm.methods.c2vae import networks
from cdm.methods.c2vae.config import Options
from cdm.models import shapes
from cdm.models.protocol import Model
from cdm.scm.codes import Code


class C2VAE(Model):
    """An autoencoder of independent latents; of the factors it takes their number and nothing else.

    Raises:
        CdmError: if there would be a single latent, which cannot hang together with any.
    """

    name, answers = "c2vae", frozenset({"latents"})
    config: Options

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        latents = len(code.factors) + config.spare
        if latents < 2:
            raise CdmError(f"spare: at least 1 is needed where there is one factor, found {config.spare}")
        self.network = networks.of_images(size, latents, config.noise, config.width)

    def latents(self, images: Tensor) -> Tensor:
        """The means of the posterior, ``(n, d + spare)``."""
        with torch.no_grad():
            return self.network.read(images).mean


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> C2VAE:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's.
    """
    return shapes.filled(lambda: C2VAE(code, size, options), weights)
