"""How DiffusionCounterfactuals is trained: the SCM on labels, the denoiser on images, the projector on noisy images."""

from __future__ import annotations

from cdm.methods.diffusion_counterfactuals.answer import DiffusionCounterfactuals
from cdm.methods.diffusion_counterfactuals.config import Options
from cdm.methods.parts import descent, guiding, labels
from cdm.models.protocol import Job


def fit(job: Job, options: Options) -> DiffusionCounterfactuals:
    """Fit the SCM, if there is a graph, the denoiser, and what guides it.

    Raises:
        CdmError: if the data have no labels, or no graph that is to be given, or a loss is not finite.
    """
    descent.needed(job, DiffusionCounterfactuals.name, ("image", "factors"))
    code, size = job.pairs.code, job.pairs.size
    model = descent.begun(lambda: DiffusionCounterfactuals(code, size, options), options, job.device)
    labels.learn(model, job, options.graph, options.mechanism_steps)
    guiding.learn(model.denoiser, model.projector, job, options)
    return model.eval()
