"""What a CausalVAE answers: factors that it reads, a graph, and images under a do."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from cdm.methods.causal_vae.config import Options
from cdm.methods.causal_vae.networks import Causes
from cdm.methods.parts import autoencoding
from cdm.methods.parts.autoencoding import Gaussian
from cdm.models import shapes
from cdm.models.interventions import DoTable
from cdm.models.protocol import Model
from cdm.scm.codes import Code

_SURE = 10.0  # how much likelier, in nats, a level is made whose number is 1 than one whose number is 0


@dataclass(frozen=True)
class Abducted:
    """What must have been, for images to be.

    Attributes:
        noise: ``(n, width)``, exogenous.
        other: ``(n, spare)``, latents that no label supervises.
        rest: ``(n, 3, size, size)``, what of the images the decoder does not draw; zeros if it is dropped.
    """

    noise: Tensor
    other: Tensor
    rest: Tensor


class CausalVAE(Model):
    """An autoencoder whose blocks of latents, one a factor, are tied by a structural causal model."""

    name, answers = "causal_vae", frozenset({"encode", "counterfactual", "factors", "graph"})
    config: Options

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        d, widest = len(code.factors), max(factor.width for factor in code.factors)
        self.causes = Causes(code)
        self.reader = autoencoding.Reader(size, 2 * (code.width + config.spare), config.width)
        self.painter = autoencoding.Painter(size, max(widest, config.spare), d + 1, config.width)

    @property
    def graph(self) -> Tensor | None:
        """Which effects it has."""
        return self.causes.effects.kept.clone()

    def codes(self, images: Tensor) -> Tensor:
        """The latents that labels supervise, as codes."""
        with torch.no_grad():
            return self.valid(self.causes.solved(self.read(images).mean[:, : self.code.width]))

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Abducted:
        """The exogenous noise of images; factors are read, so they need not be known."""
        with torch.no_grad():
            mean, width = self.read(images).mean, self.code.width
            noise, other = mean[:, :width], mean[:, width:]
            kept = images - self.drawn(self.causes.solved(noise), other) if self.config.rest == "kept" else 0 * images
            return Abducted(noise, other, kept)

    def predict(self, abduction: Abducted, do: DoTable) -> Tensor:
        """What the latents under the do look like."""
        with torch.no_grad():
            drawn = self.drawn(self.under(abduction, do), abduction.other)
            return (drawn + abduction.rest).clamp(-1, 1)

    def act(self, abduction: Abducted, do: DoTable) -> Tensor:
        """The codes that the latents under the do mean."""
        with torch.no_grad():
            return self.valid(self.under(abduction, do))

    def under(self, abduction: Abducted, do: DoTable) -> Tensor:
        """The latents ``(n, width)`` under a do."""
        return self.causes.solved(abduction.noise, self.code.spread(do.mask) > 0, do.value)

    def drawn(self, z: Tensor, other: Tensor) -> Tensor:
        """Images: what each block draws, and what the latents draw that no label supervises, added up."""
        takes = self.painter.takes
        blocks = functional.pad(self.causes.blocks.of(z), (0, takes - self.causes.blocks.block)).flatten(1)
        images: Tensor = self.painter(torch.cat([blocks, functional.pad(other, (0, takes - other.shape[1]))], dim=1))
        return images

    def read(self, images: Tensor) -> Gaussian:
        """The law of the exogenous noise of images and of their other latents, ``(n, width + spare)``."""
        return autoencoding.law(self.reader(images))

    def valid(self, z: Tensor) -> Tensor:
        """Latents as codes."""
        parts = [domain.project(block * (1.0 if domain.linear else _SURE)) for domain, block in self.code.parts(z)]
        return torch.cat(parts, dim=1)


class Given(CausalVAE):
    """One whose graph was given, so that nobody is to count it as found."""

    answers = CausalVAE.answers - {"graph"}

    @property
    def graph(self) -> Tensor | None:
        """None: it found none."""
        return None


def made(code: Code, size: int, options: Options) -> CausalVAE:
    """An untrained model of the kind that options mean."""
    return (Given if options.graph == "given" else CausalVAE)(code, size, options)


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> CausalVAE:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's, or its effects have a cycle.
    """
    model = shapes.filled(lambda: made(code, size, options), weights)
    if not model.causes.effects.acyclic:
        raise ValueError("its effects have a cycle")
    return model
