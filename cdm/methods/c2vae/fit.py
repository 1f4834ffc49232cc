"""How a C2VAE is trained: on factual images alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import torch
from torch import Tensor

from cdm.methods.c2vae.answer import C2VAE
from cdm.methods.c2vae.config import Options
from cdm.methods.c2vae.networks import Weights
from cdm.methods.parts import descent
from cdm.models.protocol import Job


def fit(job: Job, options: Options) -> C2VAE:
    """Train it.

    Raises:
        CdmError: if a loss is not finite, or there would be a single latent.
    """
    descent.needed(job, C2VAE.name, ("image",))
    model = descent.begun(lambda: C2VAE(job.pairs.code, job.pairs.size, options), options, job.device)
    weights = rising(Weights(options.correlation, options.contrast), options.steps)

    def loss(generator: torch.Generator) -> Tensor:
        images = descent.rows(job, options.batch, generator)["image"]
        return model.network.missed(images, next(weights), generator).mean()

    descent.descend([model.network], job, "c2vae", options.steps, options.rate, loss, options.seed)
    return model.eval()


def rising(weights: Weights, steps: int) -> Iterator[Weights]:
    """Weights from one step to the next: they rise evenly over the first half of the steps, then stay."""
    for step in itertools.count(1):
        share = min(1.0, 2 * step / steps)
        yield Weights(share * weights.correlation, share * weights.contrast)
