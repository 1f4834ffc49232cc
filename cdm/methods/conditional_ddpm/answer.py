"""What a conditional DDPM answers: images whose labels are known, redrawn under others."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from cdm.methods.conditional_ddpm import networks
from cdm.methods.conditional_ddpm.config import Options
from cdm.methods.parts import diffusing
from cdm.methods.parts.labels import Labelled
from cdm.models import shapes
from cdm.models.interventions import DoTable
from cdm.scm.codes import Code


class ConditionalDDPM(Labelled):
    """A denoiser that is told labels."""

    name = "conditional_ddpm"
    config: Options

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__(code, size, config)
        self.denoiser = networks.denoiser(code, size, config)

    def predict(self, abduction: Any, do: DoTable) -> Tensor:
        """The image inverted under its labels, and run back under those of the do."""
        before = self.denoiser.clean(abduction.codes)
        after = self.denoiser.clean(self.act(abduction, do), self.config.guidance)
        return diffusing.redrawn(before, after, abduction.images, self.config.ddim)


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> ConditionalDDPM:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's.
    """
    return shapes.filled(lambda: ConditionalDDPM(code, size, options), weights)
