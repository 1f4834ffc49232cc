"""How a deep SCM is trained: on factual images and their labels, by the evidence lower bound.

It may then be fine-tuned on counterfactuals: a reader of labels, which stays as it is, is to find in them what was
set and what follows, as long as the bound does not get worse (de Sousa Ribeiro et al. 2023, section 3.3).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from cdm.methods.deep_scm.answer import DeepSCM
from cdm.methods.deep_scm.config import Options
from cdm.methods.deep_scm.networks import Inferred
from cdm.methods.parts import descent, labels
from cdm.methods.parts.labels import Known
from cdm.models.interventions import DoTable
from cdm.models.protocol import Job
from cdm.networks.encoder import Encoder, anchor

_FINE = 0.1  # of the rate, for fine-tuning
_MEASURED = 16  # batches that tell the bound before it
_PULL, _DAMPING = 0.1, 10.0  # how fast the multiplier of the bound grows, and what an excess weighs at once


def fit(job: Job, options: Options) -> DeepSCM:
    """Fit the SCM over labels, if there is a graph, and the VAE.

    Raises:
        CdmError: if the data have no labels, or no graph that is to be given, or a loss is not finite.
    """
    descent.needed(job, DeepSCM.name, ("image", "factors"))
    model = descent.begun(lambda: DeepSCM(job.pairs.code, job.pairs.size, options), options, job.device)
    labels.learn(model, job, options.graph, options.mechanism_steps)
    taken = itertools.count(1)

    def loss(generator: torch.Generator) -> Tensor:
        batch, share = descent.rows(job, options.batch, generator), next(taken) / options.steps - options.alone
        if share <= 0:
            return model.ladder.draw(batch["factors"]).surprise(batch["image"]).mean()
        inferred = model.ladder.infer(batch["image"], batch["factors"], drawing(generator))
        grown = min(1.0, share / options.warmup) if options.warmup else 1.0
        return missed(inferred, batch["image"], grown * options.beta, options.free)

    descent.descend([model.ladder], job, "image", options.steps, options.rate, loss, options.seed)
    if options.finetune_steps:
        tune(model, job, read(job, options))
    return model.eval()


def drawing(generator: torch.Generator) -> Callable[[Tensor], Tensor]:
    """What gives standard normal noise of a tensor's shape."""
    return lambda like: torch.randn(like.shape, generator=generator).to(like.device)


def missed(inferred: Inferred, images: Tensor, beta: float, free: float) -> Tensor:
    """The negative evidence lower bound of a batch, in nats a number of an image, up to a constant.

    Args:
        inferred: of the images.
        images: ``(n, 3, size, size)``.
        beta: weight of the divergence (Higgins et al. 2017).
        free: nats of the first level that cost nothing (Kingma et al. 2016, arXiv 1606.04934).
    """
    each = inferred.cost.mean(dim=0)
    cost = each[0].clamp_min(free) + each[1:].sum()
    return inferred.pixels.surprise(images).mean() + beta * cost / images[0].numel()


def read(job: Job, options: Options) -> Encoder:
    """A reader of labels, regressed on them; it does not move any more."""
    reader = descent.begun(lambda: Encoder(job.pairs.code, job.pairs.size), options, job.device)

    def loss(generator: torch.Generator) -> Tensor:
        batch = descent.rows(job, options.batch, generator)
        return _misread(reader, batch["image"], batch["factors"])

    descent.descend([reader], job, "reader", options.finetune_steps, options.rate, loss, options.seed)
    return reader.eval().requires_grad_(False)


def tune(model: DeepSCM, job: Job, reader: Encoder) -> None:
    """Move the VAE until the reader finds in counterfactuals the labels of a do; the bound is kept by a multiplier.

    The multiplier is Platt and Barr's (1987): it grows while the bound is worse than it was.
    """
    options, weight = model.config, 0.0
    with torch.no_grad():
        seeded = torch.Generator().manual_seed(options.seed + 1)
        most = float(torch.stack([asked(model, job, reader, seeded)[0] for _ in range(_MEASURED)]).mean())

    def loss(generator: torch.Generator) -> Tensor:
        nonlocal weight
        bound, misread = asked(model, job, reader, generator)
        excess = float(bound.detach()) - most
        weight = max(0.0, weight + _PULL * excess)
        return misread + (weight + _DAMPING * max(0.0, excess)) * bound

    descent.descend([model.ladder], job, "finetune", options.finetune_steps, _FINE * options.rate, loss, options.seed)


def asked(model: DeepSCM, job: Job, reader: Encoder, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Of a batch the bound (:func:`missed`), and how wrong a reader finds its counterfactuals: two numbers.

    Each row has one factor set, to what it is in another row.
    """
    batch, options = descent.rows(job, model.config.batch, generator), model.config
    images, codes = batch["image"], batch["factors"]
    inferred = model.ladder.infer(images, codes, drawing(generator))
    after = model.act(Known(images, codes), one_set(codes, len(model.code.factors), generator))
    drawn = model.ladder.draw(after, inferred.latents).value(inferred.pixels.noise(images))
    return missed(inferred, images, options.beta, options.free), _misread(reader, drawn, after)


def one_set(codes: Tensor, factors: int, generator: torch.Generator) -> DoTable:
    """Dos that set one factor of each row ``(n, width)``, drawn at random, to what it is in another row."""
    chosen = torch.randint(factors, (len(codes),), generator=generator)
    others = torch.randperm(len(codes), generator=generator).to(codes.device)
    return DoTable(functional.one_hot(chosen, factors).to(codes), codes[others])


def _misread(reader: Encoder, images: Tensor, codes: Tensor) -> Tensor:
    known = torch.ones(len(codes), len(reader.code.factors), device=codes.device)
    return anchor(reader.code, reader.logits(images), codes, known)
