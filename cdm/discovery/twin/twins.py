"""The pairs themselves: codes of factors before and after a do, and how far each factor moved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from cdm.scm.codes import Code


@dataclass(frozen=True)
class Twins:
    """Pairs of codes of d factors that share their noise.

    Attributes:
        code: the factors.
        before, after: codes ``(n, width)`` of the factual and the counterfactual side.
        mask: ``(n, d)``, 1 on the targets.
        floor: ``(d,)``, mean squared error of the encoder for each factor.
        trusted: ``(n, d)``, 1 where the code of the counterfactual side can be trusted; everywhere if None.
    """

    code: Code
    before: Tensor
    after: Tensor
    mask: Tensor
    floor: Tensor
    trusted: Tensor | None = None

    def free(self, factor: int) -> Tensor:
        """In which pairs ``(n,)`` a factor was not set itself, and can be trusted."""
        free = self.mask[:, factor] == 0
        return free if self.trusted is None else free & (self.trusted[:, factor] > 0)

    @cached_property
    def change(self) -> Tensor:
        """Squared change ``(n, d)`` of each factor."""
        return self.code.sums((self.after - self.before).square())

    @cached_property
    def variance(self) -> Tensor:
        """The factors' variances ``(d,)`` on the factual side."""
        return self.code.sums(self.before.var(dim=0)[None])[0].clamp_min(1e-6)

    @cached_property
    def error(self) -> Tensor:
        """The encoder's standard deviation ``(width,)`` in each number of a code."""
        widths = torch.tensor([factor.width for factor in self.code.factors])
        return (self.floor / widths).sqrt()[self.code.owner]

    def moved(self, factors: tuple[int, ...]) -> Tensor:
        """In which pairs ``(n,)`` one of these factors moved by more than the encoder's error."""
        which = list(factors)
        return (self.change[:, which] > 8 * self.floor[which]).any(dim=1)

    def kind(self, factor: int) -> str:
        """The word for a factor's domain."""
        return self.code.factors[factor].domain.kind
