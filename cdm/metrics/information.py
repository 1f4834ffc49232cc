"""Entropy and mutual information of what is counted, in nats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cdm.metrics.arrays import Reals
from cdm.metrics.factors import Factor

Bins: TypeAlias = NDArray[np.int64]
_BINS = 20  # of a latent, of equal width (Locatello et al. 2019, arXiv 1811.12359)


def entropy(bins: Bins) -> float:
    """The entropy of whole numbers ``(n,)``."""
    share = np.unique(bins, return_counts=True)[1] / len(bins)
    return float(-(share * np.log(share)).sum())


def mutual(one: Bins, other: Bins) -> float:
    """The mutual information of two lists of whole numbers ``(n,)``."""
    together = one.astype(np.int64) * (int(other.max()) + 1) + other
    return max(0.0, entropy(one) + entropy(other) - entropy(together))


def binned(codes: Reals) -> Bins:
    """Each column ``(n, k)`` as whole numbers: twenty bins of equal width from its least to its largest value."""
    low, high = codes.min(axis=0), codes.max(axis=0)
    share = (codes - low) / np.where(high > low, high - low, 1.0)
    return np.asarray(np.clip((share * _BINS).astype(np.int64), 0, _BINS - 1), np.int64)


def shared(codes: Reals, values: Reals, factors: Sequence[Factor]) -> Reals:
    """The share of each factor's entropy that each code has: ``(codes, factors)``, 0 to 1."""
    mine = binned(codes)
    found = np.zeros((codes.shape[1], len(factors)))
    for j, factor in enumerate(factors):
        theirs = factor.bins(values[:, j])
        whole = entropy(theirs)
        for i in range(codes.shape[1]):
            found[i, j] = mutual(mine[:, i], theirs) / whole if whole > 0 else 0.0
    return found
