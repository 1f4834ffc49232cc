"""Whether one factor tells something of another once others are known: a test for blocks of numbers.

A factor may be a number, a point on the circle or a level, so correlations of single columns do not serve. Each factor
becomes a few features, which its domain chooses; what smooth functions of the known ones explain is taken from them;
what is left is tested for canonical correlation (Wilks' lambda with Bartlett's approximation). Between two numbers,
with linear features, that is the test of Fisher's z; with random features of what is known it is the idea of RCoT
(Strobl et al. 2019, J. Causal Inference 7).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats

from cdm.scm.codes import Code

Array = NDArray[np.float64]
_WAVES = 60  # random functions of what is known


class BlockTest:
    """Conditional independence of factors in one table of codes; called with factors it gives a p-value."""

    def __init__(self, code: Code, codes: Array, seed: int) -> None:
        parts = code.parts(torch.from_numpy(codes))
        self.features = [_standard(domain.embed(block).numpy()) for domain, block in parts]
        self.seed = seed

    def __call__(self, x: int, y: int, known: tuple[int, ...] = ()) -> float:
        """The p-value of "x and y are independent given ``known``", numbers of factors."""
        base = self._explained(known)
        a, b = (_basis(z - base @ (base.T @ z), len(z) ** 0.5) for z in (self.features[x], self.features[y]))
        p, q, n = a.shape[1], b.shape[1], len(a) - base.shape[1]
        if p * q == 0:  # nothing is left of one of them
            return 1.0
        r = np.linalg.svd(a.T @ b, compute_uv=False).clip(0, 1 - 1e-12)
        bartlett = -(n - (p + q + 1) / 2) * np.log1p(-(r**2)).sum()
        return float(stats.chi2.sf(bartlett, p * q))

    def _explained(self, known: tuple[int, ...]) -> Array:
        """An orthonormal basis ``(n, k)`` of functions of what is known, the constant among them."""
        parts = [np.ones((len(self.features[0]), 1)), *(self.features[k] for k in known)]
        if known:
            inputs = np.concatenate(parts[1:], axis=1)
            generator = np.random.default_rng(self.seed)
            weights = generator.normal(size=(inputs.shape[1], _WAVES)) / inputs.shape[1] ** 0.5
            parts.append(np.cos(inputs @ weights + generator.uniform(0, 2 * np.pi, _WAVES)))
        return _basis(np.concatenate(parts, axis=1), len(parts[0]) ** 0.5)


def _basis(columns: Array, size: float) -> Array:
    """An orthonormal basis of columns; what is tiny beside ``size`` is rounding."""
    basis, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    kept: Array = basis[:, sizes > 1e-5 * size]
    return kept


def _standard(columns: Array) -> Array:
    spread = columns.std(axis=0)
    scaled: Array = (columns - columns.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    return scaled
