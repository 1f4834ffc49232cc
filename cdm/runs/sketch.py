"""A few counterfactuals of a model that is still in training, beside the truth; no random number is drawn."""

from __future__ import annotations

import copy

import torch
from PIL import Image
from torch import Tensor

from cdm.models.interventions import DoTable
from cdm.runs import pictures
from cdm.scm.codes import Code, Factor
from cdm.training.run import Run

_STEPS = 8  # evaluations of the denoiser a direction: enough to see how far it is


def grid(run: Run, count: int = 8) -> Image.Image:
    """Held-out images, what the model says they would have been under the do of their pair, and what is true.

    Without pairs: held-out images, and what the model makes of their codes.
    """
    model = copy.deepcopy(run.model)
    model.load_state_dict(run.average, strict=False)
    model.eval()
    batch = run.source.batch(_rows(run, count))
    abduction = model.abduct(batch["image"])
    if "image_cf" not in batch or "do_mask" not in batch:
        again = model.predict(abduction, model.table({}, len(batch["image"])), _STEPS)
        return pictures.grid([("factual", batch["image"]), ("model", again)])
    value = batch["do_value"] if "do_value" in batch else model.codes(batch["image_cf"])
    answer = model.predict(abduction, DoTable(batch["do_mask"], value), _STEPS)
    rows = [("factual", batch["image"]), ("model", answer), ("truth", batch["image_cf"])]
    return pictures.grid(rows, [_captions(model.code, batch["do_mask"], value)])


def _rows(run: Run, count: int) -> Tensor:
    """The last rows, which no training sees; of pairs those with a do."""
    pairs = run.source.pairs
    last = torch.arange(run.source.trained, len(pairs))
    if "do_mask" in pairs.arrays:
        acted = torch.from_numpy(pairs.arrays["do_mask"][last.numpy()]).sum(1) > 0
        last = last[acted] if acted.any() else last
    return last[:count]


def _captions(code: Code, mask: Tensor, value: Tensor) -> list[str]:
    """What was done in each column: a line a target."""
    rows = zip(mask.tolist(), code.decode(value.cpu()).tolist(), strict=True)
    return ["\n".join(_set(f, number) for f, m, number in zip(code.factors, *row, strict=True) if m) for row in rows]


def _set(factor: Factor, number: float) -> str:
    return f"{factor.name}\n= {factor.domain.spell(number)}"
