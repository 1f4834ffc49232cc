"""What an iVAE answers: its latents."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.methods.ivae import networks
from cdm.methods.ivae.config import Options
from cdm.models import shapes
from cdm.models.protocol import Model
from cdm.scm.codes import Code


class IVAE(Model):
    """An autoencoder whose prior is told of interventions."""

    name, answers = "ivae", frozenset({"latents"})
    config: Options

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        d = len(code.factors)
        self.network = networks.of_images(size, d + config.spare, d + code.width, config.noise, config.width)

    def latents(self, images: Tensor) -> Tensor:
        """The means of the posterior, ``(n, d + spare)``."""
        with torch.no_grad():
            return self.network.read(images).mean


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> IVAE:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's.
    """
    return shapes.filled(lambda: IVAE(code, size, options), weights)
