"""Which code is which factor, and which way round: what an evaluation must find out of a model that was never told.

Only an evaluation does this, on labels that the training had not: scores below are those under the best matching.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cdm.config import VALUELESS
from cdm.evaluation import metrics
from cdm.models.causal_diffusion import CausalDiffusionModel


@dataclass(frozen=True)
class Matching:
    """Code k of the model is factor ``order[k]``, mirrored where ``sign[k]`` is -1.

    Attributes:
        order: ``d`` numbers.
        sign: 1 or -1 for each number of the codes, ``width`` of them.
    """

    order: tuple[int, ...]
    sign: tuple[float, ...]

    def mask(self, mask: Tensor) -> Tensor:
        """Targets ``(n, d)`` as the model numbers them."""
        return mask[:, list(self.order)]

    def codes(self, codes: Tensor) -> Tensor:
        """True codes ``(n, width)`` as the model would write them; if factors change places each is one number."""
        moved = codes[:, list(self.order)] if len(self.order) == len(self.sign) else codes
        return moved * torch.tensor(self.sign, dtype=codes.dtype, device=codes.device)

    def batch(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """A batch with truth, as the model would write it."""
        told = {name: self.codes(batch[name]) for name in ("do_value", "factors", "factors_cf")}
        return {**batch, **told, "do_mask": self.mask(batch["do_mask"])}

    def graph(self, adjacency: Tensor) -> Tensor:
        """A true graph ``(d, d)`` over the model's numbers."""
        return adjacency[list(self.order)][:, list(self.order)]


def match(model: CausalDiffusionModel, codes: Tensor, factors: Tensor) -> Matching | None:
    """Match codes of images with the true ones, both ``(n, width)``; None where the supervision told everything."""
    if model.config.supervision not in VALUELESS:
        return None
    r = metrics.cross_correlations(codes, factors)
    if model.config.supervision == "unknown":
        order = metrics.best_order(r.abs())
        return Matching(order, tuple(1.0 if r[k, j] >= 0 else -1.0 for k, j in enumerate(order)))
    plain = [model.code.factors[i].domain.linear for i in model.code.owner.tolist()]
    signs = tuple(-1.0 if one and r[k, k] < 0 else 1.0 for k, one in enumerate(plain))
    return Matching(tuple(range(len(model.code.factors))), signs)
