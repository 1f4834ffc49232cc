"""How direct regression is trained: on pairs, both errors of pixels added up."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.methods.direct_regression.answer import DirectRegression
from cdm.methods.direct_regression.config import Options
from cdm.methods.parts import descent
from cdm.models.interventions import DoTable
from cdm.models.protocol import Job

_NEEDED = ("image", "image_cf", "do_mask", "do_value")


def fit(job: Job, options: Options) -> DirectRegression:
    """Train the network on pairs: the mean squared and the mean absolute error of pixels, added up.

    Raises:
        CdmError: if the data have no pairs with targets and values, or a loss is not finite.
    """
    descent.needed(job, DirectRegression.name, _NEEDED)
    model = descent.begun(lambda: DirectRegression(job.pairs.code, job.pairs.size, options), options, job.device)

    def loss(generator: torch.Generator) -> Tensor:
        return missed(model, drawn(job, options, generator), options.focus)

    descent.descend([model], job, "regression", options.steps, options.rate, loss, options.seed)
    return model.eval()


def drawn(job: Job, options: Options, generator: torch.Generator) -> dict[str, Tensor]:
    """Some rows, of which a share has no do and twice the same image."""
    batch = descent.rows(job, options.batch, generator)
    null = (torch.rand(options.batch, generator=generator) < options.null).to(job.device)
    batch["do_mask"] = torch.where(null[:, None], 0, batch["do_mask"])
    batch["image_cf"] = torch.where(null[:, None, None, None], batch["image"], batch["image_cf"])
    return batch


def missed(model: DirectRegression, batch: dict[str, Tensor], focus: float) -> Tensor:
    """The loss of a batch; pixels that a do changes count more."""
    wrong = model.drawn(batch["image"], DoTable(batch["do_mask"], batch["do_value"])) - batch["image_cf"]
    changed = (batch["image"] != batch["image_cf"]).any(dim=1, keepdim=True)
    return ((1 + focus * changed) * (wrong.square() + wrong.abs())).mean()
