"""How much one factor says about another, whatever their types."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scmgen.scene.domain import Categorical, Domain, Valued
from scmgen.scm.vocabulary import Array

Embedding: TypeAlias = NDArray[np.float64]

_BINS = 8  # quantile bins of a continuous factor in a test of independence


def _basis(columns: Embedding) -> Embedding:
    """An orthonormal basis of the centred columns, the constant ones left out."""
    scale = np.abs(columns).max(axis=0, initial=0.0)
    scaled = columns / np.where(scale > 0, scale, 1.0)
    u, sizes, vt = np.linalg.svd(scaled - scaled.mean(axis=0), full_matrices=False)
    u = u * np.where(vt.diagonal() < 0, -1.0, 1.0)  # a single column keeps its direction
    return np.asarray(u[:, sizes > 1e-9 * np.sqrt(len(columns))])


def association(factors: Mapping[str, Valued], values: Mapping[str, Array]) -> NDArray[np.float64]:
    """Matrix ``(d, d)`` of how much each two factors say about one another, 1 on the diagonal.

    The root mean square of the canonical correlations (Hotelling 1936) between two factors'
    embeddings. For two continuous factors that is Pearson's r, for two categories Cramer's V (both
    with a sign, V where there are two levels each), for a category and a number the correlation
    ratio, for a circular factor and a number the multiple correlation with sine and cosine. 0 where a
    factor never varies.
    """
    columns = [factor.domain.embed(values[name]) for name, factor in factors.items()]
    bases = [_basis(part) for part in columns]
    category = [isinstance(factor.domain, Categorical) for factor in factors.values()]
    matrix = np.eye(len(columns))
    for i in range(len(columns)):
        for j in range(i):
            product = bases[i].T @ bases[j]
            ranks = min(product.shape)
            size = np.sqrt((product**2).sum() / ranks) if ranks else 0.0
            signed = columns[i].shape[1] == columns[j].shape[1] == 1 and category[i] == category[j] and ranks
            sign = np.sign(product[0, 0]) if signed else 1.0
            matrix[i, j] = matrix[j, i] = sign * min(1.0, size)
    return matrix


def independence(one: Domain, a: Array, other: Domain, b: Array) -> float:
    """P-value of Pearson's chi-square test of independence, continuous factors in eight bins of equal share."""
    rows, columns = one.classes(a, _BINS), other.classes(b, _BINS)
    counts = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(counts, (rows, columns), 1.0)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    if freedom < 1:
        return 1.0
    return _beyond(freedom, float(((counts - expected) ** 2 / expected).sum()))


def _beyond(freedom: int, value: float) -> float:
    """The probability that a chi-square variable exceeds a value (Abramowitz and Stegun 1964, 26.4.4 and 26.4.5).

    Importing scipy for it would take a quarter of a second of every build.
    """
    if value <= 0.0:
        return 1.0
    half, odd = 0.5 * value, 0.5 * (freedom % 2)
    terms = (math.exp((k + odd) * math.log(half) - half - math.lgamma(k + odd + 1.0)) for k in range(freedom // 2))
    return min(1.0, math.fsum(terms) + (math.erfc(math.sqrt(half)) if odd else 0.0))
