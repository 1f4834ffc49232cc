"""What parents say of a factor, and what two samples of it differ by: what domains take and give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor


class Law(NamedTuple):
    """What the parents of a factor say of it in some rows.

    Attributes:
        loc: ``(n, width)``: where a number lies, where an angle points, logits of levels.
        scale: ``(n,)``, the size of the noise.
    """

    loc: Tensor
    scale: Tensor


@dataclass(frozen=True)
class Contrast:
    """How two samples of a factor whose noise is the same differ.

    Attributes:
        level: of which level the share is meant; empty if the values themselves are.
        low, high: means of the first and of the second sample.
        difference: of the second from the first.
        error: standard error of the difference.
    """

    level: str
    low: float
    high: float
    difference: float
    error: float


def measured(unit: str) -> str:
    """A unit as it follows a number, as the manifest spells it; nothing for a pure number."""
    return "" if unit in ("", "1") else f" {unit}"


def of_means(a: Tensor, b: Tensor, level: str = "") -> Contrast:
    """The contrast of two paired samples ``(n,)`` in their means."""
    error = float((b - a).std()) / len(a) ** 0.5
    return Contrast(level, float(a.mean()), float(b.mean()), float((b - a).mean()), error)
