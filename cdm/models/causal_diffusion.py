"""The causal diffusion model: encoder, latent SCM, draft and denoiser around one learned graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm import diffusion
from cdm.config import VALUELESS, Config
from cdm.data.images import given
from cdm.errors import CdmError
from cdm.models import masks, routes, shapes
from cdm.models.abduction import Abduction, Reference
from cdm.models.interventions import Do, DoTable
from cdm.models.masks import Masking
from cdm.models.protocol import ANSWERS, USUAL, Model
from cdm.models.routes import Route
from cdm.models.untold import NOTES, UNTOLD
from cdm.networks import denoisers, pictures
from cdm.networks.bottleneck import Bottleneck
from cdm.networks.compass import Compass
from cdm.networks.conditioning import Tokens
from cdm.networks.draft import Draft
from cdm.networks.encoder import Encoder
from cdm.networks.painter import Painter
from cdm.networks.pictures import Pictures
from cdm.networks.style import Style
from cdm.scm.codes import Code
from cdm.scm.graph import reachability, topological
from cdm.scm.mechanisms import Mechanisms

STEPS = 30  # evaluations of the denoiser for a fresh image, and of each direction of an inversion
ANSWERED = 5  # of an answer that sees its reference
DEPTH = 0.6  # the time that an inversion goes to: beyond it only the tokens matter


class CausalDiffusionModel(Model):
    """Images whose latent factors obey a directed acyclic graph."""

    name, answers = USUAL, frozenset(ANSWERS) - {"latents"}  # its codes have names
    config: Config
    moved: Tensor

    def __init__(self, code: Code, size: int, config: Config, adjacency: Tensor) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        shown = len(code.frame.factors)
        trunk = Bottleneck(size, shown, config) if config.latents == "bottleneck" else None
        self.encoder = Encoder(code, size, trunk)
        self.style, self.draft = Style(config.style, code.frames), Draft(shown, size, config.style)
        self.set_graph(adjacency)
        if config.supervision in VALUELESS:
            self.painter, self.compass = Painter(code, size), Compass(len(code.factors))

    def set_graph(self, adjacency: Tensor, moved: Tensor | None = None) -> None:
        """Make the parts that a graph shapes, anew, for another graph.

        Args:
            adjacency: ``(d, d)``, 1 from cause to effect.
            moved: ``(d, d)``, 1 where the column may move under a do on the row; what is reached, if None.
        """
        device = next(self.encoder.parameters()).device
        self.register_buffer("moved", (reachability(adjacency) if moved is None else moved).float().to(device))
        self.mechanisms = Mechanisms(self.code, adjacency, self.config.affine).to(device)
        self.tokens = Tokens(self.code, adjacency, self.config.conditioning).to(device)
        made = denoisers.make(self.config.denoiser, self.size, len(self.code.frame.factors), self.config.channels)
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
        return UNTOLD.get(self.config.supervision, frozenset())

    @property
    def note(self) -> str:
        """What its supervision leaves open."""
        return NOTES.get(self.config.supervision, "")

    def codes(self, images: Tensor) -> Tensor:
        """What the encoder reads."""
        with torch.no_grad():
            read: Tensor = self.encoder(images)
        return read

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Abduction:
        """The codes of images, the noise of each factor, and their style."""
        with torch.no_grad():
            codes = self.codes(images) if factors is None else factors
            return Abduction(codes, self.mechanisms.noise(codes), self.style(images), images)

    def act(self, abduction: Abduction, do: DoTable) -> Tensor:
        """The codes under a do; what is neither a target nor a descendant of one keeps its code, bit for bit."""
        with torch.no_grad():
            return self.mechanisms.counterfactual(abduction.codes, do.mask, do.value, abduction.noise)

    def predict(
        self,
        abduction: Abduction,
        do: DoTable,
        steps: int | None = None,
        guidance: float = 1.0,
        route: Route | None = None,
        masking: Masking = "none",
        seed: int | None = None,
    ) -> Tensor:
        """The images under a do.

        Args:
            abduction: what :meth:`abduct` gave.
            do: rows that may each have a do of their own.
            steps: evaluations of the denoiser, where images are drawn from noise.
            guidance: more than 1 exaggerates what the targets and their descendants say.
            route: ``reference`` draws over the image; ``inversion`` draws from the noise that it inverts to. If None,
                the first where the model can.
            masking: which pixels an inversion may change (:mod:`cdm.models.masks`); all others stay, bit for bit.
            seed: of fresh noise, where the image is drawn over: another one, another answer that is as good, since a
                do may leave something open. If None, the one answer that is nearest to all of them, drawn at once; or
                that of seed 0, of a model that has not learned to (``once``).

        Raises:
            CdmError: if there is no such route or masking, or the model was not trained for it or for guidance.
        """
        with torch.no_grad():
            codes = self.act(abduction, do)
            touched = (do.mask @ reachability(self.adjacency)) > 0
            if routes.chosen(route, masking, self._refers) == "inversion":
                return self._inverted(abduction, codes, steps or STEPS, (guidance, touched), masking)
            denoise = self.denoise(codes, abduction.style, guidance, touched, self.reference(abduction, codes))
            if seed is None and self.config.reference == "whole" and self.config.once:
                return diffusion.at_once(denoise, abduction.image)
            noise = self._noise(len(codes), torch.Generator().manual_seed(seed or 0))
            return diffusion.sample(denoise, noise, steps or ANSWERED)

    def rows(self, abduction: Abduction, do: DoTable) -> dict[str, Tensor]:
        """What the draft alone answers: everywhere, and where it says that something changes."""
        with torch.no_grad():
            before, after = (self.drafted(z, abduction.style) for z in (abduction.codes, self.act(abduction, do)))
        inside = torch.where(masks.difference(after, before), after, abduction.image)
        return {"draft only": after, "draft inside the mask": inside}

    @property
    def _refers(self) -> bool:
        """Whether it was trained to draw over a reference."""
        return self.config.reference != "none" and self.config.prediction == "x0"

    def reference(self, abduction: Abduction, codes: Tensor) -> Reference:
        """The factual images as a denoiser may see them when it draws images of ``codes``."""
        hidden = torch.zeros_like(abduction.image[:, :1]).bool()
        if self.config.reference == "holes":
            hidden = self.hole(abduction.codes, codes, abduction.style)
        return Reference(abduction.image, abduction.codes, hidden)

    def hole(self, codes: Tensor, others: Tensor, style: Tensor) -> Tensor:
        """Where drafts of two codes differ ``(n, 1, size, size)``, with a margin of a pixel."""
        differ = masks.difference(self.drafted(codes, style), self.drafted(others, style))
        return functional.max_pool2d(differ.float(), 3, 1, 1) > 0

    def _inverted(
        self, abduction: Abduction, codes: Tensor, steps: int, guided: tuple[float, Tensor], masking: Masking
    ) -> Tensor:
        before, after = self.denoise(abduction.codes, abduction.style), self.denoise(codes, abduction.style, *guided)
        if masking == "none":
            return diffusion.restore(after, diffusion.invert(before, abduction.image, steps, DEPTH), steps, DEPTH)
        taken = list(diffusion.path(before, abduction.image, steps, DEPTH))
        looks = masks.looks(taken, diffusion.times_of(steps, DEPTH))
        region = masks.region(
            masking,
            lambda: masks.difference(*(diffusion.restore(d, taken[-1], steps, DEPTH) for d in (after, before))),
            lambda: masks.attention(self._maps((abduction.codes, codes), abduction.style, looks), guided[1]),
        )
        return diffusion.restore_within(after, taken, region, DEPTH)

    def counterfactual(self, images: Any, do: Do, *, allow_ood: bool = False, **options: Any) -> Tensor:
        """What images, or bytes of a data set, would have been under one do; options as in :meth:`predict`."""
        done = self.do(do, allow_ood=allow_ood).values
        return self.predict(self.abduct(given(images, self.device)), self.table(done, len(images)), **options)

    def sample_codes(self, do: Mapping[str, float], n: int, seed: int = 0) -> Tensor:
        """Codes of noises that were remembered from the training images, under a do."""
        with torch.no_grad():
            table, noise = self.table(do, n), self.mechanisms.draw(n, torch.Generator().manual_seed(seed))
            return self.mechanisms.solve(noise, table.mask, table.value)

    def sample(self, do: Mapping[str, float], n: int, seed: int = 0, steps: int = STEPS) -> Tensor:
        """Images of such codes, drawn from fresh noise."""
        codes, generator = self.sample_codes(do, n, seed), torch.Generator().manual_seed(seed + 1)
        noise = self._noise(n, generator)
        style = self.style.draw(n, generator)
        with torch.no_grad():
            return diffusion.sample(self.denoise(codes, style), noise, steps)

    def _noise(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.randn(count, 3, self.code.frames * self.size, self.size, generator=generator).to(self.device)

    def _maps(self, codes: Iterable[Tensor], style: Tensor, looks: Iterable[masks.Look]) -> Tensor:
        """How much each pixel looks at each factor's token, ``(n, d, size, size)``, under these codes."""
        told = [self.told(z, style) for z in codes]
        maps = [masks.looked_at(self.denoiser, x, t, tokens, beside.seen) for x, t in looks for tokens, beside in told]
        return torch.stack(maps).mean(dim=0)

    def denoise(
        self,
        codes: Tensor,
        style: Tensor,
        guidance: float = 1.0,
        touched: Tensor | None = None,
        reference: Reference | None = None,
    ) -> diffusion.Network:
        """The denoiser for given codes, as a function of noisy images and times to clean ones.

        Guidance (Ho and Salimans 2022, arXiv 2207.12598) strengthens what ``touched (n, d)`` say only.

        Raises:
            CdmError: if there is to be guidance and the model has never drawn without being told of its factors.
        """
        conditioned = self._conditioned(codes, style, None, reference)
        if guidance == 1 or touched is None:
            return conditioned
        if not self.config.drop:
            raise CdmError(f"guidance {guidance:g}: it needs a model that was trained with --set drop=0.1, or so")
        blank = self._conditioned(codes, style, touched, reference)

        def guided(x: Tensor, t: Tensor) -> Tensor:
            without = blank(x, t)
            return without + guidance * (conditioned(x, t) - without)

        return guided

    def _conditioned(
        self, codes: Tensor, style: Tensor, dropped: Tensor | None, reference: Reference | None
    ) -> diffusion.Network:
        tokens, seen = self.told(codes, style, dropped, reference)

        def clean(x: Tensor, t: Tensor) -> Tensor:
            return diffusion.clean(x, t, self.estimate(x, t, tokens, seen), self.config.prediction)

        return clean

    def told(
        self, codes: Tensor, style: Tensor, dropped: Tensor | None = None, reference: Reference | None = None
    ) -> tuple[Tensor, Pictures]:
        """What the denoiser is told of wanted codes and of a reference: tokens ``(n, d, TOLD)``, and pictures."""
        tokens, shape = self.tokens(codes, dropped), (len(codes), len(self.code.factors))
        if reference is None:
            untold = self.tokens(codes, torch.ones(shape, dtype=torch.bool, device=codes.device))
            return torch.cat([tokens, untold], dim=2), pictures.alone(self.draft(tokens, style))
        there = ~reference.absent
        was = self.tokens(reference.codes, reference.absent[:, None].expand(shape))
        drafts = self.draft(torch.cat([tokens, was[there]]), torch.cat([style, style[there]]))
        draft, before = drafts[: len(codes)], torch.zeros_like(drafts[: len(codes)])
        before[there] = drafts[len(codes) :]
        return torch.cat([tokens, was], dim=2), Pictures(draft, reference.shown, before, reference.hidden)

    def drafted(self, codes: Tensor, style: Tensor, dropped: Tensor | None = None) -> Tensor:
        """Drafts of images."""
        drafts: Tensor = self.draft(self.tokens(codes, dropped), style)
        return drafts

    def estimate(self, x: Tensor, t: Tensor, tokens: Tensor, seen: Pictures) -> Tensor:
        """What ``config.prediction`` asks for; a clean image is composed of reference, draft and what is said."""
        said = denoisers.framewise(self.denoiser, self.code.frames, x, t, tokens, seen.seen)
        if self.config.prediction != "x0":
            return said[:, :3]
        return pictures.composed(said, seen, self.config.gate)


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
