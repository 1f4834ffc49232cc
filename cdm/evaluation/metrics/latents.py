"""How well codes are the factors: codes are ``(n, width)``, scores one a factor."""

from __future__ import annotations

from torch import Tensor

from cdm.evaluation.metrics.registry import metric
from cdm.scm.codes import Code

_READ = ("code", "codes", "factors")


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


@metric("effects/truth", ("code", "factors", "factors_cf", "do_mask"), None, "the data set's own effects")
@metric("effects/model", ("code", "codes", "codes_cf", "do_mask"), None, "to be compared with effects/truth")
def effect_matrix(code: Code, before: Tensor, after: Tensor, mask: Tensor) -> list[list[float]]:
    """The mean absolute change of each factor (columns) under a do on each target (rows)."""
    moved = code.sums((after - before).abs())
    rows = [moved[mask[:, k] > 0] for k in range(mask.shape[1])]
    return [row.mean(0).tolist() if len(row) else [0.0] * mask.shape[1] for row in rows]
