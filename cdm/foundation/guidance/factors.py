"""Causal semantic guidance on the causal diffusion model, whose factors are the concepts.

What an edit prompt is to a text-to-image model, the code of one factor is here: the score with an edit is what the
denoiser says where that factor alone has its new code. The picture's own codes stand in the place of its description.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import Tensor
from torch.nn import functional

from cdm import diffusion
from cdm.foundation.guidance import arithmetic, inversion
from cdm.foundation.guidance.settings import Settings
from cdm.models import masks
from cdm.models.abduction import Abduction
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.networks.grids import cut, picture
from cdm.scm.graph import topological

Maps = Literal["draft", "attention"]
Sums = Literal["onward", "apart"]


@dataclass(frozen=True)
class Reading:
    """How a causal diffusion model is guided besides :class:`Settings`.

    Attributes:
        maps: where a factor is looked for: ``draft``: where drafts differ by its old and its new code; ``attention``:
            where pixels look at its token, the denoiser's cross-attention.
        sums: what an edit is compared with: the score after the edits of its causes, ``onward``, or, as the paper has
            it, each of them ``apart`` with the score of the picture as it is.
    """

    maps: Maps = "draft"
    sums: Sums = "onward"


USUAL = Settings(steps=30, warmup=3, source=1.0, scale=1.0, threshold=0.9)
"""Codes say what a factor shall be, so one time their effect is all of it; prompts are exaggerated."""
BY_DRAFTS = Reading()


def answer(
    model: CausalDiffusionModel,
    abduction: Abduction,
    wanted: Tensor,
    touched: Tensor,
    settings: Settings = USUAL,
    reading: Reading = BY_DRAFTS,
) -> tuple[Tensor, Tensor]:
    """Images under an intervention, and where each factor was drawn.

    Args:
        model: what reads and draws.
        abduction: of the images that are answered about.
        wanted: codes ``(n, width)`` after the intervention.
        touched: ``(n, d)``, true for its targets and what follows from them: what else ``wanted`` says is not read.
        settings: how images are inverted and guided.
        reading: what the maps and the sums are.

    Returns:
        Images ``(n, 3, s, s)``, and maps ``(n, d, s, s)`` from 0 to 1: the share of the guided steps in which a factor
        might act on a pixel.

    Raises:
        CdmError: if ``source`` is not 1 and the model was not trained to be guided.
    """
    if not touched.any():
        return abduction.image, torch.zeros(*touched.shape, *abduction.image.shape[2:], device=touched.device)
    with torch.no_grad():
        source = model.denoise(abduction.codes, abduction.style, settings.source, touched)
        end = diffusion.LATEST / (1 + settings.skip)  # diffusers' LEDITS++ begins at this share of all times, too
        times = diffusion.times_of(settings.steps, end)[::-1]
        guide = _Guide(model, abduction, wanted, touched, settings, reading, source, times[settings.warmup])
        if settings.inversion == "ddim":
            noise = diffusion.invert(source, abduction.image, settings.steps, end)
            return diffusion.restore(guide, noise, settings.steps, end), guide.maps()
        order, generator = (2 if settings.inversion == "dpm" else 1), torch.Generator().manual_seed(settings.seed)
        trail = inversion.record(source, abduction.image, times, order, generator)
        return inversion.retrace(guide, trail), guide.maps()


class _Guide:
    """What a denoiser says under the guidance of edits; it remembers where each of them acted.

    An edit is a row of the batch and a factor of it; guided jointly, a row has one edit, of all its touched factors.
    """

    def __init__(
        self,
        model: CausalDiffusionModel,
        abduction: Abduction,
        wanted: Tensor,
        touched: Tensor,
        settings: Settings,
        reading: Reading,
        source: diffusion.Network,
        since: float,
    ) -> None:
        self.model, self.settings, self.reading, self.source, self.touched = model, settings, reading, source, touched
        self.joint = settings.guidance == "joint"
        self.since = 1.0 if self.joint else since + 1e-6  # times are floats of 32 bits where they are compared
        self.rows, self.factors, changed = _edits(model, touched, self.joint, reading.sums == "onward")
        codes = abduction.codes[self.rows]
        codes = torch.where(model.code.spread(changed), wanted[self.rows], codes)
        style = abduction.style[self.rows]
        self.onward = reading.sums == "onward" and not self.joint
        self.edited = model.denoise(codes, style)
        drafts = model.drafted(codes, style)
        before = self._before(model.drafted(abduction.codes, abduction.style), drafts)
        self.looks = arithmetic.smoothed((drafts - before).abs().mean(dim=1, keepdim=True))
        self.acted, self.steps = torch.zeros_like(self.looks), 0

    def __call__(self, x: Tensor, t: Tensor) -> Tensor:
        base = self.source(x, t)
        if float(t[0]) > self.since:
            return base
        with masks.recorded(self.model.denoiser) as weights:
            after = self.edited(x[self.rows], t[self.rows])
        differences = after - self._before(base, after)
        where = self._where(differences, weights)
        self.acted, self.steps = self.acted + where, self.steps + 1
        return arithmetic.guided(base, differences, where, self.rows, self.settings.scale)

    def maps(self) -> Tensor:
        """Where each factor acted, ``(n, d, s, s)``."""
        share = self.acted[:, 0] / max(1, self.steps)
        found = share.new_zeros(*self.touched.shape, *share.shape[1:])
        if self.joint:
            return found.index_add(0, self.rows, share[:, None] * self.touched[self.rows][:, :, None, None])
        return found.index_put((self.rows, self.factors), share)

    def _before(self, base: Tensor, after: Tensor) -> Tensor:
        """What each edit is compared with, of what is said without edits ``(n, ...)`` and with each ``(m, ...)``."""
        before = base[self.rows]
        if self.onward:
            follows = (self.rows[1:] == self.rows[:-1]).nonzero()[:, 0]
            before[follows + 1] = after[follows]
        return before

    def _where(self, differences: Tensor, weights: list[Tensor]) -> Tensor:
        if self.joint:
            return torch.ones_like(self.looks)
        looks = self.looks if self.reading.maps == "draft" else self._attention(weights)
        return arithmetic.mask(looks, differences, self.settings.threshold)

    def _attention(self, weights: list[Tensor]) -> Tensor:
        """How much each pixel looks at the token of the edited factor, ``(m, 1, s, s)``; the mean over layers."""
        side = cast(int, self.model.denoiser.side)
        found = []
        for attended in weights:
            one = picture(attended)[torch.arange(len(self.rows)), self.factors][:, None]
            found.append(functional.interpolate(arithmetic.smoothed(one), (side, side)))
        return cut(torch.stack(found).mean(dim=0), self.model.size)


def _edits(model: CausalDiffusionModel, touched: Tensor, joint: bool, onward: bool) -> tuple[Tensor, Tensor, Tensor]:
    """The row of each edit, its factor, and the factors that have their new code in it ``(m, d)``."""
    if joint:
        rows = touched.any(dim=1).nonzero()[:, 0]
        return rows, torch.zeros_like(rows), touched[rows]
    order = torch.tensor(topological(model.adjacency), device=touched.device)
    rows, places = touched[:, order].nonzero(as_tuple=True)
    factors = order[places]
    if not onward:
        return rows, factors, functional.one_hot(factors, touched.shape[1]).bool()
    place = order.argsort()
    return rows, factors, touched[rows] & (place <= places[:, None])
