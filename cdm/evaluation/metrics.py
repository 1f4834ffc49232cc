"""Scores of graphs, latents and counterfactual images, with the names that the field uses."""

from __future__ import annotations

from torch import Tensor

from cdm.scm.codes import Code
from cdm.scm.graph import distance


def graph_scores(found: Tensor, truth: Tensor) -> dict[str, float]:
    """How a DAG differs from the true one: SHD, SID and parent-AID (by gadjid), precision and recall of its edges.

    Args:
        found, truth: ``(d, d)``, 1 from cause to effect, without cycles (gadjid cannot take one).
    """
    import gadjid

    hit, said, there = ((found > 0) & (truth > 0)).sum(), (found > 0).sum(), (truth > 0).sum()
    guess, true = (g.cpu().gt(0).numpy().astype("int8") for g in (found, truth))
    row_to_column = {"edge_direction": "from row to column"}
    return {
        "SHD": distance(found, truth),
        "SID": int(gadjid.sid(true, guess, **row_to_column)[1]),
        "parent-AID": int(gadjid.parent_aid(true, guess, **row_to_column)[1]),
        "precision": float(hit / said) if said else 1.0,
        "recall": float(hit / there) if there else 1.0,
    }


def correlations(code: Code, found: Tensor, truth: Tensor) -> list[float]:
    """Pearson's r of each factor's code with the true one, ``d`` numbers; the mean over the columns of a block.

    Their mean is the MCC (mean correlation coefficient) where, as here, it is known which latent is which factor.
    """
    a, b = found - found.mean(0), truth - truth.mean(0)
    r = (a * b).sum(0) / (a.norm(dim=0) * b.norm(dim=0)).clamp_min(1e-12)
    kept = truth.std(0) > 0
    return [float(r[block][kept[block]].mean()) if kept[block].any() else 0.0 for block in code.blocks]


def cross_correlations(found: Tensor, truth: Tensor) -> Tensor:
    """Pearson's r of each column of ``found (n, p)`` with each of ``truth (n, q)``, ``(p, q)``; 0 for a constant."""
    a, b = found - found.mean(0), truth - truth.mean(0)
    r: Tensor = (a.T @ b) / (a.norm(dim=0)[:, None] * b.norm(dim=0)[None]).clamp_min(1e-12)
    return r


def best_order(likeness: Tensor) -> tuple[int, ...]:
    """Which column goes with each row of ``(d, d)``, such that the sum is largest (the Hungarian method)."""
    from scipy.optimize import linear_sum_assignment

    return tuple(int(j) for j in linear_sum_assignment(-likeness.cpu().numpy())[1])


def determinations(code: Code, found: Tensor, truth: Tensor) -> list[float]:
    """R2 of each factor's code as a prediction of the true one."""
    missed = code.sums((found - truth).square().sum(0)[None])[0]
    spread = code.sums((truth - truth.mean(0)).square().sum(0)[None])[0]
    return (1 - missed / spread.clamp_min(1e-12)).tolist()


def pixel_errors(found: Tensor, truth: Tensor, factual: Tensor) -> dict[str, float]:
    """Mean absolute error of images from -1 to 1 against the true counterfactuals.

    Args:
        found, truth, factual: ``(n, 3, size, size)``.

    Returns:
        ``all`` pixels; ``changed``: those that differ between factual and true counterfactual image; ``unchanged``: the
        others (exact minimality).
    """
    error = (found - truth).abs().mean(dim=1)
    changed = (truth != factual).any(dim=1)
    parts = {"all": error, "changed": error[changed], "unchanged": error[~changed]}
    return {name: float(part.mean()) if part.numel() else 0.0 for name, part in parts.items()}


def effect_matrix(code: Code, before: Tensor, after: Tensor, mask: Tensor) -> list[list[float]]:
    """The mean absolute change of each factor (columns) under a do on each target (rows), in codes ``(n, width)``."""
    moved = code.sums((after - before).abs())
    rows = [moved[mask[:, k] > 0] for k in range(mask.shape[1])]
    return [row.mean(0).tolist() if len(row) else [0.0] * mask.shape[1] for row in rows]


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
