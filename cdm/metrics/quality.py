"""Whether a set of images looks like another, by features ``(n, width)`` of any extractor.

A figure is named by its extractor. It is a Frechet *Inception* distance only if the features are Inception's, of the
weights that the FID is defined with; a user who has them gives them as a function of images
(docs/reference/metrics.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import spatial

from cdm.errors import CdmError
from cdm.metrics.arrays import Reals, reals

_NEIGHBOURS, _DEGREE = 3, 3


def frechet(features: ArrayLike, others: ArrayLike) -> float:
    """The squared 2-Wasserstein distance of the normal laws with the means and covariances of two sets. Best: 0.

    Dowson and Landau 1982 (J. Multivariate Analysis 12): ``|m - m'|^2 + tr(C + C' - 2 (C C')^(1/2))``, as Heusel et al.
    2017 (arXiv 1706.08500) take it. It depends on how many images there are: give a floor, the distance of two sets of
    as many real ones, beside it.
    """
    one, other = _sets(features, others)
    (mean, spread), (mean_, spread_) = ((x.mean(axis=0), np.atleast_2d(np.cov(x.T))) for x in (one, other))
    values, vectors = np.linalg.eigh(spread)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ spread_ @ root), 0)).sum()
    found = ((mean - mean_) ** 2).sum() + spread.trace() + spread_.trace() - 2 * cross
    return float(max(found, 0.0))


def kernel_distance(features: ArrayLike, others: ArrayLike) -> float:
    """The squared maximum mean discrepancy under the kernel ``(x . y / width + 1)^3``, without bias. Best: about 0.

    Binkowski, Sutherland, Arbel and Gretton 2018 (KID), arXiv 1801.01401.
    """
    one, other = _sets(features, others)

    def kernel(a: Reals, b: Reals) -> Reals:
        return np.asarray((a @ b.T / a.shape[1] + 1) ** _DEGREE, np.float64)

    within = [(k.sum() - k.trace()) / (len(x) * (len(x) - 1)) for x in (one, other) for k in (kernel(x, x),)]
    return float(sum(within) - 2 * kernel(one, other).mean())


def precision_recall(features: ArrayLike, real: ArrayLike, neighbours: int = _NEIGHBOURS) -> dict[str, float]:
    """``precision``: the share of images that lie among real ones; ``recall``: of real ones among them. Best: 1.

    Kynkaanniemi, Karras, Laine, Lehtinen and Aila 2019, arXiv 1904.06991: among a set lies what is no further from one
    of it than that one's third nearest neighbour.
    """
    drawn, true = _sets(features, real)
    if min(len(drawn), len(true)) <= neighbours:
        raise CdmError(f"precision_recall: more than {neighbours} images of each kind are needed")
    return {"precision": among(drawn, true, neighbours), "recall": among(true, drawn, neighbours)}


def among(points: ArrayLike, support: ArrayLike, neighbours: int = _NEIGHBOURS) -> float:
    """The share of ``points (n, width)`` that lie among ``support (m, width)``, as in :func:`precision_recall`."""
    some, those = _sets(points, support)
    last = min(neighbours, len(those) - 1)
    reach = np.sort(spatial.distance.cdist(those, those), axis=1)[:, last]  # the first is itself
    return float((spatial.distance.cdist(some, those) <= reach).any(axis=1).mean())


def _sets(features: ArrayLike, others: ArrayLike) -> tuple[Reals, Reals]:
    one, other = reals(features, 2, "features"), reals(others, 2, "other features")
    if one.shape[1] != other.shape[1] or min(len(one), len(other)) < 2:
        raise CdmError(f"two sets of features of one width are needed, found {one.shape} and {other.shape}")
    return one, other
