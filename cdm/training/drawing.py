"""What draft and denoiser minimise: both images of a pair are drawn, the second from codes that were predicted."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cdm import diffusion
from cdm.config import Config
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.training.feed import Batch, Noise
from cdm.training.losses import Terms


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
    drawn = model.drafted(shown.codes, model.style(shown.other), noise.dropped)
    terms = _halves("draft", ((drawn - shown.images).square() * shown.weight).mean(dim=(1, 2, 3)), shown.twins)
    if config.causal:
        gaps = (model.encoder(drawn) - shown.codes).square().sum(dim=1)
        terms["causal"] = config.causal * (gaps * ~noise.dropped.any(dim=1)).mean()
    return terms


def denoiser_terms(
    model: CausalDiffusionModel, config: Config, batch: Batch, noise: Noise, frozen: bool = True
) -> Terms:
    """Images are denoised, those under a do with tokens of codes that were predicted; see :func:`draft_terms`.

    The draft is frozen, too; ``noise`` also has times and what the images are mixed with.
    """
    shown = _shown(model, config, batch, frozen)
    with torch.set_grad_enabled(not frozen):
        draft = model.drafted(shown.codes, model.style(shown.other), noise.dropped)
    tokens = model.tokens(shown.codes, noise.dropped)

    def network(x: Tensor, t: Tensor) -> Tensor:
        return model.estimate(x, t, tokens, draft)

    errors = diffusion.loss(network, shown.images, noise.times, noise.eps, config.prediction, shown.weight)
    return _halves("denoise", errors, shown.twins)


@dataclass(frozen=True)
class _Shown:
    """Images to be drawn.

    Attributes:
        images: ``(n, 3, size, size)``, factual and then counterfactual ones.
        codes: ``(n, width)``.
        other: ``(n, 3, size, size)``, the other image of each one's pair, which gives its style.
        weight: ``(n, 1, size, size)``, how much pixels count.
        twins: how many are counterfactual.
    """

    images: Tensor
    codes: Tensor
    other: Tensor
    weight: Tensor
    twins: int


def _shown(model: CausalDiffusionModel, config: Config, batch: Batch, frozen: bool) -> _Shown:
    image, count = batch["image"], len(batch["image"])
    exact = torch.autocast(image.device.type, enabled=False)  # a code of few digits is a factor of few digits
    with torch.set_grad_enabled(not frozen), exact:
        codes = model.encoder(image)
        if "image_cf" not in batch:
            return _Shown(image, codes, image, torch.ones_like(image[:, :1]), 0)
        value = batch["do_value"] if "do_value" in batch else model.encoder(batch["image_cf"])
        predicted = model.mechanisms.counterfactual(codes, batch["do_mask"], value)
    twins = round(config.control * count)
    second = torch.arange(count, device=image.device) >= count - twins
    here, there = second[:, None, None, None], batch["image_cf"]
    changed = (image != there).any(dim=1, keepdim=True).float()
    return _Shown(
        torch.where(here, there, image),
        torch.where(second[:, None], predicted, codes),
        torch.where(here, image, there),
        1 + config.focus * changed,  # pairs show where factors are drawn, and that is little of most images
        twins,
    )


def _halves(name: str, errors: Tensor, twins: int) -> Terms:
    """The mean of errors ``(n,)`` in two parts: of factual and of counterfactual images."""
    count = len(errors)
    terms = {name: errors[: count - twins].sum() / count}
    return terms | ({f"{name} control": errors[count - twins :].sum() / count} if twins else {})
