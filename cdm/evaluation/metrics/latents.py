"""How well codes are the factors: codes are ``(n, width)``, scores one a factor."""

from __future__ import annotations

from torch import Tensor

from cdm.evaluation.metrics.registry import metric
from cdm.scm.codes import Code

_READ = ("code", "codes", "factors")
Matrix = list[list[float | None]]
"""A do on each factor (rows) by each factor (columns)."""


@metric("MCC", _READ, "higher", "Hyvarinen and Morioka 2016, arXiv 1605.06336; for factors that are matched already")
def mean_correlation(code: Code, codes: Tensor, truth: Tensor) -> float:
    """The mean correlation coefficient, where it is known which latent is which factor."""
    r = correlations(code, codes, truth)
    return sum(r) / len(r)


@metric("correlations", _READ, "higher", "Pearson's r")
def correlations(code: Code, codes: Tensor, truth: Tensor) -> list[float]:
    """Pearson's r of each factor's code with the true one, ``d`` numbers; the mean over the columns of a block."""
    a, b = codes - codes.mean(0), truth - truth.mean(0)
    r = (a * b).sum(0) / (a.norm(dim=0) * b.norm(dim=0)).clamp_min(1e-12)
    kept = truth.std(0) > 0
    return [float(r[block][kept[block]].mean()) if kept[block].any() else 0.0 for block in code.blocks]


@metric("R2", _READ, "higher", "the coefficient of determination, without a fit")
def determinations(code: Code, codes: Tensor, truth: Tensor) -> list[float]:
    """R2 of each factor's code as a prediction of the true one."""
    missed = code.sums((codes - truth).square().sum(0)[None])[0]
    spread = code.sums((truth - truth.mean(0)).square().sum(0)[None])[0]
    return (1 - missed / spread.clamp_min(1e-12)).tolist()


_UNDER = ("code", "codes_of_cf", "factors_cf", "do_mask")


@metric("MCC under other dos", _UNDER, "higher", "as MCC, on images in which another factor was set")
def mean_correlation_under_dos(code: Code, codes: Tensor, truth: Tensor, mask: Tensor) -> float | None:
    """The mean of :func:`correlations_under_dos`, over the factors that have one."""
    r = [one for one in correlations_under_dos(code, codes, truth, mask) if one is not None]
    return sum(r) / len(r) if r else None


@metric("correlations under other dos", _UNDER, "higher", "Pearson's r on images in which another factor was set")
def correlations_under_dos(code: Code, codes: Tensor, truth: Tensor, mask: Tensor) -> list[float | None]:
    """Pearson's r of each factor's code with the true one over true counterfactual images whose target it is not.

    An encoder at ``interventions`` is trained where the factor itself was set; here it cannot have learned the values.
    """
    others = [(mask.sum(dim=1) > 0) & (mask[:, j] == 0) for j in range(mask.shape[1])]
    return [
        correlations(code, codes[rows], truth[rows])[j] if rows.sum() > 1 else None for j, rows in enumerate(others)
    ]


@metric("effects/truth", ("code", "factors", "factors_cf", "do_mask"), None, "the data set's own effects")
@metric("effects/model", ("code", "codes", "codes_cf", "do_mask"), None, "to be compared with effects/truth")
def effect_matrix(code: Code, before: Tensor, after: Tensor, mask: Tensor) -> Matrix:
    """The mean absolute change of each factor's code (columns) under a do on each target (rows); None without one."""
    moved = code.sums((after - before).abs())
    rows = [moved[mask[:, k] > 0] for k in range(mask.shape[1])]
    return [[float(mean) for mean in row.mean(0)] if len(row) else [None] * mask.shape[1] for row in rows]
