"""What a direct regression answers: the other image of a pair."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.methods.direct_regression.config import Options
from cdm.methods.parts.told_unet import ToldUNet
from cdm.models import shapes
from cdm.models.interventions import DoTable
from cdm.models.protocol import Model
from cdm.scm.codes import Code


class DirectRegression(Model):
    """The other image of a pair, from one image, the targets and the values that they are set to."""

    name, answers = "direct_regression", frozenset({"counterfactual"})
    config: Options

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        self.network = ToldUNet(size, len(code.factors) + code.width)

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Tensor:
        """The images themselves: it believes nothing about them, and needs no factors."""
        return images

    def predict(self, abduction: Tensor, do: DoTable) -> Tensor:
        """What the network makes of the images."""
        with torch.no_grad():
            return self.drawn(abduction, do)

    def drawn(self, images: Tensor, do: DoTable) -> Tensor:
        """The same with gradients; of what is not set nothing is told."""
        told = torch.cat([do.mask, torch.where(self.code.spread(do.mask) > 0, do.value, 0)], dim=1)
        drawn: Tensor = images + self.network(images, told)
        return drawn


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> DirectRegression:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's.
    """
    return shapes.filled(lambda: DirectRegression(code, size, options), weights)
