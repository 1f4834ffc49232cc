"""The causal diffusion model: encoder, latent SCM, draft and denoiser around one learned graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cdm import diffusion
from cdm.config import VALUELESS, Config
from cdm.errors import CdmError
from cdm.models import masks
from cdm.models.masks import Masking
from cdm.networks import denoisers
from cdm.networks.bottleneck import Bottleneck
from cdm.networks.compass import Compass
from cdm.networks.conditioning import Tokens
from cdm.networks.draft import Draft
from cdm.networks.encoder import Encoder
from cdm.networks.painter import Painter
from cdm.networks.style import Style
from cdm.scm.codes import Code
from cdm.scm.graph import reachability
from cdm.scm.mechanisms import Mechanisms

STEPS = 30  # evaluations of the denoiser a direction
DEPTH = 0.6  # the time that abduction inverts to: beyond it only the tokens matter


@dataclass(frozen=True)
class Abduction:
    """What a model believes about an image: its codes, the noises of its factors, and the rest of it.

    Attributes:
        codes: ``(n, width)``.
        noise: ``(n, width)``, the exogenous noise of each factor.
        rest: ``(n, 3, size, size)``, the image at time :data:`DEPTH`: what the factors do not explain.
        style: ``(n, style)``.
        image: ``(n, 3, size, size)``, the factual image.
    """

    codes: Tensor
    noise: Tensor
    rest: Tensor
    style: Tensor
    image: Tensor


class CausalDiffusionModel(nn.Module):
    """Images whose latent factors obey a directed acyclic graph.

    Images are ``(n, 3, size, size)`` from -1 to 1; a do is a mapping from factors to values in their units.
    """

    def __init__(self, code: Code, size: int, config: Config, adjacency: Tensor) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        trunk = Bottleneck(size, len(code.factors), config) if config.latents == "bottleneck" else None
        self.encoder = Encoder(code, size, trunk)
        self.style, self.draft = Style(config.style), Draft(code, size, config.style)
        self.set_graph(adjacency)
        if config.supervision in VALUELESS:
            self.painter, self.compass = Painter(code, size), Compass(len(code.factors))

    def set_graph(self, adjacency: Tensor) -> None:
        """Make the parts that a graph shapes, anew, for another graph."""
        device = next(self.encoder.parameters()).device
        self.mechanisms = Mechanisms(self.code, adjacency, self.config.affine).to(device)
        self.tokens = Tokens(self.code, adjacency, self.config.conditioning).to(device)
        made = denoisers.make(self.config.denoiser, self.size, len(self.code.factors))
        self.denoiser: nn.Module = made.to(device)

    def inherit(self) -> None:
        """Let the denoiser go on from the network whose bottleneck the encoder reads, if that is one."""
        if isinstance(self.encoder.trunk, Bottleneck):
            denoisers.inherit(self.config.denoiser, self.denoiser, self.encoder.trunk.network)

    @property
    def adjacency(self) -> Tensor:
        """``(d, d)``, 1 from cause to effect."""
        return self.mechanisms.adjacency

    def encode(self, images: Tensor) -> Tensor:
        """The values ``(n, d)`` of the factors in images, in their units."""
        with torch.no_grad():
            return self.code.decode(self.encoder(images))

    def abduct(self, images: Tensor, steps: int = STEPS) -> Abduction:
        """What must have been, for these images to be: the first step of a counterfactual (Pearl 2009, 7.1)."""
        with torch.no_grad():
            codes, style = self.encoder(images), self.style(images)
            rest = diffusion.invert(self.denoise(codes, style), images, steps, DEPTH)
            return Abduction(codes, self.mechanisms.noise(codes), rest, style, images)

    def do(self, values: Mapping[str, float]) -> Intervened:
        """The model under an intervention.

        Raises:
            CdmError: if there is no such factor or a value is out of its range.
        """
        return Intervened(self, {name: self._checked(name, value) for name, value in values.items()})

    def counterfactual(
        self,
        images: Tensor,
        do: Mapping[str, float],
        steps: int = STEPS,
        guidance: float = 1.0,
        masking: Masking = "none",
    ) -> Tensor:
        """What the images would have been under a do, all noise being the same; options as in :meth:`imagine`."""
        believed = self.abduct(images, steps)
        mask, value = self.table(do, len(images))
        return self.imagine(believed, mask, value, steps, guidance, masking)

    def imagine(
        self,
        believed: Abduction,
        mask: Tensor,
        value: Tensor,
        steps: int = STEPS,
        guidance: float = 1.0,
        masking: Masking = "none",
    ) -> Tensor:
        """Action and prediction, for rows that may each have a do of their own.

        Args:
            believed: what :meth:`abduct` gave.
            mask: ``(n, d)``, 1 on the targets.
            value: codes ``(n, width)`` that the targets take.
            steps: evaluations of the denoiser.
            guidance: more than 1 exaggerates what the targets and their descendants say.
            masking: which pixels may change (:mod:`cdm.models.masks`); all others stay those of the image, bit for bit.

        Raises:
            CdmError: if there is no such masking, or the model was not trained for guidance.
        """
        with torch.no_grad():
            codes = self.mechanisms.counterfactual(believed.codes, mask, value)
            touched = (mask @ reachability(self.adjacency)) > 0
            denoise = self.denoise(codes, believed.style, guidance, touched)
            if masking == "none":
                return diffusion.sample(denoise, believed.rest, steps, DEPTH)
            before = self.denoise(believed.codes, believed.style)
            taken = list(diffusion.path(before, believed.image, steps, DEPTH))
            looks = masks.looks(taken, diffusion.times_of(steps, DEPTH))
            region = masks.region(
                masking,
                lambda: masks.difference(
                    *(diffusion.sample(drawn, taken[-1], steps, DEPTH) for drawn in (denoise, before))
                ),
                lambda: masks.attention(self._maps((believed.codes, codes), believed.style, looks), touched),
            )
            return diffusion.sample_within(denoise, taken, region, DEPTH)

    def _maps(self, codes: Iterable[Tensor], style: Tensor, looks: Iterable[masks.Look]) -> Tensor:
        """How much each pixel looks at each factor's token, ``(n, d, size, size)``, under these codes."""
        told = [(self.tokens(z), self.drafted(z, style)) for z in codes]
        found = [masks.looked_at(self.denoiser, x, t, *pair) for x, t in looks for pair in told]
        return torch.stack(found).mean(dim=0)

    def denoise(
        self, codes: Tensor, style: Tensor, guidance: float = 1.0, touched: Tensor | None = None
    ) -> diffusion.Network:
        """The denoiser for given codes, as a function of noisy images and times to clean ones.

        Guidance (Ho and Salimans 2022, arXiv 2207.12598) strengthens what ``touched (n, d)`` say only.

        Raises:
            CdmError: if there is to be guidance and the model has never drawn without being told of its factors.
        """
        told = self._told(codes, style)
        if guidance == 1 or touched is None:
            return told
        if not self.config.drop:
            raise CdmError(f"guidance {guidance:g}: it needs a model that was trained with --set drop=0.1, or so")
        blank = self._told(codes, style, touched)

        def guided(x: Tensor, t: Tensor) -> Tensor:
            without = blank(x, t)
            return without + guidance * (told(x, t) - without)

        return guided

    def _told(self, codes: Tensor, style: Tensor, dropped: Tensor | None = None) -> diffusion.Network:
        tokens, draft = self.tokens(codes, dropped), self.drafted(codes, style, dropped)

        def clean(x: Tensor, t: Tensor) -> Tensor:
            return diffusion.clean(x, t, self.predict(x, t, tokens, draft), self.config.prediction)

        return clean

    def drafted(self, codes: Tensor, style: Tensor, dropped: Tensor | None = None) -> Tensor:
        """Drafts of images; conditioning ``none`` tells them of no factor."""
        if self.config.conditioning == "none":
            dropped = torch.ones(len(codes), len(self.code.factors), dtype=torch.bool, device=codes.device)
        found: Tensor = self.draft(codes, style, dropped)
        return found

    def predict(self, x: Tensor, t: Tensor, tokens: Tensor, draft: Tensor) -> Tensor:
        """What ``config.prediction`` asks for; a clean image is predicted as what its draft lacks."""
        found: Tensor = self.denoiser(x, t, tokens, draft)
        return draft + found if self.config.prediction == "x0" else found

    def table(self, do: Mapping[str, float], count: int) -> tuple[Tensor, Tensor]:
        """One do for many rows: its mask ``(n, d)`` and its values as codes ``(n, width)``."""
        device = self.adjacency.device
        mask = torch.zeros(count, len(self.code.factors), device=device)
        value = torch.zeros(count, self.code.width, device=device)
        for name, number in do.items():
            i = self.code.index(name)
            checked = torch.full((count,), self._checked(name, number), device=device)
            mask[:, i], value[:, self.code.blocks[i]] = 1, self.code.factors[i].domain.encode(checked)
        return mask, value

    def _checked(self, name: str, value: float) -> float:
        return self.code.factors[self.code.index(name)].read(repr(float(value)))


