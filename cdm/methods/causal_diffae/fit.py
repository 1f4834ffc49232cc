"""How CausalDiffAE is trained: encoder, causal layer and denoiser at once, on factual images and labels of some."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.errors import CdmError
from cdm.methods.causal_diffae.answer import CausalDiffAE
from cdm.methods.causal_diffae.config import Options
from cdm.methods.parts import descent
from cdm.models.protocol import Job


def fit(job: Job, options: Options) -> CausalDiffAE:
    """Go down the variational bound.

    Raises:
        CdmError: if the data have no labels, or no graph that is to be given, or a loss is not finite.
    """
    descent.needed(job, CausalDiffAE.name, ("image", "factors"))
    graph = given(job, options)
    model = descent.begun(lambda: CausalDiffAE(job.pairs.code, job.pairs.size, options, graph), options, job.device)
    told = labelled(len(job.pairs), options)

    def loss(generator: torch.Generator) -> Tensor:
        rows = torch.randint(len(told), (options.batch,), generator=generator)
        batch = job.pairs.batch(rows, job.device)
        return missed(model, batch["image"], batch["factors"], told[rows].to(job.device), generator).mean()

    descent.descend([model], job, "autoencoder", options.steps, options.rate, loss, options.seed)
    return model.eval()


def given(job: Job, options: Options) -> Tensor | None:
    """The graph that is given, ``(d, d)``; None if none is to be.

    Raises:
        CdmError: if the data tell none.
    """
    if options.graph == "none":
        return None
    if job.graph is None:
        raise CdmError(f"model {CausalDiffAE.name!r} needs a graph, which the manifest does not tell; --set graph=none")
    return job.graph.float()


def labelled(count: int, options: Options) -> Tensor:
    """Which rows have labels, ``(count,)``: a share of them, drawn once."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(options.seed))
    return order < options.labelled * count


def missed(model: CausalDiffAE, images: Tensor, codes: Tensor, told: Tensor, generator: torch.Generator) -> Tensor:
    """The negative bound of each image, ``(n,)``, up to a constant: the paper's, with its diffusion term simplified.

    The causal layer leaves volumes as they are: a posterior over latents has the entropy of the one over noises.

    Args:
        model: what is trained.
        images: ``(n, 3, size, size)``.
        codes: ``(n, width)``, of which only those of labelled rows are read.
        told: ``(n,)``, true where labels are known.
        generator: of latents, times and noise.
    """
    config, (mean, spread) = model.config, model.posterior(images)
    z = mean + spread.exp() * torch.randn(mean.shape, generator=generator).to(mean)
    standard = (model.layer.noise(z).square() / 2 - spread).sum(dim=1)
    wrong = (mean - model.layer.widened(codes)).square() + (2 * spread).exp()
    label = (wrong / (2 * config.spread**2) - spread).sum(dim=1)
    drawn = model.denoiser.missed(images, z, config.drop, generator)
    return drawn + config.weight * (standard + torch.where(told, label, 0))
