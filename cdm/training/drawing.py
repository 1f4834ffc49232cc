"""What draft and denoiser minimise: both images of a pair are drawn, the second from codes that were predicted."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cdm import diffusion
from cdm.training.run import Run

Terms = dict[str, Tensor]


def draft_terms(run: Run, generator: torch.Generator, frozen: bool = True) -> Terms:
    """Images are drawn at once, those under a do from codes that were *predicted* (L_control).

    Args:
        run: the training.
        generator: of everything random.
        frozen: whether encoder and mechanisms stay as they are.
    """
    config, model = run.config, run.model
    shown = _shown(run, config.draft_batch, generator, frozen)
    dropped = _dropped(run, config.draft_batch, generator)
    drawn = model.drafted(shown.codes, model.style(shown.other), dropped)
    found = _halves("draft", ((drawn - shown.images).square() * shown.weight).mean(dim=(1, 2, 3)), shown.twins)
    if config.causal:
        gaps = (model.encoder(drawn) - shown.codes).square().sum(dim=1)
        found["causal"] = config.causal * (gaps * ~dropped.any(dim=1)).mean()
    return found


def denoiser_terms(run: Run, generator: torch.Generator, frozen: bool = True) -> Terms:
    """Images are denoised, those under a do with tokens of codes that were predicted; see :func:`draft_terms`.

    The draft is frozen, too.
    """
    config, model = run.config, run.model
    count = config.denoiser_batch
    shown = _shown(run, count, generator, frozen)
    dropped = _dropped(run, count, generator)
    with torch.set_grad_enabled(not frozen):
        draft = model.drafted(shown.codes, model.style(shown.other), dropped)
    tokens = model.tokens(shown.codes, dropped)
    t = diffusion.times(count, generator, config.late).to(run.device)
    eps = torch.randn(shown.images.shape, generator=generator).to(run.device)
    errors = diffusion.loss(
        lambda x, s: model.estimate(x, s, tokens, draft), shown.images, t, eps, config.prediction, shown.weight
    )
    return _halves("denoise", errors, shown.twins)


def styles(run: Run) -> Tensor:
    """Styles ``(n, style)`` of the first training images, as many as a model remembers."""
    rows = torch.arange(min(len(run.model.style.bank), len(run.pairs) - run.held_out))
    with torch.no_grad():
        return torch.cat([run.model.style(run.batch(some)["image"]) for some in torch.split(rows, 500)])


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


def _shown(run: Run, count: int, generator: torch.Generator, frozen: bool) -> _Shown:
    batch = run.batch(run.rows(count, generator))
    image = batch["image"]
    exact = torch.autocast(image.device.type, enabled=False)  # a code of few digits is a factor of few digits
    with torch.set_grad_enabled(not frozen), exact:
        codes = run.model.encoder(image)
        if "image_cf" not in batch:
            return _Shown(image, codes, image, torch.ones_like(image[:, :1]), 0)
        value = batch["do_value"] if "do_value" in batch else run.model.encoder(batch["image_cf"])
        predicted = run.model.mechanisms.counterfactual(codes, batch["do_mask"], value)
    twins = round(run.config.control * count)
    second = torch.arange(count, device=image.device) >= count - twins
    here, there = second[:, None, None, None], batch["image_cf"]
    changed = (image != there).any(dim=1, keepdim=True).float()
    return _Shown(
        torch.where(here, there, image),
        torch.where(second[:, None], predicted, codes),
        torch.where(here, image, there),
        1 + run.config.focus * changed,  # pairs show where factors are drawn, and that is little of most images
        twins,
    )


def _dropped(run: Run, count: int, generator: torch.Generator) -> Tensor:
    """Which factors are not told, ``(n, d)``: in a share of the rows, each with probability one half."""
    rows = torch.rand(count, 1, generator=generator) < run.config.drop
    return (rows & (torch.rand(count, len(run.model.code.factors), generator=generator) < 0.5)).to(run.device)


def _halves(name: str, errors: Tensor, twins: int) -> Terms:
    """The mean of errors ``(n,)`` in two parts: of factual and of counterfactual images."""
    count = len(errors)
    found = {name: errors[: count - twins].sum() / count}
    return found | ({f"{name} control": errors[count - twins :].sum() / count} if twins else {})
