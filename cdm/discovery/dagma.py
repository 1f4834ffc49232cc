"""DAGMA: structural equations in the domain of M-matrices, by the package of its authors; observation alone.

Bello et al. 2022 (arXiv 2209.08037). The package knows neither interventions nor blocks; it is given equations whose
edges are blocks, and factual codes.
"""

from __future__ import annotations

import contextlib
import io
from typing import Any

import torch
from torch import Tensor

from cdm.discovery.conclusion import Discovery, conclude, share
from cdm.discovery.structural import Structural, standard
from cdm.scm.codes import Code

_ROWS, _RESAMPLES = 1000, 5  # rows a subsample; each gives a graph, and an edge has more than half of them
_SCHEDULE = {"T": 4, "mu_init": 1.0, "lr": 5e-3, "warm_iter": 800, "max_iter": 1600}  # a fiftieth of its steps, larger
_FIT: dict[str, Any] = {"lambda1": 0.02, "lambda2": 0.005, "w_threshold": 0.3, "checkpoint": 200, **_SCHEDULE}


def discover(
    code: Code, before: Tensor, after: Tensor | None, mask: Tensor | None, floor: Tensor, seed: int
) -> Discovery:
    """Find the graph by DAGMA in factual codes; the arguments are those of :func:`cdm.discovery.discover`."""
    del after, mask, floor
    scaled = standard(before)

    def find(rows: Tensor, seed: int) -> Tensor:
        return _fit(code, scaled[rows], seed)

    probability = share(find, len(before), _ROWS, _RESAMPLES, seed)
    return conclude((probability > 0.5).float(), probability)


def _fit(code: Code, codes: Tensor, seed: int) -> Tensor:
    from dagma.nonlinear import DagmaNonlinear

    kind = torch.get_default_dtype()
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # its bar cannot be switched off
            model = Structural(code, seed).double()
            weights = DagmaNonlinear(model).fit(codes.double(), **_FIT)
    finally:
        torch.set_default_dtype(kind)  # it sets it for the whole process
    return torch.from_numpy(weights != 0).float()
