"""Which code is which factor, and which way round: what an evaluation must find out of a model that was never told.

Only an evaluation does this, on labels that the training had not: scores below are those under the best matching.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cdm.models.protocol import Model


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
        coded: dict[str, Tensor] = {
            name: self.codes(batch[name]) for name in ("do_value", "factors", "factors_cf") if name in batch
        }
        targets = {"do_mask": self.mask(batch["do_mask"])} if "do_mask" in batch else {}
        return {**batch, **coded, **targets}

    def graph(self, adjacency: Tensor) -> Tensor:
        """A true graph ``(d, d)`` over the model's numbers."""
        return adjacency[list(self.order)][:, list(self.order)]


def match(model: Model, codes: Tensor, factors: Tensor) -> Matching | None:
    """Match codes of images with the true ones, both ``(n, width)``; None where the model was told everything."""
    if not model.untold:
        return None
    r = cross_correlations(codes, factors)
    if "order" in model.untold:
        order = best_order(r.abs())
        return Matching(order, tuple(1.0 if r[k, j] >= 0 else -1.0 for k, j in enumerate(order)))
    plain = [model.code.factors[i].domain.linear for i in model.code.owner.tolist()]
    signs = tuple(-1.0 if one and r[k, k] < 0 else 1.0 for k, one in enumerate(plain))
    return Matching(tuple(range(len(model.code.factors))), signs)


def cross_correlations(codes: Tensor, truth: Tensor) -> Tensor:
    """Pearson's r of each column of ``codes (n, p)`` with each of ``truth (n, q)``, ``(p, q)``; 0 for a constant."""
    a, b = codes - codes.mean(0), truth - truth.mean(0)
    r: Tensor = (a.T @ b) / (a.norm(dim=0)[:, None] * b.norm(dim=0)[None]).clamp_min(1e-12)
    return r


def best_order(likeness: Tensor) -> tuple[int, ...]:
    """Which column goes with each row of ``(d, d)``, such that the sum is largest (the Hungarian method)."""
    from scipy.optimize import linear_sum_assignment

    return tuple(int(j) for j in linear_sum_assignment(-likeness.cpu().numpy())[1])
