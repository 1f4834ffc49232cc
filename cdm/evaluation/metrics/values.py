"""What a model says that factors become under a do, beside what they become: no image is drawn, and no reader reads.

It is what images of them are made of. Beside ``effectiveness``, which is read in the images, it tells an error of the
causal part from one of drawing.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from cdm.evaluation.metrics.readings import FACTUAL, MODEL, effectiveness
from cdm.evaluation.metrics.registry import metric
from cdm.scm.codes import Code


@metric(
    "counterfactual factors",
    ("code", "codes_cf", "factors", "factors_cf", "do_mask"),
    "lower",
    "Monteiro et al. 2023, arXiv 2303.01274, effectiveness, of factors that a model tells instead of what is read",
)
def counterfactual_factors(code: Code, said: Tensor, factual: Tensor, truth: Tensor, mask: Tensor) -> dict[str, Any]:
    """How far factors that are told are from those of the true counterfactual.

    Returns:
        As :func:`effectiveness`, with the factual labels as ``identity`` in place of what a reader reads: ``units`` and
        ``ranges``, one a factor; ``model`` and ``identity``, matrices in units, a do on each factor (rows) by each
        factor (columns); ``diagonal``: the error of what was set as a share of the range, which is 0 of whoever does
        what is asked; ``off diagonal``: the mean of all other cells as shares.
    """
    mine, floor = (effectiveness(code, {MODEL: codes}, truth, mask) for codes in (said, factual))
    both = {part: {FACTUAL: floor[part][MODEL], MODEL: mine[part][MODEL]} for part in ("diagonal", "off diagonal")}
    return {**mine, FACTUAL: floor[MODEL], **both}
