"""What CausalDiffAE answers: it reads latents, moves them along the graph, and redraws the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cdm.methods.causal_diffae.config import Options
from cdm.methods.causal_diffae.networks import CausalLayer
from cdm.methods.parts import diffusing
from cdm.methods.parts.diffusing import Denoiser
from cdm.methods.parts.trunk import Trunk
from cdm.models import shapes
from cdm.models.interventions import DoTable
from cdm.models.protocol import Model
from cdm.scm.codes import Code

_SURE, _LEAST, _MOST = -3.0, -7.0, 1.0  # the logarithm of a latent's standard deviation: at first, and its ends


@dataclass(frozen=True)
class Read:
    """What is read in images that are asked about.

    Attributes:
        images: ``(n, 3, size, size)``.
        z: ``(n, total)``, their latents.
    """

    images: Tensor
    z: Tensor


class CausalDiffAE(Model):
    """An encoder to blocks of latents, a causal layer over them, and a denoiser that is told them.

    Its graph is given, so it does not answer ``graph``: nobody is to count it as found.

    Args:
        code: the factors.
        size: pixels a side.
        config: its options.
        adjacency: ``(d, d)``, 1 from cause to effect; no edges if None.
    """

    name, answers = "causal_diffae", frozenset({"counterfactual", "encode", "factors"})
    config: Options

    def __init__(self, code: Code, size: int, config: Options, adjacency: Tensor | None = None) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        d, total = len(code.factors), code.width * config.latents
        self.encoder = Trunk(size, 2 * total)
        self.layer = CausalLayer(code, config.latents, torch.zeros(d, d) if adjacency is None else adjacency)
        self.denoiser = Denoiser(size, total, config.width)

    def posterior(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """What latents an image may have: means and the logarithms of standard deviations, each ``(n, total)``."""
        mean, spread = self.encoder(images).chunk(2, dim=1)
        return mean, (spread + _SURE).clamp(_LEAST, _MOST)

    def codes(self, images: Tensor) -> Tensor:
        """The factors that its latents stand for, as codes."""
        return self.layer.valid(self.abduct(images).z)

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Read:
        """Latents of images, whose mechanisms give their noises; what labels leave open is inverted with the do."""
        with torch.no_grad():
            return Read(images, self.posterior(images)[0])

    def moved(self, z: Tensor, do: DoTable) -> Tensor:
        """Latents as they would have been: a set factor's block at its value, and what follows along the graph."""
        with torch.no_grad():
            return self.layer.counterfactual(z, do.mask, self.layer.widened(do.value))

    def act(self, abduction: Any, do: DoTable) -> Tensor:
        """The codes that latents stand for as they would have been."""
        return self.layer.valid(self.moved(abduction.z, do))

    def predict(self, abduction: Any, do: DoTable) -> Tensor:
        """The image inverted under its latents, and run back under those that the do moved."""
        before = self.denoiser.clean(abduction.z)
        after = self.denoiser.clean(self.moved(abduction.z, do), self.config.strength)
        return diffusing.redrawn(before, after, abduction.images, self.config.ddim)


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> CausalDiffAE:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's.
    """
    return shapes.filled(lambda: CausalDiffAE(code, size, options), weights)
