"""What a model answers about some samples, beside what is true of them: the arrays that metrics are measured on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from cdm.evaluation.matching import Matching
from cdm.models import protocol
from cdm.models.interventions import DoTable
from cdm.models.protocol import Model

Batch = dict[str, Tensor]
DONE = ("image_cf", "do_mask", "do_value")
"""What a batch must tell for a counterfactual to be asked."""
ROW = "row "
"""What the names of images begin with that stand beside the answer."""


def told(batch: Batch, matched: Matching | None) -> Batch:
    """A batch as a model writes it, whose codes were matched with the factors."""
    return matched.batch(batch) if matched else batch


def of(model: Model, batch: Batch, options: Mapping[str, Any]) -> Batch:
    """What the model says of a batch, and the batch itself, as far as it answers and the batch asks."""
    reads = {"codes": model.codes(batch["image"])} if "encode" in model.answers else {}
    if reads and "image_cf" in batch:
        reads["codes_of_cf"] = model.codes(batch["image_cf"])
    if not asked(model, batch):
        return {**batch, **reads, **_become(model, batch)}
    return {**batch, **reads, **_imagined(model, batch, options), **_informed(model, batch)}


def asked(model: Model, batch: Mapping[str, Any]) -> bool:
    """Whether a model can be asked for the counterfactuals of a batch, or of a whole split."""
    return "counterfactual" in model.answers and all(name in batch for name in DONE)


def prediction(model: Model, batch: Batch) -> Tensor:
    """The model's counterfactual images alone."""
    return model.predict(protocol.abducted(model, batch), DoTable(batch["do_mask"], batch["do_value"]))


def _imagined(model: Model, batch: Batch, options: Mapping[str, Any]) -> Batch:
    """Counterfactual images, and what they are made of."""
    do, abduction = DoTable(batch["do_mask"], batch["do_value"]), protocol.abducted(model, batch)
    answer = model.predict(abduction, do, **options)
    said = {
        "prediction": answer,
        "null": model.predict(abduction, DoTable(torch.zeros_like(do.mask), do.value)),
    }
    if "rows" in model.answers:
        said |= {f"{ROW}{name}": images for name, images in model.rows(abduction, do).items()}
    return said | ({"codes_cf": model.act(abduction, do)} if "factors" in model.answers else {})


def _become(model: Model, batch: Batch) -> Batch:
    """Factors as they would have been, of a model that says so and draws nothing."""
    drawn = "counterfactual" in model.answers or "factors" not in model.answers
    if drawn or any(name not in batch for name in ("do_mask", "do_value")):
        return {}
    return {"codes_cf": model.act(protocol.abducted(model, batch), DoTable(batch["do_mask"], batch["do_value"]))}


def _informed(model: Model, batch: Batch) -> Batch:
    """The images that a model draws from true factors: its abduction under these, its prediction under those."""
    if "given" not in model.answers or "factors_cf" not in batch:
        return {}
    everything = torch.ones_like(batch["do_mask"])
    abduction = model.abduct(batch["image"], batch["factors"])
    return {"informed": model.predict(abduction, DoTable(everything, batch["factors_cf"]))}


def reversed_(model: Model, batch: Batch, answer: Tensor) -> Tensor:
    """The counterfactual images of counterfactual images, under the dos that set back what was.

    Monteiro et al. 2023 (arXiv 2303.01274), reversibility.
    """
    again = {"image": answer} | ({"factors": batch["factors_cf"]} if "factors_cf" in batch else {})
    return model.predict(protocol.abducted(model, again), DoTable(batch["do_mask"], _own(model, batch)))


def cycled(model: Model, batch: Batch) -> Tensor:
    """The images after a null cycle: each target is set to the value that it has.

    Monteiro et al. 2023 (arXiv 2303.01274), composition; where nothing is a target, nothing is set.
    """
    return model.predict(protocol.abducted(model, batch), DoTable(batch["do_mask"], _own(model, batch)))


def _own(model: Model, batch: Batch) -> Tensor:
    """The codes that images have, as the model reads them, or as they are."""
    return model.codes(batch["image"]) if "encode" in model.answers else batch["factors"]
