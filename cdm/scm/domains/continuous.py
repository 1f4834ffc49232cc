"""Numbers of a range. A code is one number, -1 and 1 at the ends of the range; noise is added to it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from cdm.errors import CdmError
from cdm.scm.domains.records import Contrast, Law, measured, of_means


@dataclass(frozen=True)
class Continuous:
    """Numbers from ``low`` to ``high``.

    Attributes:
        kind: the word for it in a manifest.
        width: numbers of a code.
        linear: whether a code is a place on a line: a linear function may guess it, and it may come out mirrored.
        form: what a value is in a label (:mod:`cdm.data.schema`).
    """

    low: float
    high: float
    kind: ClassVar[str] = "continuous"
    width: ClassVar[int] = 1
    linear: ClassVar[bool] = True
    form: ClassVar[Any] = float

    def __post_init__(self) -> None:
        """Refuse a range without a value in it."""
        if not self.low < self.high:
            raise CdmError(f"a range from {self.low:g} to {self.high:g} and no levels")

    def __str__(self) -> str:
        """Both ends."""
        return f"{self.low:g} to {self.high:g}"

    @classmethod
    def of(cls, low: float, high: float, levels: tuple[str, ...]) -> Continuous:
        """The domain with this range."""
        return cls(low, high)

    def data(self) -> dict[str, Any]:
        """What :meth:`of` takes, as plain JSON."""
        return {"low": self.low, "high": self.high, "levels": []}

    @property
    def span(self) -> float:
        """What an error of 1 is in units: :meth:`misread` is a share of the range."""
        return self.high - self.low

    def outside(self, values: Tensor) -> Tensor:
        """Where values ``(n,)`` are none of this domain."""
        return (values < self.low) | (values > self.high)

    def encode(self, values: Tensor) -> Tensor:
        """Codes ``(n, 1)`` of values ``(n,)``."""
        return (2 * (values - self.low) / (self.high - self.low) - 1)[:, None]

    def decode(self, codes: Tensor) -> Tensor:
        """Values ``(n,)`` of codes."""
        return self.low + (codes[:, 0] + 1) * ((self.high - self.low) / 2)

    def project(self, raw: Tensor) -> Tensor:
        """Numbers as codes: every number is one."""
        return raw

    def stretch(self, count: int) -> list[float]:
        """``count`` values from one end of the range to the other."""
        return [min(self.high, self.low + (self.high - self.low) * k / (count - 1)) for k in range(count)]

    def apart(self) -> tuple[float, float]:
        """Two values that are far from each other: a quarter and three quarters up the range."""
        return self.low + (self.high - self.low) * 0.25, self.low + (self.high - self.low) * 0.75

    def spell(self, value: float) -> str:
        """A value for people."""
        return f"{value:.4g}"

    def read(self, text: str, unit: str) -> float:
        """The number that a user typed, in a unit.

        Raises:
            CdmError: if it is none, or out of the range.
        """
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not self.low <= value <= self.high or not math.isfinite(value):
            raise CdmError(f"a number from {self}{measured(unit)} is needed")
        return value

    def abduct(self, codes: Tensor, law: Law, place: Tensor | float = 0.5) -> Tensor:
        """The noise ``(n, 1)`` that gives these codes: ``z = loc + scale * e``, whatever the ``place``."""
        return (codes - law.loc) / law.scale[:, None]

    def predict(self, noise: Tensor, law: Law) -> Tensor:
        """The codes that a noise gives."""
        return law.loc + law.scale[:, None] * noise

    def surprise(self, codes: Tensor, law: Law) -> Tensor:
        """Negative log likelihood ``(n,)`` of a normal law, up to a constant."""
        return ((codes - law.loc) / law.scale[:, None]).square().sum(dim=1) / 2 + law.scale.log()

    def departure(self, codes: Tensor, law: Law, codes2: Tensor, law2: Law) -> Tensor:
        """How far ``(n,)`` the noise is from what it was, squared and in units of its scale."""
        return (self.abduct(codes2, law2) - self.abduct(codes, law)).square().sum(dim=1)

    def miss(self, raw: Tensor, wanted: Tensor) -> Tensor:
        """What an encoder's output is trained by, ``(n,)``: its squared distance to the code that is wanted."""
        return (raw - wanted).square().sum(dim=1)

    def misread(self, codes: Tensor, wanted: Tensor) -> Tensor:
        """The error ``(n,)`` of codes that were read, as a share of the range."""
        return (codes - wanted).abs().mean(dim=1) / 2

    def uneven(self, codes: Tensor) -> Tensor:
        """How far codes are from filling the range evenly; 0 if they do.

        The squared 2-Wasserstein distance to the uniform law on [-1, 1], which in one dimension sorting gives (Peyre
        and Cuturi 2019, remark 2.30).
        """
        n = len(codes)
        wanted = (2 * torch.arange(n, device=codes.device) + 1) / n - 1
        return (codes[:, 0].sort().values - wanted).square().mean()

    def embed(self, codes: Tensor) -> Tensor:
        """Numbers ``(n, 2)`` in which a dependence shows: normal scores (no outlier decides) and their squares."""
        _, place, count = torch.unique(codes[:, 0], return_inverse=True, return_counts=True)
        ranks = (count.cumsum(0) - (count - 1) / 2)[place]  # equal values share their mean rank
        scores = torch.special.ndtri((ranks.to(codes.dtype) - 0.5) / len(codes))
        return torch.stack([scores, scores.square() - 1], dim=1)

    def contrasts(self, a: Tensor, b: Tensor) -> list[Contrast]:
        """How values ``(n,)`` differ from others with the same noise: in their mean."""
        return [of_means(a, b)]
