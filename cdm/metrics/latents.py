"""How well latents are the factors, of whatever kind these are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import spatial
from scipy.optimize import linear_sum_assignment

from cdm.errors import CdmError
from cdm.metrics.arrays import Reals, reals, rows
from cdm.metrics.factors import Factor, table

Blocks: TypeAlias = Sequence[Sequence[int]]
"""Which columns of the codes are one latent; each column is one, if they are not told."""
Fit: TypeAlias = Callable[[Reals, Reals, Reals], Reals]
"""Inputs and targets of some rows, and inputs of others, to predictions of these."""
_NEIGHBOURS = 5


def multiple_correlations(codes: ArrayLike, values: ArrayLike, factors: Sequence[Factor], blocks: Blocks = ()) -> Reals:
    """How well each latent is a function of each factor that is linear in its columns: ``(latents, factors)``, 0 to 1.

    The coefficient of multiple correlation of a code with a factor's columns (:meth:`Factor.columns`): of a number it
    is the absolute value of Pearson's r, of levels the correlation ratio. A latent of several columns has the root of
    the mean of their squares, weighted by variances.

    Args:
        codes: ``(n, k)``.
        values: ``(n, d)``, in units.
        factors: the ``d`` factors.
        blocks: the columns of each latent.
    """
    latents, told = _told(codes, blocks), table(values, factors)
    rows(codes=latents[0], values=told)
    found = np.zeros((len(latents), len(factors)))
    for j, factor in enumerate(factors):
        design = _basis(factor.columns(told[:, j]))
        for i, latent in enumerate(latents):
            spread = _centred(latent)
            explained, whole = ((design.T @ spread) ** 2).sum(), (spread**2).sum()
            found[i, j] = np.sqrt(min(1.0, explained / whole)) if whole > 0 else 0.0
    return found


def mcc(codes: ArrayLike, values: ArrayLike, factors: Sequence[Factor], blocks: Blocks = ()) -> dict[str, Any]:
    """The mean correlation coefficient under the matching of latents and factors that is best. Best: 1.

    Hyvarinen and Morioka 2016, arXiv 1605.06336, for factors of any kind (:func:`multiple_correlations`).

    Returns:
        ``MCC``, the mean over factors; ``factors``, that of each; ``latents``, which latent each was matched with, None
        if there are fewer than factors.
    """
    r = multiple_correlations(codes, values, factors, blocks)
    chosen = dict(zip(*(part.tolist() for part in linear_sum_assignment(-r.T)), strict=True))
    each = [float(r[chosen[j], j]) if j in chosen else 0.0 for j in range(len(factors))]
    return {"MCC": float(np.mean(each)), "factors": each, "latents": [chosen.get(j) for j in range(len(factors))]}


def r2_separation(
    codes: ArrayLike,
    values: ArrayLike,
    factors: Sequence[Factor],
    blocks: Blocks = (),
    fit: Fit | None = None,
) -> dict[str, Any]:
    """R2 of each factor from its own latent, and the most that another latent tells of it. Best: 1 and 0.

    Lippe et al. 2022 (CITRIS, arXiv 2202.03169), figures "diag" and "sep". A predictor is fitted on the first half of
    the rows and judged on the others.

    Args:
        codes: ``(n, k)``, latents in the order of the factors.
        values: ``(n, d)``.
        factors: the ``d`` factors.
        blocks: the columns of each latent, as many as there are factors; each column is one, if they are not told.
        fit: the predictor; the mean of five nearest neighbours if None.

    Returns:
        ``matrix (latents, factors)``, ``diagonal`` and ``beside``.
    """
    latents, told = _told(codes, blocks), table(values, factors)
    count = rows(codes=latents[0], values=told)
    if len(latents) != len(factors) or count < 4 * _NEIGHBOURS:
        needed = f"a latent a factor and {4 * _NEIGHBOURS} rows are needed"
        raise CdmError(f"r2_separation: {needed}, found {len(latents)} latents and {count} rows")
    half, predict = count // 2, fit or neighbours
    found = np.zeros((len(latents), len(factors)))
    for j, factor in enumerate(factors):
        wanted = factor.columns(told[:, j])
        for i, latent in enumerate(latents):
            guess = predict(latent[:half], wanted[:half], latent[half:])
            found[i, j] = _determination(guess, wanted[half:])
    beside = np.where(np.eye(len(factors), dtype=bool), -np.inf, found).max(axis=0) if len(factors) > 1 else np.zeros(1)
    return {
        "matrix": found.tolist(),
        "diagonal": float(found.diagonal().mean()),
        "beside": float(np.clip(beside, 0, 1).mean()),
    }


def neighbours(inputs: Reals, targets: Reals, others: Reals, count: int = _NEIGHBOURS) -> Reals:
    """The mean of the targets of the nearest rows, each column of the inputs scaled to deviation 1."""
    scale = np.maximum(inputs.std(axis=0), 1e-12)
    tree = spatial.cKDTree(inputs / scale)
    nearest = tree.query(others / scale, k=min(count, len(inputs)))[1].reshape(len(others), -1)
    return np.asarray(targets[nearest].mean(axis=1), np.float64)


def _determination(guess: Reals, truth: Reals) -> float:
    """R2 over all columns together, weighted by their variances."""
    spread = ((truth - truth.mean(axis=0)) ** 2).sum()
    return float(1 - ((guess - truth) ** 2).sum() / spread) if spread > 0 else 0.0


def _told(codes: ArrayLike, blocks: Blocks) -> list[Reals]:
    """The columns of each latent."""
    found = reals(codes, 2, "codes")
    try:
        return [found[:, list(block)] for block in blocks or [[k] for k in range(found.shape[1])]]
    except IndexError:
        there = f"columns 0 to {found.shape[1] - 1} are there"
        raise CdmError(f"blocks: {there}, found {list(map(list, blocks))}") from None


def _basis(columns: Reals) -> Reals:
    """Orthonormal columns that span the deviations of others from their means."""
    u, sizes, _ = np.linalg.svd(_centred(columns), full_matrices=False)
    return np.asarray(u[:, sizes > 1e-9 * np.sqrt(len(columns))], np.float64)


def _centred(values: Reals) -> Reals:
    return np.asarray(values - values.mean(axis=0), np.float64)


def linear(inputs: Reals, targets: Reals, others: Reals) -> Reals:
    """Ordinary least squares with a constant."""
    design, further = (np.column_stack([part, np.ones(len(part))]) for part in (inputs, others))
    return np.asarray(further @ np.linalg.lstsq(design, targets, rcond=None)[0], np.float64)
