"""What encoder and mechanisms minimise where values are told: terms of a batch, and of nothing else."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.config import Config
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.networks.bottleneck import Bottleneck
from cdm.networks.encoder import anchor, project
from cdm.scm import mechanisms
from cdm.training import losses
from cdm.training.feed import Batch, Noise
from cdm.training.losses import Terms

_FREE = 0.1  # of the first phase: codes must mean something before they are held still


def encoder_terms(model: CausalDiffusionModel, config: Config, batch: Batch, noise: Noise) -> Terms:
    """Codes are what was set, or labelled; what moves them without need does so no more.

    A descendant gives a factor away, so the anchor alone lets codes move with their descendants. A light steadiness of
    all but the targets costs a true effect a little of its size, and a false one all of it.
    """
    terms, before, after = _anchored(model, config, batch)
    if after is not None and config.light and noise.share >= _FREE:
        everyone = torch.eye(len(model.code.factors), device=before.device)
        terms["light"] = config.light * losses.steadiness(model.code, before, after, batch["do_mask"], everyone)
    if after is not None and config.sparse:
        spread = losses.sparse_change(model.code, before, after, batch["do_mask"], config.sparse_width)
        terms["sparse"] = config.sparse * spread
    return terms | denoising(model, config, batch, noise)


def refine_terms(model: CausalDiffusionModel, config: Config, batch: Batch, noise: Noise) -> Terms:
    """Codes are what was set, and what does not move with a target stays."""
    terms, before, after = _anchored(model, config, batch)
    if after is not None and config.steady:
        moved = model.moved
        steady = losses.steadiness(model.code, before, after, batch["do_mask"], moved, batch.get("trusted"))
        terms["steady"] = config.steady * steady
    return terms | denoising(model, config, batch, noise)


def mechanism_terms(model: CausalDiffusionModel, config: Config, batch: Batch, noise: Noise) -> Terms:
    """Likelihood of codes without the targets' own terms, and noise invariance."""
    mechanism, before = model.mechanisms, batch["before"]
    terms = {"likelihood": mechanism.surprise(before).sum(dim=1).mean()}
    if "after" in batch and "mask" in batch:
        after, mask = batch["after"], batch["mask"]
        if "trusted" in batch:  # what cannot be trusted counts as what was set: nothing is learned from it
            mask = torch.maximum(mask, 1 - batch["trusted"])
        terms["likelihood"] = terms["likelihood"] + (mechanism.surprise(after) * (1 - mask)).sum(dim=1).mean()
        if config.invariance:
            change = mechanisms.invariance(mechanism, before, after, mask).clamp_max(10).mean()
            terms["invariance"] = config.invariance * change
    return terms


def joint_mechanism_terms(model: CausalDiffusionModel, config: Config, batch: Batch, noise: Noise) -> Terms:
    """The same of images. Likelihood would shrink codes, so it does not move them."""
    return mechanism_terms(model, config, coded(model, batch), noise)


def coded(model: CausalDiffusionModel, batch: Batch) -> Batch:
    """A batch of images as one of codes: ``before``, and as far as they are known ``after``, ``mask`` and ``value``."""
    with torch.no_grad():
        known = {"before": model.encoder(batch["image"])}
        if "image_cf" in batch:
            known["after"] = model.encoder(batch["image_cf"])
    known |= {name: batch[f"do_{name}"] for name in ("mask", "value") if f"do_{name}" in batch}
    return known | {name: batch[name] for name in ("trusted",) if name in batch}


def denoising(model: CausalDiffusionModel, config: Config, batch: Batch, noise: Noise) -> Terms:
    """What keeps the network whose bottleneck is read a denoiser; nothing if codes are an encoder's."""
    trunk = model.encoder.trunk
    if not isinstance(trunk, Bottleneck) or not config.bottleneck:
        return {}
    loss = trunk.loss(batch["image"][: len(noise.times)], noise.times, noise.eps)
    return {"bottleneck": config.bottleneck * loss}


def _anchored(model: CausalDiffusionModel, config: Config, batch: Batch) -> tuple[Terms, Tensor, Tensor | None]:
    """What images tell of their codes under the supervision, and the codes of both images."""
    code, encoder, terms = model.code, model.encoder, Terms()
    known = batch["labelled"][:, None].expand(-1, len(code.factors))
    if "image_cf" not in batch:
        logits = encoder.logits(batch["image"])
        terms["labels"] = anchor(code, logits, batch["factors"], known)
        return terms, project(code, logits), None
    both = encoder.logits(torch.cat([batch["image"], batch["image_cf"]]))
    logits, logits2 = both.chunk(2)
    if "do_value" in batch:
        terms["anchor"] = anchor(code, logits2, batch["do_value"], batch["do_mask"])
    if config.supervision == "labels":
        terms["labels"] = anchor(code, logits, batch["factors"], known)
    return terms, project(code, logits), project(code, logits2)
