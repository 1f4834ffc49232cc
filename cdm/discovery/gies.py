"""GIES: a greedy search over classes of graphs, scored on data under dos, by the package gies.

Hauser and Buehlmann 2012 (arXiv 1104.2808): environments are independent samples, one without a do and one a target,
effects are linear and noise is normal. Twins are not independent, so one half of the pairs gives what is seen without
a do and the other half what is seen under one.
"""

from __future__ import annotations

import importlib

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cdm.discovery import equivalence
from cdm.discovery.conclusion import Discovery, conclude, share
from cdm.errors import CdmError
from cdm.scm.codes import Code

_ROWS, _RESAMPLES = 4000, 10


def discover(
    code: Code, before: Tensor, after: Tensor | None, mask: Tensor | None, floor: Tensor, seed: int
) -> Discovery:
    """Find the graph by GIES; the arguments are those of :func:`cdm.discovery.discover`.

    A circular factor is the number that its value is, and a level its place in the list: this score knows no others.

    Raises:
        CdmError: if there are no pairs.
    """
    del floor
    if after is None or mask is None:
        raise CdmError("graph 'gies': needs pairs of images, which the data do not hold")
    here, there = code.decode(before).double().numpy(), code.decode(after).double().numpy()

    def find(rows: Tensor, seed: int) -> Tensor:
        arrows, lines = _class(here, there, mask, rows)
        return arrows + lines / 2

    rows = torch.randperm(len(before), generator=torch.Generator().manual_seed(seed))[:_ROWS]
    arrows, lines = _class(here, there, mask, rows)
    return conclude(equivalence.extend(arrows, lines), share(find, len(before), _ROWS, _RESAMPLES, seed), lines)


def _class(here: NDArray[np.float64], there: NDArray[np.float64], mask: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """The arrows and the lines ``(d, d)`` of the class of graphs that some rows fit best."""
    seen, done = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    data, targets = [here[seen.numpy()]], list[list[int]]([[]])
    for target in torch.unique(mask[done], dim=0):
        own = done[(mask[done] == target).all(dim=1)]
        if target.any() and len(own) > mask.shape[1]:
            data.append(there[own.numpy()])
            targets.append(target.nonzero()[:, 0].tolist())
    scale = np.maximum(np.concatenate(data).std(axis=0), 1e-9)
    found = importlib.import_module("gies").fit_bic([part / scale for part in data], targets)[0]
    edges = torch.from_numpy(found != 0)
    return edges & ~edges.T, edges & edges.T
