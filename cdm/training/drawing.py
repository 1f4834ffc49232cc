"""What draft and denoiser minimise: both images of a pair are drawn, the second from codes that were predicted."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cdm import diffusion
from cdm.config import Config
from cdm.models import masks
from cdm.models.abduction import Reference
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.training.feed import Batch, Noise
from cdm.training.losses import Terms

_EVEN = (0.3, 5.0)  # how much less and more the changed pixels of a pair count where they are many or few


def draft_terms(model: CausalDiffusionModel, config: Config, batch: Batch, noise: Noise, frozen: bool = True) -> Terms:
    """Images are drawn at once, those under a do from codes that were *predicted* (L_control).

    Args:
        model: what is trained.
        config: what its training was told.
        batch: rows of the data.
        noise: which factors are dropped.
        frozen: whether encoder and mechanisms stay as they are.
    """
    shown = _shown(model, config, batch, frozen)
    style = model.style(shown.other)
    drawn = model.drafted(shown.codes, style, noise.dropped)
    weight = shown.weight
    if shown.paired:
        with torch.no_grad():
            weight = weight + config.focus * _leaked(drawn, model.drafted(shown.others, style, noise.dropped), shown)
    missed = drawn - shown.images  # its absolute value, too: a thing that is nearly in its place is to get there
    terms = _halves("draft", ((missed.square() + missed.abs()) * weight).mean(dim=(1, 2, 3)), shown.twin)
    if config.causal:
        gaps = (model.encoder(drawn) - shown.codes).square().sum(dim=1)
        terms["causal"] = config.causal * (gaps * ~noise.dropped.any(dim=1)).mean()
    return terms


def denoiser_terms(
    model: CausalDiffusionModel, config: Config, batch: Batch, noise: Noise, frozen: bool = True
) -> Terms:
    """Images are denoised: some alone, the others as answers about the other image of their pair, or about themselves.

    Tokens and draft are frozen, too; ``noise`` also has times, what the images are mixed with, and the factor that is
    set where there are no pairs.
    """
    shown = _shown(model, config, batch, frozen)
    with torch.set_grad_enabled(not frozen):
        style, reference = _referred(model, config, shown, noise)
        tokens, seen = model.told(shown.codes, style, noise.dropped, reference)

    def network(x: Tensor, t: Tensor) -> Tensor:
        return model.estimate(x, t, tokens, seen)

    times, eps = noise.times, noise.eps
    known: Tensor | float = 0.0
    if reference and config.prediction == "x0":
        known, bare = _known(config, shown, reference), noise.bare & ~reference.absent
        times, eps = times.masked_fill(bare, 1.0), eps.masked_fill(bare[:, None, None, None], 0.0)
    errors = diffusion.loss(network, shown.images, times, eps, config.prediction, shown.weight, known)
    return _halves("denoise", errors, shown.twin)


@dataclass(frozen=True)
class _Shown:
    """Images to be drawn.

    Attributes:
        images: ``(n, 3, size, size)``.
        codes: ``(n, width)``.
        other: ``(n, 3, size, size)``, the other image of each one's pair, which gives its style.
        others: ``(n, width)``, the codes of ``other``.
        weight: ``(n, 1, size, size)``, how much pixels count.
        twin: ``(n,)``, true where ``images`` are counterfactual.
        paired: whether there are pairs.
    """

    images: Tensor
    codes: Tensor
    other: Tensor
    others: Tensor
    weight: Tensor
    twin: Tensor
    paired: bool


def _shown(model: CausalDiffusionModel, config: Config, batch: Batch, frozen: bool) -> _Shown:
    image, count = batch["image"], len(batch["image"])
    exact = torch.autocast(image.device.type, enabled=False)  # a code of few digits is a factor of few digits
    with torch.set_grad_enabled(not frozen), exact:
        codes = model.encoder(image)
        if "image_cf" not in batch:
            never = torch.zeros(count, dtype=torch.bool, device=image.device)
            return _Shown(image, codes, image, codes, torch.ones_like(image[:, :1]), never, False)
        value = batch["do_value"] if "do_value" in batch else model.encoder(batch["image_cf"])
        predicted = model.mechanisms.counterfactual(codes, batch["do_mask"], value)
    twin = _spread(config.control, count, image.device)
    here, there = twin[:, None, None, None], batch["image_cf"]
    changed = (image != there).any(dim=1, keepdim=True).float()
    share = changed.mean(dim=(1, 2, 3), keepdim=True)
    even = (share.mean() / share.clamp_min(1e-3)).clamp(*_EVEN)  # a do that shows in few pixels is as much of a do
    return _Shown(
        torch.where(here, there, image),
        torch.where(twin[:, None], predicted, codes),
        torch.where(here, image, there),
        torch.where(twin[:, None], codes, predicted),
        1 + config.focus * even * changed,  # pairs show where factors are drawn, and that is little of most images
        twin,
        True,
    )


def _referred(
    model: CausalDiffusionModel, config: Config, shown: _Shown, noise: Noise
) -> tuple[Tensor, Reference | None]:
    """The styles of the images that are to be drawn, and what is seen of others: the first rows are drawn alone."""
    if config.reference == "none":
        return model.style(shown.other), None
    count, rows = len(shown.images), torch.arange(len(shown.images), device=shown.images.device)
    absent = rows < round(config.alone * count)
    if config.reference == "holes":
        style = model.style(shown.images)
        others = _set(model, shown.codes, noise.picked)
        hidden = model.hole(shown.codes, others, style)
        return style, Reference(shown.images, others, hidden | absent[:, None, None, None])
    same = ~absent & (rows < round((config.alone + config.null) * count))
    other = torch.where(same[:, None, None, None], shown.images, shown.other)
    others = torch.where(same[:, None], shown.codes, shown.others)
    hidden = absent[:, None, None, None].expand_as(shown.images[:, :1])
    return model.style(other), Reference(other, others, hidden)


def _leaked(draft: Tensor, before: Tensor, shown: _Shown) -> Tensor:
    """1 ``(n, 1, size, size)`` where the drafts of a pair differ though its images do not.

    There a draft takes an effect for its cause: a lamp and the floor that it lights are of one colour, but under a do
    on the floor's, which few pairs show, and in pixels that stay as they are.
    """
    same = (shown.images == shown.other).all(dim=1, keepdim=True)
    return (masks.difference(draft, before) & same).to(draft.dtype)


def _known(config: Config, shown: _Shown, reference: Reference) -> Tensor:
    """How much the absolute error of each pixel counts besides the squared one, ``(n, 1, size, size)``."""
    answered = ~reference.absent[:, None, None, None] * shown.weight
    return config.keep * _kept(shown, reference) + config.sharp * answered


def _kept(shown: _Shown, reference: Reference) -> Tensor:
    """1 ``(n, 1, size, size)`` where an image is as its reference, which is shown there."""
    same = (shown.images == reference.image).all(dim=1, keepdim=True)
    return (same & ~reference.hidden).to(shown.images.dtype)


def _set(model: CausalDiffusionModel, codes: Tensor, picked: Tensor) -> Tensor:
    """Codes as they would be, had one factor of each row, or none (-1), the value that it has in the row before."""
    mask = torch.nn.functional.one_hot(picked + 1, len(model.code.factors) + 1)[:, 1:].to(codes.dtype)
    return model.mechanisms.counterfactual(codes, mask, codes.roll(1, 0))


def _spread(share: float, count: int, device: torch.device) -> Tensor:
    """True ``(count,)`` in a share of the rows, evenly spread."""
    steps = (torch.arange(count + 1, dtype=torch.float64) * share + 1e-9).floor()
    return (steps.diff() > 0).to(device)


def _halves(name: str, errors: Tensor, twin: Tensor) -> Terms:
    """The mean of errors ``(n,)`` in two parts: of factual and of counterfactual images."""
    terms = {name: (errors * ~twin).mean()}
    return terms | ({f"{name} control": (errors * twin).mean()} if twin.any() else {})
