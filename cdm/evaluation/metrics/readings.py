"""Whether counterfactual images show what was set, as a regressor of the factors reads them."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.evaluation.metrics.registry import metric
from cdm.scm.codes import Code


@metric("regressor", ("code", "true_reading", "do_value", "do_mask"), "lower", "what effectiveness cannot go below")
@metric(
    "effectiveness",
    ("code", "reading", "do_value", "do_mask"),
    "lower",
    "Monteiro et al. 2023, arXiv 2303.01274, effectiveness",
)
def reading_errors(code: Code, read: Tensor, wanted: Tensor, mask: Tensor) -> list[float]:
    """How far a regressor reads each do-ed factor from what was set, ``d`` numbers, a share of the factor's range.

    Of a categorical factor it is the share of wrong levels, of a circular one the angle as a share of the circle.
    """
    errors = []
    for i, (factor, block) in enumerate(zip(code.factors, code.blocks, strict=True)):
        a, b = read[mask[:, i] > 0][:, block], wanted[mask[:, i] > 0][:, block]
        if factor.kind == "categorical":
            missed = (a.argmax(1) != b.argmax(1)).float()
        elif factor.kind == "circular":
            turned = (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1)).clamp_min(1e-12)
            missed = torch.arccos(turned.clamp(-1, 1)) / (2 * torch.pi)
        else:
            missed = (a - b).abs().mean(1) / 2
        errors.append(float(missed.mean()) if len(missed) else 0.0)
    return errors
