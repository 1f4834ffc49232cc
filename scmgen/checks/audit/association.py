"""How far apart two values of a factor are, and how much one factor says about another, whatever their types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from scmgen.scene.factor import Factor
from scmgen.scm.vocabulary import Array

Embedding: TypeAlias = NDArray[np.float64]

_BINS = 8  # quantile bins of a continuous factor in a test of independence


def distance(factor: Factor, a: Array, b: Array) -> Array:
    """Absolute difference; on a circle the shorter way round; for levels 1 where they differ."""
    if factor.levels:
        return np.asarray(a != b, np.float64)
    gap = np.abs(a - b)
    if factor.circular:
        low, high = factor.bounds
        gap = np.mod(gap, high - low)
        return np.asarray(np.minimum(gap, high - low - gap))
    return np.asarray(gap)


def spread(factor: Factor, values: Array) -> float:
    """Standard deviation; on a circle from the shorter ways between pairs; for levels the share of unequal pairs."""
    if not factor.levels and not factor.circular:
        return float(values.std())
    gaps = distance(factor, values, np.roll(values, len(values) // 2))
    return float(gaps.mean() if factor.levels else np.sqrt(0.5 * (gaps**2).mean()))


def embed(factor: Factor, values: Array) -> Embedding:
    """Columns ``(n, k)`` that stand for a factor in a regression: itself, sine and cosine, or its levels."""
    if factor.levels:
        return np.asarray(values[:, None] == np.arange(len(factor.levels) - 1), np.float64)
    if factor.circular:
        low, high = factor.bounds
        turn = 2 * np.pi * (values - low) / (high - low)
        return np.stack([np.sin(turn), np.cos(turn)], axis=1)
    return values[:, None]


def _basis(columns: Embedding) -> Embedding:
    """An orthonormal basis of the centred columns, the constant ones left out."""
    scale = np.abs(columns).max(axis=0, initial=0.0)
    scaled = columns / np.where(scale > 0, scale, 1.0)
    u, sizes, vt = np.linalg.svd(scaled - scaled.mean(axis=0), full_matrices=False)
    u = u * np.where(vt.diagonal() < 0, -1.0, 1.0)  # a single column keeps its direction
    return np.asarray(u[:, sizes > 1e-9 * np.sqrt(len(columns))])


def association(factors: Mapping[str, Factor], values: Mapping[str, Array]) -> NDArray[np.float64]:
    """Matrix ``(d, d)`` of how much each two factors say about one another, 1 on the diagonal.

    The root mean square of the canonical correlations (Hotelling 1936) between two factors'
    embeddings. For two continuous factors that is Pearson's r, for two categories Cramer's V (both
    with a sign, V where there are two levels each), for a category and a number the correlation
    ratio, for a circular factor and a number the multiple correlation with sine and cosine. 0 where a
    factor never varies.
    """
    columns = [embed(factor, values[name]) for name, factor in factors.items()]
    bases, alike = [_basis(part) for part in columns], [factor.levels is None for factor in factors.values()]
    matrix = np.eye(len(columns))
    for i in range(len(columns)):
        for j in range(i):
            product = bases[i].T @ bases[j]
            ranks = min(product.shape)
            size = np.sqrt((product**2).sum() / ranks) if ranks else 0.0
            signed = columns[i].shape[1] == columns[j].shape[1] == 1 and alike[i] == alike[j] and ranks
            sign = np.sign(product[0, 0]) if signed else 1.0
            matrix[i, j] = matrix[j, i] = sign * min(1.0, size)
    return matrix


def independence(one: Factor, a: Array, other: Factor, b: Array) -> float:
    """P-value of Pearson's chi-square test of independence, continuous factors in eight bins of equal share."""
    rows, columns = _binned(one, a), _binned(other, b)
    counts = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(counts, (rows, columns), 1.0)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    if freedom < 1:
        return 1.0
    return float(special.chdtrc(freedom, ((counts - expected) ** 2 / expected).sum()))


def _binned(factor: Factor, values: Array) -> NDArray[np.int64]:
    if factor.levels:
        return np.asarray(np.clip(values, 0, len(factor.levels) - 1), np.int64)
    edges = np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1])
    return np.searchsorted(edges, values, side="right").astype(np.int64)
