"""What a deep SCM answers: images whose labels are known, drawn anew from their own latents and noise of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cdm.methods.deep_scm.config import Options
from cdm.methods.deep_scm.networks import Ladder
from cdm.methods.parts.labels import Known, Labelled
from cdm.models import shapes
from cdm.models.interventions import DoTable
from cdm.scm.codes import Code


@dataclass(frozen=True)
class Abducted(Known):
    """What must have been for images to be.

    Attributes:
        images: ``(n, 3, size, size)``.
        codes: ``(n, width)``, their labels.
        latents: of each level, the mean of the posterior.
        noise: of pixels, ``(n, 3, size, size)``: by how many deviations each is off what is expected.
    """

    latents: Sequence[Tensor]
    noise: Tensor


class DeepSCM(Labelled):
    """Mechanisms of labels, and a VAE of the image given them."""

    name = "deep_scm"
    config: Options

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__(code, size, config)
        self.ladder = Ladder(size, code.width, config)

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Abducted:
        """Latents and noise of pixels of images: of the latents the means, so that one image has one answer."""
        known = super().abduct(images, factors)
        with torch.no_grad():
            inferred = self.ladder.infer(images, known.codes, torch.zeros_like)
            return Abducted(images, known.codes, inferred.latents, inferred.pixels.noise(images))

    def predict(self, abduction: Any, do: DoTable) -> Tensor:
        """The same latents and noise of pixels under the labels of the do."""
        with torch.no_grad():
            return self.ladder.draw(self.act(abduction, do), abduction.latents).value(abduction.noise).clamp(-1, 1)


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> DeepSCM:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's.
    """
    return shapes.filled(lambda: DeepSCM(code, size, options), weights)
