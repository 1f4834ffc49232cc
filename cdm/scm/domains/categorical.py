"""Levels with names. A code is a number a level, which sum to one; noise is a number that picks a level."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from cdm.errors import CdmError, suggestion
from cdm.scm.domains.records import Contrast, Law, of_means


@dataclass(frozen=True)
class Categorical:
    """Levels, numbered from 0 on; the attributes are those of ``Continuous``.

    A level is that at which the cumulated probabilities pass the noise, a number in (0, 1), which stands in the first
    column of a block; afterwards only the interval is known in which it lies.
    """

    levels: tuple[str, ...]
    kind: ClassVar[str] = "categorical"
    linear: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse a choice of nothing."""
        if not self.levels:
            raise CdmError("no levels")

    def __str__(self) -> str:
        """The levels."""
        return ", ".join(self.levels)

    @classmethod
    def of(cls, low: float, high: float, levels: tuple[str, ...]) -> Categorical:
        """The domain with these levels."""
        return cls(levels)

    def data(self) -> dict[str, Any]:
        """What :meth:`of` takes, as plain JSON."""
        return {"low": 0.0, "high": len(self.levels) - 1.0, "levels": list(self.levels)}

    @property
    def width(self) -> int:
        """Numbers of a code: one a level."""
        return len(self.levels)

    @property
    def span(self) -> float:
        """What an error of 1 is: an error is a wrong level, whichever."""
        return 1.0

    @property
    def form(self) -> Any:
        """What a value is in a label: the number of a level."""
        return frozenset(range(len(self.levels)))

    def outside(self, values: Tensor) -> Tensor:
        """Where values ``(n,)`` are the number of no level."""
        return (values < 0) | (values >= len(self.levels)) | (values != values.round())

    def encode(self, values: Tensor) -> Tensor:
        """Codes ``(n, width)`` of values ``(n,)``."""
        return functional.one_hot(values.round().long(), len(self.levels)).to(values.dtype)

    def decode(self, codes: Tensor) -> Tensor:
        """The likeliest level ``(n,)`` of codes."""
        return codes.argmax(dim=-1).to(codes.dtype)

    def project(self, raw: Tensor) -> Tensor:
        """Numbers as codes: they are taken for logits."""
        return raw.softmax(dim=1)

    def stretch(self, count: int) -> list[float]:
        """All levels, however many are asked for."""
        return [float(level) for level in range(len(self.levels))]

    def apart(self) -> tuple[float, float]:
        """Two levels that are far from each other in their order."""
        last = len(self.levels) - 1
        return float(round(last * 0.25)), float(round(last * 0.75))

    def spell(self, value: float) -> str:
        """The name of a level."""
        return self.levels[round(value)]

    def read(self, text: str, unit: str) -> float:
        """The level whose name or number a user typed.

        Raises:
            CdmError: if there is none.
        """
        if text in self.levels:
            return float(self.levels.index(text))
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not value.is_integer() or not 0 <= value < len(self.levels):
            raise CdmError(f"no level of that name; {suggestion(text, self.levels)}")
        return value

    def abduct(self, codes: Tensor, law: Law, place: Tensor | float = 0.5) -> Tensor:
        """The noise ``(n, width)`` that gives these codes: a ``place`` in its interval, the middle, and zeros."""
        low, high = _interval(codes, law)
        noise = low + (high - low) * place
        return torch.cat([noise[:, None], torch.zeros_like(codes[:, 1:])], dim=1)

    def predict(self, noise: Tensor, law: Law) -> Tensor:
        """The codes that a noise gives."""
        ends = law.loc.softmax(dim=1).cumsum(dim=1)
        level = (ends < noise[:, :1]).sum(dim=1).clamp_max(len(self.levels) - 1)
        return functional.one_hot(level, len(self.levels)).to(law.loc.dtype)

    def surprise(self, codes: Tensor, law: Law) -> Tensor:
        """Negative log likelihood ``(n,)``."""
        return functional.cross_entropy(law.loc, codes.argmax(dim=1), reduction="none")

    def departure(self, codes: Tensor, law: Law, codes2: Tensor, law2: Law) -> Tensor:
        """How far ``(n,)`` the noise is from what it was.

        The negative log probability that noise of the first level's interval gives the second level; at least a
        thousandth.
        """
        (low, high), (low2, high2) = _interval(codes, law), _interval(codes2, law2)
        common = torch.minimum(high, high2) - torch.maximum(low, low2)
        return -(common / (high - low).clamp_min(1e-9)).clamp_min(1e-3).log()

    def miss(self, raw: Tensor, wanted: Tensor) -> Tensor:
        """What an encoder's output is trained by, ``(n,)``: the cross-entropy of its logits."""
        return functional.cross_entropy(raw, wanted, reduction="none")

    def misread(self, codes: Tensor, wanted: Tensor) -> Tensor:
        """The error ``(n,)`` of codes that were read: 1 where the level is wrong."""
        return (codes.argmax(dim=1) != wanted.argmax(dim=1)).float()

    def uneven(self, codes: Tensor) -> Tensor:
        """How far the levels' shares are from equal, squared and added up."""
        return (codes.mean(dim=0) - 1 / codes.shape[1]).square().sum()

    def embed(self, codes: Tensor) -> Tensor:
        """Numbers ``(n, width - 1)`` in which a dependence shows: all columns but one, which the others tell."""
        return codes[:, :-1]

    def contrasts(self, a: Tensor, b: Tensor) -> list[Contrast]:
        """How values ``(n,)`` differ from others with the same noise: in the share of each level."""
        numbered = enumerate(self.levels)
        return [of_means((a == number).double(), (b == number).double(), level) for number, level in numbered]


def _interval(codes: Tensor, law: Law) -> tuple[Tensor, Tensor]:
    """The ends ``(n,)`` of the interval of noise that gives a level."""
    level, shares = codes.argmax(dim=1, keepdim=True), law.loc.softmax(dim=1)
    high = shares.cumsum(dim=1).gather(1, level)[:, 0]
    return high - shares.gather(1, level)[:, 0], high
