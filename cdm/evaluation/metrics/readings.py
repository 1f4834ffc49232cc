"""What counterfactual images show, as a regressor of the factors, the reader, reads them.

Each figure has its floor beside it: the reader's own error, in the true counterfactual images. Errors are in the unit
of the factor, and as shares of its range; of a circular factor the shorter way round, of a categorical one the share
of wrong levels. What never took place in the data is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from cdm.evaluation.metrics.latents import Matrix, effect_matrix
from cdm.evaluation.metrics.registry import metric
from cdm.scm.codes import Code

MODEL, READER, FACTUAL = "model", "oracle", "identity"
"""The rows of an evaluation that are the model's answers, the true images, and the factual ones."""


@metric(
    "effectiveness",
    ("code", "readings", "factors_cf", "do_mask"),
    "lower",
    "Monteiro et al. 2023, arXiv 2303.01274, effectiveness, of every factor under a do on every factor",
)
def effectiveness(code: Code, readings: Mapping[str, Tensor], truth: Tensor, mask: Tensor) -> dict[str, Any]:
    """How far factors that are read in images are from those of the true counterfactual.

    Returns:
        ``units`` and ``ranges``, one a factor; ``model`` and ``reader``, matrices in units, a do on each factor (rows)
        by each factor (columns); ``diagonal``: of each row of the evaluation, and the ``reader``, the error of what was
        set as a share of the range; ``off diagonal``: the mean of all other cells as shares.
    """
    spans = [factor.domain.span for factor in code.factors]
    shares = {row: misread_matrix(code, read, truth, mask) for row, read in readings.items()}
    shares = {("reader" if row == READER else row): cells for row, cells in shares.items()}
    return {
        "units": [factor.unit if factor.domain.kind != "categorical" else "wrong levels" for factor in code.factors],
        "ranges": spans,
        **{row: _scaled(shares[row], spans) for row in (MODEL, "reader") if row in shares},
        "diagonal": {row: [cells[k][k] for k in range(len(cells))] for row, cells in shares.items()},
        "off diagonal": {row: _mean_beside(cells) for row, cells in shares.items()},
    }


def misread_matrix(code: Code, read: Tensor, truth: Tensor, mask: Tensor) -> Matrix:
    """The mean error of each factor (columns) under a do on each (rows), as a share of the factor's range."""
    rows: Matrix = []
    parts = list(zip(code.parts(read), code.blocks, strict=True))
    for k in range(mask.shape[1]):
        acted = mask[:, k] > 0
        errors = [domain.misread(mine[acted], truth[acted][:, block]) for (domain, mine), block in parts]
        rows.append([float(error.mean()) if len(error) else None for error in errors])
    return rows


def _scaled(cells: Matrix, spans: list[float]) -> Matrix:
    return [[None if cell is None else cell * span for cell, span in zip(row, spans, strict=True)] for row in cells]


def _mean_beside(cells: Matrix) -> float | None:
    """The mean of what stands beside the diagonal."""
    there = [cell for k, row in enumerate(cells) for j, cell in enumerate(row) if j != k and cell is not None]
    return sum(there) / len(there) if there else None


@metric(
    "effects/shown", ("code", "readings", "do_mask"), None, "effects/model, as the reader reads them in the answers"
)
def shown_effects(code: Code, readings: Mapping[str, Tensor], mask: Tensor) -> Matrix:
    """:func:`effect_matrix` of what the answers show, against what the factual images show."""
    return effect_matrix(code, readings[FACTUAL], readings[MODEL], mask)


@metric("effects/shown in truth", ("code", "readings", "do_mask"), None, "effects/truth, as the reader reads them")
def true_effects(code: Code, readings: Mapping[str, Tensor], mask: Tensor) -> Matrix:
    """The same of the true counterfactual images."""
    return effect_matrix(code, readings[FACTUAL], readings[READER], mask)
