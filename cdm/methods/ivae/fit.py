"""How an iVAE is trained: on the images of pairs, each with the intervention that it was made under."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.methods.ivae.answer import IVAE
from cdm.methods.ivae.config import Options
from cdm.methods.parts import descent
from cdm.models.protocol import Job
from cdm.scm.codes import Code

_NEEDED = ("image", "image_cf", "do_mask", "do_value")


def fit(job: Job, options: Options) -> IVAE:
    """Train it.

    Raises:
        CdmError: if the data have no pairs with targets and values, or a loss is not finite.
    """
    descent.needed(job, IVAE.name, _NEEDED)
    code, size = job.pairs.code, job.pairs.size
    model = descent.begun(lambda: IVAE(code, size, options), options, job.device)

    def loss(generator: torch.Generator) -> Tensor:
        images, auxiliary = environments(code, descent.rows(job, options.batch, generator))
        return model.network.missed(images, auxiliary, generator).mean()

    descent.descend([model.network], job, "ivae", options.steps, options.rate, loss, options.seed)
    return model.eval()


def environments(code: Code, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Factual and counterfactual images ``(2 n, 3, s, s)``, and what each was made under ``(2 n, d + width)``."""
    done = intervention(code, batch["do_mask"], batch["do_value"])
    return torch.cat([batch["image"], batch["image_cf"]]), torch.cat([torch.zeros_like(done), done])


def intervention(code: Code, mask: Tensor, value: Tensor) -> Tensor:
    """Targets and the values that they are set to, ``(n, d + width)``: zeros where nothing is set."""
    mask = mask.to(value.dtype)
    return torch.cat([mask, code.spread(mask) * value], dim=1)