@dataclass(frozen=True)
class Intervened:
    """A model under a do: ``model.do({"lamp": 0.3}).sample(16)``."""

    model: CausalDiffusionModel
    values: Mapping[str, float]

    def sample_codes(self, count: int, seed: int = 0) -> Tensor:
        """Codes ``(count, width)`` of the factors, drawn under the do."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            mask, value = self.model.table(self.values, count)
            return self.model.mechanisms.solve(self.model.mechanisms.draw(count, generator), mask, value)

    def sample(self, count: int, seed: int = 0, steps: int = STEPS) -> Tensor:
        """Images ``(count, 3, size, size)`` drawn under the do; one seed, one noise, whatever the do."""
        codes = self.sample_codes(count, seed)
        generator = torch.Generator().manual_seed(seed + 1)
        noise = torch.randn(count, 3, self.model.size, self.model.size, generator=generator).to(codes.device)
        style = self.model.style.draw(count, generator)
        with torch.no_grad():
            return diffusion.sample(self.model.denoise(codes, style), noise, steps)


def parse_do(code: Code, texts: tuple[str, ...]) -> dict[str, float]:
    """Read ``NAME=VALUE`` texts, several in one separated by commas.

    Raises:
        CdmError: if a text is none, there is no such factor, or the value is out of its range.
    """
    found = {}
    for part in (part for text in texts for part in text.split(",")):
        name, equals, value = part.partition("=")
        if not equals:
            raise CdmError(f"--do {part}: write NAME=VALUE")
        found[name.strip()] = code.factors[code.index(name.strip())].read(value.strip())
    return found
