"""Does a simple statistic of the labels betray the causal order? 0.5: it tells nothing; 1 or 0: it tells all.

Varsortability (Reisach, Seiler and Weichwald 2021, NeurIPS, section 3.1) asks it of the variances,
R2-sortability (Reisach, Tami, Seiler, Chambaz and Weichwald 2023, NeurIPS, equation 3) of how well each
variable is predicted by all the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scmgen.scene.domain import Continuous, Valued
from scmgen.scene.scene import Scene
from scmgen.scm import graph
from scmgen.scm.vocabulary import Array

_RANK = 1e-10  # of the largest singular value; below it columns are taken for dependent
_DECIMALS = 9  # of an R2; what differs less than this differs by rounding, and is a tie


def alignment(scores: ArrayLike, adjacency: ArrayLike) -> float:
    """Share of directed paths along which a score grows, a tie counting one half.

    For each length, a pair counts once if at least one path of that length leads from its first to its
    second variable.

    Args:
        scores: ``(d,)``, one a variable; pairs with a NaN do not count.
        adjacency: ``(d, d)`` of a DAG, not 0 where the row causes the column.

    Returns:
        A number from 0 to 1, NaN if no pair counts.
    """
    values = np.asarray(scores, np.float64)
    edges = np.asarray(adjacency) != 0
    grows = np.where(values[:, None] == values, 0.5, values[:, None] < values)
    counts = np.isfinite(values)[:, None] & np.isfinite(values)
    growing, pairs, reached = 0.0, 0, edges
    for _ in range(len(values) - 1):
        counted = reached & counts
        growing, pairs = growing + float(grows[counted].sum()), pairs + int(counted.sum())
        reached = reached @ edges
    return growing / pairs if pairs else float("nan")


def varsortability(values: Array, adjacency: ArrayLike) -> float:
    """:func:`alignment` of the variances of ``values``, of shape ``(n, d)`` and on a common scale."""
    return alignment(np.var(np.asarray(values, np.float64), axis=0), adjacency)


def r2_sortability(values: Array | Sequence[Array], adjacency: ArrayLike) -> float:
    """:func:`alignment` of each variable's R2 in the linear regression on all others.

    Args:
        values: ``(n, d)``; or d arrays ``(n, k)``, where several columns stand for one variable. The R2
            of such a one is the mean of its squared canonical correlations with all other columns.
        adjacency: as for :func:`alignment`.
    """
    blocks = [np.asarray(block, np.float64) for block in (values.T if isinstance(values, np.ndarray) else values)]
    columns = [block[:, None] if block.ndim == 1 else block for block in blocks]
    owner = np.repeat(np.arange(len(columns)), [block.shape[1] for block in columns])
    table = np.concatenate(columns, axis=1)
    spread = table.std(axis=0)
    table = (table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    covariance = table.T @ table / len(table)
    explained = [_explained(covariance, owner == k) for k in range(len(columns))]
    return alignment(np.round(explained, _DECIMALS), adjacency)


def _explained(covariance: Array, own: NDArray[np.bool_]) -> float:
    """R2 of the columns ``own`` on the rest; of a constant 0."""
    own_inverse, inverse = (
        np.linalg.pinv(covariance[np.ix_(part, part)], rcond=_RANK, hermitian=True) for part in (own, ~own)
    )
    across = covariance[np.ix_(own, ~own)]
    rank = int(np.linalg.matrix_rank(own_inverse, hermitian=True)) or 1
    return float(np.trace(own_inverse @ across @ inverse @ across.T)) / rank


def of_factors(factors: Mapping[str, Valued], values: Mapping[str, Array], adjacency: ArrayLike) -> dict[str, float]:
    """Both numbers for labels, whatever their types.

    A continuous factor's variance is taken in shares of its range, so that units do not matter; circular
    and categorical ones have none and are left out of varsortability. For R2-sortability sine and cosine
    stand for a circular factor and indicators for a categorical one.

    Returns:
        ``varsortability`` and ``r2_sortability``; NaN where no two factors can be compared.
    """
    domains = {name: factor.domain for name, factor in factors.items()}
    variances = [
        float(np.var(values[name])) / domain.span**2 if isinstance(domain, Continuous) else np.nan
        for name, domain in domains.items()
    ]
    columns = [domain.embed(values[name]) for name, domain in domains.items()]
    return {"varsortability": alignment(variances, adjacency), "r2_sortability": r2_sortability(columns, adjacency)}


def report(scene: Scene, n: int = 20_000, seed: int = 0) -> dict[str, float]:
    """Both numbers for ``n`` observed samples of a scene; see :func:`of_factors`."""
    values = scene.scm.solve(scene.noise(n, seed))
    return of_factors(scene.factors, values, graph.adjacency(scene.factor_graph))
