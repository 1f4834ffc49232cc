"""What makes codes of factors where the values of the dos are not told: the levels ``targets`` and ``unknown``.

Under a perfect intervention the new value of the target is independent of everything factual, and together with the
factual image it is all that the new image needs. A code of which both are true, and which fills its range as evenly as
the value does, is the value up to a sign.
"""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.config import Config
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.networks.encoder import project
from cdm.networks.painter import message, unexplained
from cdm.training import losses
from cdm.training.coding import denoising
from cdm.training.feed import Batch, Noise
from cdm.training.losses import Terms
from cdm.training.supervision.independence import hsic


def encoder_terms(model: CausalDiffusionModel, config: Config, batch: Batch, noise: Noise) -> Terms:
    """The losses of a step of the encoder; what they ask for comes one after the other in the course of the phase."""
    before, after = _codes(model, batch)
    terms = {"sparse": _sparse(model, config, batch, before, after, noise.share)}
    lead = 1 - ramp(noise.share, 0.2, 0.4)
    if lead and config.compass:
        terms["compass"] = config.compass * lead * _astray(model, batch, before, after)
    terms |= _of_targets(model, config, batch, noise, before, after, noise.share)
    return terms | denoising(model, config, batch, noise)


def refine_terms(model: CausalDiffusionModel, config: Config, batch: Batch, noise: Noise) -> Terms:
    """The same at the end of their course, where there is a graph: what is no descendant of a target must stay."""
    before, after = _codes(model, batch)
    terms = {"sparse": _sparse(model, config, batch, before, after, 1.0)}
    if config.steady:
        terms["steady"] = config.steady * losses.steadiness(model.code, before, after, batch["do_mask"], model.moved)
    terms |= _of_targets(model, config, batch, noise, before, after, 1.0)
    return terms | denoising(model, config, batch, noise)


def ramp(share: float, start: float, end: float) -> float:
    """From 0 at one share of the training to 1 at another."""
    return min(1.0, max(0.0, (share - start) / (end - start)))


def _codes(model: CausalDiffusionModel, batch: Batch) -> tuple[Tensor, Tensor]:
    raw = model.encoder.logits(torch.cat([batch["image"], batch["image_cf"]]))
    before, after = project(model.code, raw).chunk(2)
    return before, after


def _sparse(
    model: CausalDiffusionModel, config: Config, batch: Batch, before: Tensor, after: Tensor, share: float
) -> Tensor:
    sparse = losses.sparse_change(model.code, before, after, batch["do_mask"], config.sparse_width)
    return config.still * ramp(share, 0.1, 0.2) * sparse


def _astray(model: CausalDiffusionModel, batch: Batch, before: Tensor, after: Tensor) -> Tensor:
    """How far codes that are places on a line are from what the compass says of them, added up over the factors."""
    code = model.code
    columns = [i for i, factor in enumerate(code.factors) if factor.domain.linear]
    guess = torch.cat([model.compass(batch[name]) for name in ("image", "image_cf")])[:, columns]
    codes = torch.cat([before, after])[:, [code.blocks[i].start for i in columns]]
    return (codes - guess).square().sum(dim=1).mean()


def _of_targets(
    model: CausalDiffusionModel,
    config: Config,
    batch: Batch,
    noise: Noise,
    before: Tensor,
    after: Tensor,
    share: float,
) -> Terms:
    """What is asked of the code of a target, averaged over the targets of a batch."""
    code, count = model.code, len(before) // len(noise.targets)
    parts: dict[str, list[Tensor]] = {"paint": [], "even": [], "independent": []}
    for place, (k, blur) in enumerate(zip(noise.targets, noise.blur, strict=True)):
        some, block = slice(place * count, (place + 1) * count), code.blocks[k]
        old, new = before[some, block], after[some, block]
        images = batch["image"][some], batch["image_cf"][some]
        faint = config.blur * max(0.2, 1 - 1.5 * share) * blur
        parts["paint"].append(_unpainted(model, k, images, (old, new), faint))
        parts["even"].append(code.factors[k].domain.uneven(new))
        parts["independent"].append(torch.stack([hsic(new, before[some, b].detach()) for b in code.blocks]).sum())
    weights = {
        "paint": config.paint,
        "even": config.even * ramp(share, 0.1, 0.3),
        "independent": config.independent * ramp(share, 0.1, 0.3),
    }
    return {name: weights[name] * torch.stack(values).mean() for name, values in parts.items()}


def _unpainted(
    model: CausalDiffusionModel,
    target: int,
    images: tuple[Tensor, Tensor],
    codes: tuple[Tensor, Tensor],
    blur: Tensor,
) -> Tensor:
    """What the painter misses from the factual image to the other and back: the old value is a do like any other.

    A little noise on what it is told, less and less, makes codes that are near each other mean images that are.
    """
    messages = torch.cat([message(*codes), message(*reversed(codes))])
    there, back = torch.cat(images), torch.cat([*reversed(images)])
    return unexplained(model.painter(there, target, messages + blur), there, back)
