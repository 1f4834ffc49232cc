"""Whether counterfactual images show what was set, as a regressor of the factors reads them."""

from __future__ import annotations

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
    for i, (domain, block) in enumerate(zip((f.domain for f in code.factors), code.blocks, strict=True)):
        acted = mask[:, i] > 0
        missed = domain.misread(read[acted][:, block], wanted[acted][:, block])
        errors.append(float(missed.mean()) if len(missed) else 0.0)
    return errors
