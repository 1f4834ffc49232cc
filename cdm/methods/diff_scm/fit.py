"""How Diff-SCM is trained: the denoiser on images alone, the anti-causal predictor on noisy images and their labels."""

from __future__ import annotations

from cdm.methods.diff_scm.answer import DiffSCM
from cdm.methods.diff_scm.config import Options
from cdm.methods.parts import descent, guiding
from cdm.models.protocol import Job


def fit(job: Job, options: Options) -> DiffSCM:
    """Fit the denoiser, and what guides it.

    Raises:
        CdmError: if the data have no labels, or a loss is not finite.
    """
    descent.needed(job, DiffSCM.name, ("image", "factors"))
    model = descent.begun(lambda: DiffSCM(job.pairs.code, job.pairs.size, options), options, job.device)
    guiding.learn(model.denoiser, model.reader, job, options)
    return model.eval()
