"""How a CausalVAE is trained: its causal model on labels first, then the autoencoder on factual images and labels."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from cdm.errors import CdmError
from cdm.methods.causal_vae import graphs
from cdm.methods.causal_vae.answer import CausalVAE, made
from cdm.methods.causal_vae.config import Options
from cdm.methods.parts import autoencoding, descent
from cdm.models.protocol import Job

_RATE = 1e-2  # of the search for effects
_TOLD = 0.3  # of the steps, in which labels are drawn in place of what is read: else other latents tell them again


def fit(job: Job, options: Options) -> CausalVAE:
    """Learn effects from labels, or take those that are given, and then the autoencoder.

    Raises:
        CdmError: if the data have no labels, or no graph that is to be given, or a loss is not finite.
    """
    descent.needed(job, CausalVAE.name, ("image", "factors"))
    model = descent.begun(lambda: made(job.pairs.code, job.pairs.size, options), options, job.device)
    settle(model, job)
    steps = itertools.count()

    def loss(generator: torch.Generator) -> Tensor:
        batch, told = descent.rows(job, options.batch, generator), next(steps) < _TOLD * options.steps
        return missed(model, batch["image"], batch["factors"], told, generator).mean()

    descent.descend([model.reader, model.painter], job, "autoencoder", options.steps, options.rate, loss, options.seed)
    return model.eval()


def settle(model: CausalVAE, job: Job) -> None:
    """Decide which effects there are, and fit the mask layers, both on labels.

    Raises:
        CdmError: if the data tell no graph that is to be given, or a loss is not finite.
    """
    options, causes = model.config, model.causes
    codes = model.code.encode(torch.tensor(job.pairs.arrays["factors"]).float()).to(job.device)
    fitted, steps = graphs.fitting(model.code, causes, codes), options.graph_steps
    if options.graph == "given":
        causes.effects.keep(_true(model, job))
        descent.descend([causes], job, "causes", steps, _RATE, fitted, options.seed)
        return
    search = graphs.searching(fitted, causes.effects, steps, options.lasso)
    descent.descend([causes], job, "causes", steps, _RATE, search, options.seed)
    causes.effects.cut(options.threshold)
    descent.descend([causes], job, "causes", -(-steps // 4), _RATE / 2, fitted, options.seed)


def _true(model: CausalVAE, job: Job) -> Tensor:
    if job.graph is None:
        raise CdmError(f"model {model.name!r} needs a graph, which the manifest does not tell; --set graph=learned")
    return job.graph.float()


def missed(model: CausalVAE, images: Tensor, codes: Tensor, told: bool, generator: torch.Generator) -> Tensor:
    """The negative evidence lower bound ``(n,)`` of images and labels, up to a constant.

    Args:
        model: whose reader and painter learn.
        images: ``(n, 3, size, size)``.
        codes: their labels ``(n, width)``.
        told: whether labels are drawn, with the noise of their prior, in place of latents.
        generator: of noise.
    """
    law, width, options = model.read(images), codes.shape[1], model.config
    drawn = law.drawn(generator)
    z, other = model.causes.solved(drawn[:, :width]), drawn[:, width:]
    prior = law.divergence(autoencoding.like(torch.zeros_like(law.mean)))
    free = options.exogenous * prior[:, :width].sum(dim=1) + prior[:, width:].sum(dim=1)
    labels = ((z - codes).square() / options.strict**2 - law.spread[:, :width]).sum(dim=1) / 2
    if told:
        z = autoencoding.like(codes, options.strict**2).drawn(generator)
    return autoencoding.surprise(images, model.drawn(z, other), options.noise) + free + labels
