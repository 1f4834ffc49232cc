"""How a conditional DDPM is trained: on factual images and their labels."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.methods.conditional_ddpm.answer import ConditionalDDPM
from cdm.methods.conditional_ddpm.config import Options
from cdm.methods.parts import descent, labels
from cdm.models.protocol import Job


def fit(job: Job, options: Options) -> ConditionalDDPM:
    """Fit the SCM over labels, if there is a graph, and the denoiser.

    Raises:
        CdmError: if the data have no labels, or no graph that is to be given, or a loss is not finite.
    """
    descent.needed(job, ConditionalDDPM.name, ("image", "factors"))
    model = descent.begun(lambda: ConditionalDDPM(job.pairs.code, job.pairs.size, options), options, job.device)
    labels.learn(model, job, options.graph, options.mechanism_steps)

    def loss(generator: torch.Generator) -> Tensor:
        batch = descent.rows(job, options.batch, generator)
        return model.denoiser.missed(batch["image"], batch["factors"], options.drop, generator).mean()

    descent.descend([model.denoiser], job, "denoiser", options.steps, options.rate, loss, options.seed)
    return model.eval()
