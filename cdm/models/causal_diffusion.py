"""The causal diffusion model: encoder, latent SCM, draft and denoiser around one learned graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cdm import diffusion
from cdm.config import VALUELESS, Config
from cdm.errors import CdmError
from cdm.models import masks, shapes
from cdm.models.interventions import DoTable
from cdm.models.masks import Masking
from cdm.models.protocol import ANSWERS, USUAL, Model
from cdm.networks import denoisers
from cdm.networks.bottleneck import Bottleneck
from cdm.networks.compass import Compass
from cdm.networks.conditioning import Tokens
from cdm.networks.draft import Draft
from cdm.networks.encoder import Encoder
from cdm.networks.painter import Painter
from cdm.networks.style import Style
from cdm.scm.codes import Code
from cdm.scm.graph import reachability, topological
from cdm.scm.mechanisms import Mechanisms

STEPS = 30  # evaluations of the denoiser a direction
DEPTH = 0.6  # the time that abduction inverts to: beyond it only the tokens matter
NOTES = {
    "targets": "trained at supervision 'targets': no value was ever told. Values are read as if dos were even over "
    "the factor's range, and any factor may be mirrored: its low end may be its high end",
    "unknown": "trained at supervision 'unknown': nothing was told but pairs. Its factors are z1, z2, ... from -1 to "
    "1, without names, units or sign",
}
"""What a supervision leaves open, for whoever reads the answers."""
_UNTOLD = {"targets": frozenset({"sign"}), "unknown": frozenset({"sign", "order"})}


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


class CausalDiffusionModel(Model):
    """Images whose latent factors obey a directed acyclic graph."""

    name, answers = USUAL, frozenset(ANSWERS)
    config: Config

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

    @property
    def graph(self) -> Tensor:
        """The graph that was learned, or given."""
        return self.adjacency

    @property
    def untold(self) -> frozenset[str]:
        """Without values no sign is told, without targets no order of the factors either."""
        return _UNTOLD.get(self.config.supervision, frozenset())

    @property
    def note(self) -> str:
        """What its supervision leaves open."""
        return NOTES.get(self.config.supervision, "")

    def codes(self, images: Tensor) -> Tensor:
        """What the encoder reads."""
        with torch.no_grad():
            read: Tensor = self.encoder(images)
        return read

    def abduct(self, images: Tensor, factors: Tensor | None = None, steps: int = STEPS) -> Abduction:
        """The codes, their noise, and the image inverted under them, in so many evaluations of the denoiser."""
        with torch.no_grad():
            codes, style = self.codes(images) if factors is None else factors, self.style(images)
            rest = diffusion.invert(self.denoise(codes, style), images, steps, DEPTH)
            return Abduction(codes, self.mechanisms.noise(codes), rest, style, images)

    def act(self, abduction: Abduction, do: DoTable) -> Tensor:
        """The codes under a do; what is neither a target nor a descendant of one keeps its code, bit for bit."""
        with torch.no_grad():
            return self.mechanisms.counterfactual(abduction.codes, do.mask, do.value, abduction.noise)

    def predict(
        self,
        abduction: Abduction,
        do: DoTable,
        steps: int = STEPS,
        guidance: float = 1.0,
        masking: Masking = "none",
    ) -> Tensor:
        """The images under a do.

        Args:
            abduction: what :meth:`abduct` gave.
            do: rows that may each have a do of their own.
            steps: evaluations of the denoiser.
            guidance: more than 1 exaggerates what the targets and their descendants say.
            masking: which pixels may change (:mod:`cdm.models.masks`); all others stay those of the image, bit for bit.

        Raises:
            CdmError: if there is no such masking, or the model was not trained for guidance.
        """
        with torch.no_grad():
            codes = self.act(abduction, do)
            touched = (do.mask @ reachability(self.adjacency)) > 0
            denoise = self.denoise(codes, abduction.style, guidance, touched)
            if masking == "none":
                return diffusion.sample(denoise, abduction.rest, steps, DEPTH)
            before = self.denoise(abduction.codes, abduction.style)
            taken = list(diffusion.path(before, abduction.image, steps, DEPTH))
            looks = masks.looks(taken, diffusion.times_of(steps, DEPTH))
            region = masks.region(
                masking,
                lambda: masks.difference(
                    *(diffusion.sample(drawn, taken[-1], steps, DEPTH) for drawn in (denoise, before))
                ),
                lambda: masks.attention(self._maps((abduction.codes, codes), abduction.style, looks), touched),
            )
            return diffusion.sample_within(denoise, taken, region, DEPTH)

    def counterfactual(
        self,
        images: Tensor,
        do: Mapping[str, float],
        steps: int = STEPS,
        guidance: float = 1.0,
        masking: Masking = "none",
    ) -> Tensor:
        """What the images would have been under one do; options as in :meth:`predict`."""
        abduction = self.abduct(images, steps=steps)
        return self.predict(abduction, self.table(do, len(images)), steps, guidance, masking)

    def sample_codes(self, do: Mapping[str, float], n: int, seed: int = 0) -> Tensor:
        """Codes of noises that were remembered from the training images, under a do."""
        with torch.no_grad():
            table, noise = self.table(do, n), self.mechanisms.draw(n, torch.Generator().manual_seed(seed))
            return self.mechanisms.solve(noise, table.mask, table.value)

    def sample(self, do: Mapping[str, float], n: int, seed: int = 0, steps: int = STEPS) -> Tensor:
        """Images of such codes, drawn from fresh noise."""
        codes, generator = self.sample_codes(do, n, seed), torch.Generator().manual_seed(seed + 1)
        noise = torch.randn(n, 3, self.size, self.size, generator=generator).to(codes.device)
        style = self.style.draw(n, generator)
        with torch.no_grad():
            return diffusion.sample(self.denoise(codes, style), noise, steps)

    def _maps(self, codes: Iterable[Tensor], style: Tensor, looks: Iterable[masks.Look]) -> Tensor:
        """How much each pixel looks at each factor's token, ``(n, d, size, size)``, under these codes."""
        conditions = [(self.tokens(z), self.drafted(z, style)) for z in codes]
        maps = [masks.looked_at(self.denoiser, x, t, *pair) for x, t in looks for pair in conditions]
        return torch.stack(maps).mean(dim=0)

    def denoise(
        self, codes: Tensor, style: Tensor, guidance: float = 1.0, touched: Tensor | None = None
    ) -> diffusion.Network:
        """The denoiser for given codes, as a function of noisy images and times to clean ones.

        Guidance (Ho and Salimans 2022, arXiv 2207.12598) strengthens what ``touched (n, d)`` say only.

        Raises:
            CdmError: if there is to be guidance and the model has never drawn without being told of its factors.
        """
        conditioned = self._conditioned(codes, style)
        if guidance == 1 or touched is None:
            return conditioned
        if not self.config.drop:
            raise CdmError(f"guidance {guidance:g}: it needs a model that was trained with --set drop=0.1, or so")
        blank = self._conditioned(codes, style, touched)

        def guided(x: Tensor, t: Tensor) -> Tensor:
            without = blank(x, t)
            return without + guidance * (conditioned(x, t) - without)

        return guided

    def _conditioned(self, codes: Tensor, style: Tensor, dropped: Tensor | None = None) -> diffusion.Network:
        tokens, draft = self.tokens(codes, dropped), self.drafted(codes, style, dropped)

        def clean(x: Tensor, t: Tensor) -> Tensor:
            return diffusion.clean(x, t, self.estimate(x, t, tokens, draft), self.config.prediction)

        return clean

    def drafted(self, codes: Tensor, style: Tensor, dropped: Tensor | None = None) -> Tensor:
        """Drafts of images; conditioning ``none`` tells them of no factor."""
        if self.config.conditioning == "none":
            dropped = torch.ones(len(codes), len(self.code.factors), dtype=torch.bool, device=codes.device)
        drafts: Tensor = self.draft(codes, style, dropped)
        return drafts

    def estimate(self, x: Tensor, t: Tensor, tokens: Tensor, draft: Tensor) -> Tensor:
        """What ``config.prediction`` asks for; a clean image is predicted as what its draft lacks."""
        predicted: Tensor = self.denoiser(x, t, tokens, draft)
        return draft + predicted if self.config.prediction == "x0" else predicted


def load(code: Code, size: int, config: Config, weights: dict[str, Tensor]) -> CausalDiffusionModel:
    """The model that has these weights.

    Raises:
        ValueError, RuntimeError: if they are not such a model's, or its graph has a cycle.
    """
    adjacency, d = weights.get("mechanisms.adjacency", torch.zeros(0)), len(code.factors)
    if adjacency.shape != (d, d):
        raise ValueError(f"a graph of {d} factors is needed")
    topological(adjacency)
    shapes.check(lambda: CausalDiffusionModel(code, size, config, torch.zeros(d, d)), weights)
    model = CausalDiffusionModel(code, size, config, adjacency)
    model.load_state_dict(weights)
    return model
