"""Codes: a factor as the model holds it, one block of numbers of about unit size.

A continuous factor is one number, -1 and 1 at the ends of its range. A circular one is the cosine and
the sine of its angle, a categorical one a number for each level that sums to one. The SCM, the encoder and
the denoiser see blocks and need not know more.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from cdm.errors import CdmError, suggestion

Kind = Literal["continuous", "circular", "categorical"]
KINDS = frozenset(get_args(Kind))
FORM = {"name": str, "kind": KINDS, "low": float, "high": float, "levels": [str], "unit": str}
"""What :meth:`Code.data` gives for a factor."""


@dataclass(frozen=True)
class Factor:
    """A factor of the data set, as its manifest describes it."""

    name: str
    kind: Kind
    low: float
    high: float
    levels: tuple[str, ...] = ()
    unit: str = "1"

    @property
    def width(self) -> int:
        """Numbers of its code."""
        return {"continuous": 1, "circular": 2, "categorical": len(self.levels)}[self.kind]

    def encode(self, values: Tensor) -> Tensor:
        """Codes ``(n, width)`` of values ``(n,)`` in the factor's unit."""
        if self.kind == "categorical":
            return torch.nn.functional.one_hot(values.round().long(), len(self.levels)).to(values.dtype)
        if self.kind == "circular":
            angle = (values - self.low) * (2 * math.pi / (self.high - self.low))
            return torch.stack([angle.cos(), angle.sin()], dim=-1)
        return (2 * (values - self.low) / (self.high - self.low) - 1)[:, None]

    def decode(self, codes: Tensor) -> Tensor:
        """Values ``(n,)`` of codes ``(n, width)``; the likeliest level of a categorical factor."""
        if self.kind == "categorical":
            return codes.argmax(dim=-1).to(codes.dtype)
        if self.kind == "circular":
            angle = torch.atan2(codes[:, 1], codes[:, 0]) % (2 * math.pi)
            return self.low + angle * ((self.high - self.low) / (2 * math.pi))
        return self.low + (codes[:, 0] + 1) * ((self.high - self.low) / 2)

    def stretch(self, count: int) -> list[float]:
        """Values from one end of the range to the other, at most ``count``; all levels of a categorical factor."""
        if self.levels:
            return [float(level) for level in range(len(self.levels))]
        steps = count if self.kind == "circular" else count - 1  # the ends of a circle are one value
        return [min(self.high, self.low + (self.high - self.low) * k / steps) for k in range(count)]

    def spell(self, value: float) -> str:
        """A value for people: a number, or the name of a level."""
        return self.levels[round(value)] if self.kind == "categorical" else f"{value:.4g}"

    def read(self, text: str) -> float:
        """A value that a user typed: a number inside the range, or the name of a level.

        Raises:
            CdmError: if it is neither.
        """
        if text in self.levels:
            return float(self.levels.index(text))
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if self.kind == "categorical" and (not value.is_integer() or not 0 <= value < len(self.levels)):
            raise CdmError(f"{self.name} = {text}: no level of that name; {suggestion(text, self.levels)}")
        if (self.kind == "continuous" and not self.low <= value <= self.high) or not math.isfinite(value):
            raise CdmError(f"{self.name} = {text}: a number from {self.low:g} to {self.high:g} is needed ({self.unit})")
        return value


@dataclass(frozen=True)
class Code:
    """The codes of all factors side by side, ``(n, width)``, each in its block."""

    factors: tuple[Factor, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The factors' names, in order."""
        return tuple(factor.name for factor in self.factors)

    @property
    def width(self) -> int:
        """Numbers of all blocks."""
        return sum(factor.width for factor in self.factors)

    @property
    def blocks(self) -> tuple[slice, ...]:
        """Where each factor stands."""
        ends = [0]
        for factor in self.factors:
            ends.append(ends[-1] + factor.width)
        return tuple(slice(a, b) for a, b in itertools.pairwise(ends))

    @property
    def owner(self) -> Tensor:
        """The number of the factor that each column belongs to, ``(width,)``."""
        return torch.repeat_interleave(torch.tensor([factor.width for factor in self.factors]))

    def encode(self, values: Tensor) -> Tensor:
        """Codes ``(n, width)`` of values ``(n, d)``."""
        return torch.cat([factor.encode(values[:, i]) for i, factor in enumerate(self.factors)], dim=1)

    def decode(self, codes: Tensor) -> Tensor:
        """Values ``(n, d)`` of codes ``(n, width)``."""
        return torch.stack([f.decode(codes[:, b]) for f, b in zip(self.factors, self.blocks, strict=True)], dim=1)

    def spread(self, mask: Tensor) -> Tensor:
        """Widen ``(n, d)``, one column a factor, to ``(n, width)``, one column a number of its code."""
        return mask[..., self.owner.to(mask.device)]

    def sums(self, squares: Tensor) -> Tensor:
        """Add up ``(n, width)`` within the blocks: ``(n, d)``."""
        out = squares.new_zeros((*squares.shape[:-1], len(self.factors)))
        return out.index_add(-1, self.owner.to(squares.device), squares)

    def index(self, name: str) -> int:
        """Which factor has a name.

        Raises:
            CdmError: if none has.
        """
        if name not in self.names:
            raise CdmError(f"no factor {name!r}; {suggestion(name, self.names)}")
        return self.names.index(name)

    def data(self) -> list[dict[str, Any]]:
        """As plain JSON, for the header of a checkpoint."""
        return [{**vars(factor), "levels": list(factor.levels)} for factor in self.factors]


def from_manifest(factors: Mapping[str, Mapping[str, Any]]) -> Code:
    """The code of a data set from the part ``factors`` of its manifest.

    Raises:
        CdmError: if a factor has neither a range nor levels.
    """
    ends = {name: dict(zip(("low", "high"), factor["range"], strict=True)) for name, factor in factors.items()}
    return from_data([{**f, **ends[name], "name": name, "kind": f["type"]} for name, f in factors.items()])


def from_data(told: Sequence[Mapping[str, Any]]) -> Code:
    """The code that :meth:`Code.data` wrote.

    Raises:
        CdmError: if there is no factor, two have one name, or one has neither a range nor levels.
    """
    found = tuple(Factor(**{key: factor[key] for key in FORM} | {"levels": tuple(factor["levels"])}) for factor in told)
    for factor in found:
        if not (factor.levels if factor.kind == "categorical" else factor.low < factor.high):
            raise CdmError(f"factor {factor.name}: a range from {factor.low:g} to {factor.high:g} and no levels")
    if not found or len({factor.name for factor in found}) < len(found):
        raise CdmError("factors: at least one is needed, each with a name of its own")
    return Code(found)
