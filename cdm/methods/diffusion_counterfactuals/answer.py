"""What DiffusionCounterfactuals answers: images run to noise, and back towards all factors of the counterfactual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from cdm import diffusion
from cdm.methods.diffusion_counterfactuals import networks
from cdm.methods.diffusion_counterfactuals.config import Options
from cdm.methods.parts import guiding
from cdm.methods.parts.labels import Labelled
from cdm.models import shapes
from cdm.models.interventions import DoTable
from cdm.scm.codes import Code


@dataclass(frozen=True)
class Abducted:
    """What must have been, for images to be.

    Attributes:
        noise: ``(n, 3, size, size)``, which gives the images where nothing pulls.
        codes: ``(n, width)``, the factors that are in them; their own noise the mechanisms read back.
    """

    noise: Tensor
    codes: Tensor


class DiffusionCounterfactuals(Labelled):
    """A denoiser that is told nothing, and a projector of noisy images whose gradient guides it."""

    name, answers = "diffusion_counterfactuals", frozenset({"counterfactual", "encode", "factors", "given"})
    config: Options

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__(code, size, config)
        self.denoiser = networks.denoiser(size, config)
        self.projector = networks.projector(code, size, config)

    def codes(self, images: Tensor) -> Tensor:
        """What the projector reads in images without noise."""
        return self.projector.codes(images)

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Abducted:
        """The noise of images, and the factors that the projector reads in them, or those that are known."""
        read = self.code.encode(self.code.decode(self.codes(images))) if factors is None else factors
        return Abducted(guiding.noised(self.denoiser, images, self.config), read)

    def predict(self, abduction: Any, do: DoTable) -> Tensor:
        """The images that the noise gives where all factors are pulled to what they would have been.

        Where these are what they are, nothing pulls.
        """
        wanted = self.act(abduction, do)
        changed: Tensor = (wanted != abduction.codes).any(dim=1)

        def apart(x: Tensor, t: Tensor) -> Tensor:
            return self.projector.distance(x, t, wanted).sum(dim=1) * changed

        def push(x: Tensor, t: Tensor) -> Tensor:
            return balanced(guiding.downhill(apart, x, t), t, self.config.share, self.config.scale)

        return guiding.pulled(self.denoiser, abduction.noise, push, self.config)


def balanced(way: Tensor, t: Tensor, share: float, scale: float) -> Tensor:
    """A push whose scale adjusts itself, to each image: its size is a share of that of the noise, and it is bounded.

    A push of the score moves an image by sigma^2 times itself, and the noise in it has a standard deviation of sigma.

    Args:
        way: ``(n, 3, size, size)``, where to.
        t: times ``(n,)``.
        share: of the standard deviation of the noise that the push has, as a root mean square.
        scale: the most that ``way`` is multiplied with.
    """
    _, sigma = diffusion.scales(t)
    size = sigma * way.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
    return way * (share / size.clamp_min(1e-12)).clamp_max(scale)


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> DiffusionCounterfactuals:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's.
    """
    return shapes.filled(lambda: DiffusionCounterfactuals(code, size, options), weights)
