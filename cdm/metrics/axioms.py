"""The axioms that counterfactuals obey: composition, reversibility and effectiveness.

Monteiro, Ribeiro, Pawlowski, Castro and Glocker 2023, arXiv 2303.01274.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cdm.errors import CdmError
from cdm.metrics.arrays import Flags, alike, images, rows
from cdm.metrics.factors import Factor, table

Matrix = list[list[float | None]]
"""A do on each factor (rows) by each factor (columns); None where nobody did so."""


def composition(cycled: Mapping[int, ArrayLike], factual: ArrayLike) -> dict[int, float]:
    """How far images are from themselves after null dos, by their number: the mean absolute error. Best: 0.

    Args:
        cycled: the images after so many null dos, 1 and 10 by custom, of the first rows or all.
        factual: the images ``(n, height, width, channels)``.
    """
    before, found = images(factual, "factual"), {}
    for count, given in cycled.items():
        after = images(given, f"images after {count} null dos")
        alike(after=after, factual=before[: len(after)])
        found[count] = float(np.abs(after - before[: len(after)]).mean())
    return found


def reversibility(restored: ArrayLike, factual: ArrayLike) -> float:
    """How far images are from themselves when what was done is undone: the mean absolute error. Best: 0."""
    after, before = images(restored, "restored"), images(factual, "factual")
    alike(restored=after, factual=before)
    return float(np.abs(after - before).mean())


def effectiveness(
    read: ArrayLike, truth: ArrayLike, targets: ArrayLike, factors: Sequence[Factor], oracle: ArrayLike | None = None
) -> dict[str, Any]:
    """How far factors that are read in counterfactual images are from those of the true counterfactual. Best: 0.

    Args:
        read: ``(n, d)``, what a reader (a regressor) reads in the answers, in units.
        truth: ``(n, d)``, the factors of the true counterfactuals.
        targets: ``(n, d)``, 1 where a factor was set.
        factors: the ``d`` factors.
        oracle: ``(n, d)``, what it reads in the true images: its own error, without which no cell says much.

    Returns:
        ``units``: the full matrix, a do on each factor (rows) by each factor (columns), in units, of levels the share
        of wrong ones; ``shares``: the same as shares of the factors' ranges; ``diagonal``: the mean over what was set,
        as a share; ``beside``: that over all other cells. With an oracle the same four of it, under ``oracle``.
    """
    mine, true = table(read, factors), table(truth, factors)
    done: Flags = np.asarray(targets) > 0
    rows(read=mine, truth=true, targets=done)
    if done.shape != true.shape:
        raise CdmError(f"targets: an array of shape {true.shape} is needed, found {done.shape}")
    found = _cells(mine, true, done, factors)
    if oracle is not None:
        found["oracle"] = effectiveness(oracle, true, done, factors)
    return found


def _cells(mine: Any, true: Any, done: Flags, factors: Sequence[Factor]) -> dict[str, Any]:
    errors = np.stack([f.errors(mine[:, j], true[:, j]) for j, f in enumerate(factors)], axis=1)
    units: Matrix = []
    for k in range(len(factors)):
        acted = errors[done[:, k]]
        units.append(acted.mean(axis=0).tolist() if len(acted) else [None] * len(factors))
    shares: Matrix = [
        [None if cell is None else cell / f.span for cell, f in zip(row, factors, strict=True)] for row in units
    ]
    there = [(k == j, cell) for k, row in enumerate(shares) for j, cell in enumerate(row) if cell is not None]
    parts = {"diagonal": True, "beside": False}
    means = {name: [cell for own, cell in there if own is wanted] for name, wanted in parts.items()}
    return {"units": units, "shares": shares} | {n: float(np.mean(v)) if v else None for n, v in means.items()}
