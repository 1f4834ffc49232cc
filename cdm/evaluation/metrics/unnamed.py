"""How well numbers that nobody has named are the factors: the scores of disentanglement, of any latents ``(n, m)``.

A model that names its factors is scored on their values as well: each should be one factor, and all be there.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from cdm.evaluation.metrics.registry import metric
from cdm.metrics import disentanglement, latents
from cdm.metrics.factors import Factor
from cdm.scm.codes import Code

_READ = ("code", "latents", "factors")
_LEAST = 1e-9  # of a range: a factor that has one level has none
Arrays = tuple[Any, Any, tuple[Factor, ...]]


@metric("latents/MCC", _READ, "higher", "Hyvarinen and Morioka 2016, arXiv 1605.06336; under the best matching")
def mean_correlation(code: Code, read: Tensor, truth: Tensor) -> float:
    """The mean correlation coefficient of latents and factors that are matched best."""
    return float(latents.mcc(*_told(code, read, truth))["MCC"])


@metric("latents/DCI", _READ, "higher", "Eastwood and Williams 2018")
def disentangled(code: Code, read: Tensor, truth: Tensor) -> dict[str, float]:
    """Disentanglement, completeness, informativeness, by gradient-boosted trees."""
    scores = disentanglement.dci(*_told(code, read, truth))
    return {name: float(scores[name]) for name in ("disentanglement", "completeness", "informativeness")}


@metric("latents/InfoMEC", _READ, "higher", "Hsu et al. 2023, arXiv 2305.18378")
def modular(code: Code, read: Tensor, truth: Tensor) -> dict[str, float]:
    """Modularity, compactness, explicitness."""
    return disentanglement.info_mec(*_told(code, read, truth))


@metric("latents/MIG", _READ, "higher", "Chen et al. 2018, arXiv 1802.04942")
def gap(code: Code, read: Tensor, truth: Tensor) -> float:
    """The mutual information gap."""
    return disentanglement.mig(*_told(code, read, truth))


@metric("latents/SAP", _READ, "higher", "Kumar et al. 2018, arXiv 1711.00848")
def separated(code: Code, read: Tensor, truth: Tensor) -> float:
    """How much better the best latent predicts a factor than the second best."""
    return disentanglement.sap(*_told(code, read, truth))


@metric("latents/IRS", _READ, "higher", "Suter et al. 2019, arXiv 1811.00007")
def robust(code: Code, read: Tensor, truth: Tensor) -> float:
    """How still a latent stays when all but its factor vary."""
    return disentanglement.irs(*_told(code, read, truth))


def _told(code: Code, read: Tensor, truth: Tensor) -> Arrays:
    """What the metrics on plain arrays are told."""
    return read.double().cpu().numpy(), code.decode(truth).double().cpu().numpy(), plain(code)


def plain(code: Code) -> tuple[Factor, ...]:
    """The factors of a code, as the metrics on plain arrays know them; levels are whole numbers from 0 on."""
    told: list[tuple[str, Any, dict[str, Any]]] = [
        (one.name, one.domain.kind, one.domain.data()) for one in code.factors
    ]
    return tuple(Factor(name, kind, data["low"], max(data["high"], data["low"] + _LEAST)) for name, kind, data in told)
