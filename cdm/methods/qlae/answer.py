"""What a QLAE answers: its latents."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.methods.qlae import networks
from cdm.methods.qlae.config import Options
from cdm.models import shapes
from cdm.models.protocol import Model
from cdm.scm.codes import Code


class QLAE(Model):
    """An autoencoder through a few values a latent; of the factors it takes their number and nothing else."""

    name, answers = "qlae", frozenset({"latents"})
    config: Options

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        latents = len(code.factors) + config.spare
        self.network = networks.of_images(size, latents, config.values, config.width)

    def latents(self, images: Tensor) -> Tensor:
        """The values that stand for images, ``(n, d + spare)``."""
        with torch.no_grad():
            return self.network.read(images)


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> QLAE:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's.
    """
    return shapes.filled(lambda: QLAE(code, size, options), weights)
