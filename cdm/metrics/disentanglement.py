"""Whether each latent is one factor, and each factor one latent: the scores of the field, for factors of any kind."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from cdm.errors import CdmError
from cdm.metrics import information
from cdm.metrics.arrays import Reals, reals, rows
from cdm.metrics.factors import Factor, table
from cdm.metrics.latents import linear, multiple_correlations

Weigh: TypeAlias = Callable[[Reals, Reals, Factor], tuple[Reals, float]]
"""Codes ``(n, k)``, values ``(n,)`` and their factor, to how much each code counts, and how well all predict it."""
_HELD = 0.25  # of the rows, on which predictors are judged


def mig(codes: ArrayLike, values: ArrayLike, factors: Sequence[Factor]) -> float:
    """The mutual information gap: of each factor's entropy the share of its best code, less that of the next. Best: 1.

    Chen, Li, Grosse and Duvenaud 2018, arXiv 1802.04942; codes and numbers in twenty bins.
    """
    mine, told = _told(codes, values, factors)
    return _gap(information.shared(mine, told, factors))


def sap(codes: ArrayLike, values: ArrayLike, factors: Sequence[Factor]) -> float:
    """The separated attribute predictability: how much better the best code predicts than the next. Best: 1.

    Kumar, Sattigeri and Balakrishnan 2018, arXiv 1711.00848. How well a code predicts is the squared coefficient of
    multiple correlation for factors of every kind, in place of the accuracy of a classifier for levels.
    """
    mine, told = _told(codes, values, factors)
    return _gap(multiple_correlations(mine, told, factors) ** 2)


def info_mec(codes: ArrayLike, values: ArrayLike, factors: Sequence[Factor]) -> dict[str, float]:
    """``modularity``, ``compactness`` and ``explicitness``. Best: 1.

    Hsu, Dorrell, Whittington, Wu and Finn 2023, arXiv 2305.18378: how far the information of each code is about one
    factor, how far each factor is told by one code, and what linear prediction has of what it could have (R2, over the
    columns of a factor). Codes that never vary are left out.
    """
    mine, told = _told(codes, values, factors)
    active = mine[:, np.ptp(mine, axis=0) > 1e-12]
    if not active.shape[1]:
        return {"modularity": 0.0, "compactness": 0.0, "explicitness": 0.0}
    shares = information.shared(active, told, factors)
    rest = [1 - _missed(linear, active, factor.columns(told[:, j])) for j, factor in enumerate(factors)]
    return {
        "modularity": _peak(shares),
        "compactness": _peak(shares.T),
        "explicitness": float(np.clip(rest, 0, 1).mean()),
    }


def irs(codes: ArrayLike, values: ArrayLike, factors: Sequence[Factor]) -> float:
    """The interventional robustness: how still a code stays when all but its factor vary. Best: 1.

    Suter, Miladinovic, Schoelkopf and Bauer 2019, arXiv 1811.00007: of each code, one less the 99th percentile of its
    deviations where one factor is held, as a share of its largest; the mean over codes, by how much they vary.
    """
    mine, told = _told(codes, values, factors)
    largest = np.abs(mine - mine.mean(axis=0)).max(axis=0)
    moved = np.zeros((mine.shape[1], len(factors)))
    for j, factor in enumerate(factors):
        bins = factor.bins(told[:, j])
        held = np.unique(bins)
        for value in held:
            some = mine[bins == value]
            moved[:, j] += np.percentile(np.abs(some - some.mean(axis=0)), 99, axis=0) / len(held)
    still = 1 - moved / np.where(largest > 0, largest, 1.0)[:, None]
    return float(np.average(still.max(axis=1), weights=largest)) if largest.sum() > 0 else 0.0


def dci(codes: ArrayLike, values: ArrayLike, factors: Sequence[Factor], weigh: Weigh | None = None) -> dict[str, Any]:
    """``disentanglement``, ``completeness`` and ``informativeness``. Best: 1.

    Eastwood and Williams 2018 (ICLR). How much a code counts for a factor comes from gradient-boosted trees, as in
    Locatello et al. 2019 (arXiv 1811.12359); informativeness is R2 (accuracy for levels) on a quarter of the rows.

    Args:
        codes: ``(n, k)``.
        values: ``(n, d)``, in units.
        factors: the ``d`` factors.
        weigh: another way to weigh codes; needs scikit-learn if None.

    Returns:
        The three, and ``importance (k, d)``.
    """
    mine, told = _told(codes, values, factors)
    parts = [(weigh or boosted)(mine, told[:, j], factor) for j, factor in enumerate(factors)]
    importance = np.stack([weights for weights, _ in parts], axis=1)
    return {
        **shares_of(importance),
        "informativeness": float(np.mean([score for _, score in parts])),
        "importance": importance.tolist(),
    }


def shares_of(importance: ArrayLike) -> dict[str, float]:
    """Disentanglement and completeness of how much each code counts for each factor, ``(k, d)`` from 0 on.

    One less the entropy of a code's shares over factors (of a factor's over codes), in units of the largest; the mean,
    by how much each counts.
    """
    weights = np.abs(reals(importance, 2, "importance"))
    return {"disentanglement": _concentration(weights), "completeness": _concentration(weights.T)}


def boosted(codes: Reals, values: Reals, factor: Factor) -> tuple[Reals, float]:
    """Gradient-boosted trees: importances, and R2 or accuracy on the last quarter of the rows."""
    try:
        ensemble: Any = importlib.import_module("sklearn.ensemble")
    except ImportError:
        raise CdmError("dci needs scikit-learn: pip install scikit-learn, or give it weigh=") from None
    kept = len(codes) - max(1, int(_HELD * len(codes)))
    if factor.kind == "categorical":
        model = ensemble.GradientBoostingClassifier(random_state=0).fit(codes[:kept], np.rint(values[:kept]))
        return np.asarray(model.feature_importances_), float(model.score(codes[kept:], np.rint(values[kept:])))
    fits = []
    for column in factor.columns(values).T:
        model = ensemble.GradientBoostingRegressor(random_state=0).fit(codes[:kept], column[:kept])
        fits.append((np.asarray(model.feature_importances_), float(model.score(codes[kept:], column[kept:]))))
    return np.mean([weights for weights, _ in fits], axis=0), float(np.mean([score for _, score in fits]))


def _told(codes: ArrayLike, values: ArrayLike, factors: Sequence[Factor]) -> tuple[Reals, Reals]:
    mine, told = reals(codes, 2, "codes"), table(values, factors)
    rows(codes=mine, values=told)
    return mine, told


def _gap(scores: Reals) -> float:
    """The mean over factors (columns) of the best score less the next."""
    ranked = np.sort(np.vstack([scores, np.zeros((1, scores.shape[1]))]), axis=0)
    return float((ranked[-1] - ranked[-2]).mean())


def _peak(shares: Reals) -> float:
    """How far each row is about one column, from 0, all alike, to 1; rows of nothing are left out."""
    whole, count = shares.sum(axis=1), shares.shape[1]
    some = whole > 1e-12
    if not some.any():
        return 0.0
    if count == 1:
        return 1.0
    peak = shares[some].max(axis=1) / whole[some]
    return float(((peak - 1 / count) / (1 - 1 / count)).mean())


def _concentration(weights: Reals) -> float:
    """One less the entropy of the shares in each row, in units of the largest; the mean, by the weight of rows."""
    whole, count = weights.sum(axis=1), weights.shape[1]
    if whole.sum() <= 0:
        return 0.0
    if count == 1:
        return 1.0
    share = weights / np.where(whole > 0, whole, 1.0)[:, None]
    entropies = -(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1) / np.log(count)
    return float(np.average(1 - entropies, weights=whole))


def _missed(fit: Any, codes: Reals, columns: Reals) -> float:
    """The share of the variance of columns that a fit leaves."""
    spread = ((columns - columns.mean(axis=0)) ** 2).sum()
    return float(((fit(codes, columns, codes) - columns) ** 2).sum() / spread) if spread > 0 else 1.0
