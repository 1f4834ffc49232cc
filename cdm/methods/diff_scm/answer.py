"""What Diff-SCM answers: images run to noise, and back towards those in which the set factor is read as it is set."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from cdm.methods.diff_scm import networks
from cdm.methods.diff_scm.config import Options
from cdm.methods.parts import guiding
from cdm.models import shapes
from cdm.models.interventions import DoTable
from cdm.models.protocol import Model
from cdm.scm.codes import Code


class DiffSCM(Model):
    """A denoiser that is told nothing, and a reader of noisy images whose gradient guides it."""

    name, answers = "diff_scm", frozenset({"counterfactual", "encode"})
    config: Options

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        self.denoiser = networks.denoiser(size, config)
        self.reader = networks.reader(code, size, config)

    def codes(self, images: Tensor) -> Tensor:
        """What the predictor reads in images without noise."""
        return self.reader.codes(images)

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Tensor:
        """The noise ``(n, 3, size, size)`` that gives the images: no label is needed."""
        return guiding.noised(self.denoiser, images, self.config)

    def predict(self, abduction: Any, do: DoTable) -> Tensor:
        """The images that the noise gives where the set factors, and no other, are pulled to their values."""

        def push(x: Tensor, t: Tensor) -> Tensor:
            return self.config.scale * guiding.downhill(unlikely, x, t)

        def unlikely(x: Tensor, t: Tensor) -> Tensor:
            return (self.reader.surprise(x, t, value) * do.mask).sum(dim=1)

        value = torch.where(self.code.spread(do.mask) > 0, do.value, 0)
        return guiding.pulled(self.denoiser, abduction, push, self.config)


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> DiffSCM:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's.
    """
    return shapes.filled(lambda: DiffSCM(code, size, options), weights)
