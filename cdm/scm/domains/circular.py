"""Angles. A code is the cosine and the sine of one; noise turns it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from cdm.errors import CdmError
from cdm.scm.domains.records import Contrast, Law, measured

_HARMONICS = 3


@dataclass(frozen=True)
class Circular:
    """Numbers from ``low`` to ``high``, where the ends are one value; the attributes are those of ``Continuous``.

    Noise is an angle, as a point on the circle; how far it usually turns is the scale, for which only losses ask.
    """

    low: float
    high: float
    kind: ClassVar[str] = "circular"
    width: ClassVar[int] = 2
    linear: ClassVar[bool] = False
    form: ClassVar[Any] = float

    def __post_init__(self) -> None:
        """Refuse a circle without a value on it."""
        if not self.low < self.high:
            raise CdmError(f"a range from {self.low:g} to {self.high:g} and no levels")

    def __str__(self) -> str:
        """Both ends."""
        return f"{self.low:g} to {self.high:g}"

    @classmethod
    def of(cls, low: float, high: float, levels: tuple[str, ...]) -> Circular:
        """The domain with this range."""
        return cls(low, high)

    def data(self) -> dict[str, Any]:
        """What :meth:`of` takes, as plain JSON."""
        return {"low": self.low, "high": self.high, "levels": []}

    @property
    def span(self) -> float:
        """What an error of 1 is in units: once around the circle."""
        return self.high - self.low

    def outside(self, values: Tensor) -> Tensor:
        """Nowhere ``(n,)``: what lies beyond one end comes round at the other."""
        return torch.zeros_like(values, dtype=torch.bool)

    def encode(self, values: Tensor) -> Tensor:
        """Codes ``(n, 2)`` of values ``(n,)``."""
        angle = (values - self.low) * (2 * math.pi / (self.high - self.low))
        return torch.stack([angle.cos(), angle.sin()], dim=-1)

    def decode(self, codes: Tensor) -> Tensor:
        """Values ``(n,)`` of codes of any length."""
        angle = torch.atan2(codes[:, 1], codes[:, 0]) % (2 * math.pi)
        return self.low + angle * ((self.high - self.low) / (2 * math.pi))

    def project(self, raw: Tensor) -> Tensor:
        """Numbers as codes: pairs of length one."""
        return functional.normalize(raw, dim=1)

    def stretch(self, count: int) -> list[float]:
        """``count`` values once around, without the end, which is the beginning."""
        return [min(self.high, self.low + (self.high - self.low) * k / count) for k in range(count)]

    def apart(self) -> tuple[float, float]:
        """Two values that are opposite each other."""
        return self.low + (self.high - self.low) * 0.25, self.low + (self.high - self.low) * 0.75

    def spell(self, value: float) -> str:
        """A value for people."""
        return f"{value:.4g}"

    def read(self, text: str, unit: str) -> float:
        """The number that a user typed, in a unit; beyond the ends it goes on around the circle.

        Raises:
            CdmError: if it is none.
        """
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise CdmError(f"a number from {self}{measured(unit)} is needed")
        return value

    def abduct(self, codes: Tensor, law: Law, place: Tensor | float = 0.5) -> Tensor:
        """The noise ``(n, 2)`` that gives these codes: how far they are turned from where ``loc`` points."""
        return _turn(codes, _unit(law.loc), -1)

    def predict(self, noise: Tensor, law: Law) -> Tensor:
        """The codes that a noise gives."""
        return _turn(_unit(law.loc), noise, 1)

    def surprise(self, codes: Tensor, law: Law) -> Tensor:
        """Negative log likelihood ``(n,)`` of a von Mises law of concentration ``1 / scale^2``, up to a constant."""
        sharpness = law.scale.square().reciprocal()
        missed = 1 - (codes * _unit(law.loc)).sum(dim=1)
        return sharpness * missed + torch.log(torch.special.i0e(sharpness))

    def departure(self, codes: Tensor, law: Law, codes2: Tensor, law2: Law) -> Tensor:
        """How far ``(n,)`` the noise is from what it was, squared and in units of its scale."""
        change = (self.abduct(codes2, law2) - self.abduct(codes, law)).square().sum(dim=1)
        return change / (law.scale * law2.scale)

    def miss(self, raw: Tensor, wanted: Tensor) -> Tensor:
        """What an encoder's output is trained by, ``(n,)``: the squared distance of its direction to the one wanted."""
        return (self.project(raw) - wanted).square().sum(dim=1)

    def misread(self, codes: Tensor, wanted: Tensor) -> Tensor:
        """The error ``(n,)`` of codes that were read: an angle as a share of the circle."""
        turned = (codes * wanted).sum(dim=1) / (codes.norm(dim=1) * wanted.norm(dim=1)).clamp_min(1e-12)
        return torch.arccos(turned.clamp(-1, 1)) / (2 * torch.pi)

    def uneven(self, codes: Tensor) -> Tensor:
        """How far codes are from filling the circle evenly, by the squared lengths of the first mean harmonics."""
        angle = torch.atan2(codes[:, 1], codes[:, 0]) * torch.arange(1, _HARMONICS + 1)[:, None].to(codes)
        return (angle.cos().mean(dim=1).square() + angle.sin().mean(dim=1).square()).sum()

    def embed(self, codes: Tensor) -> Tensor:
        """Numbers ``(n, 4)`` in which a dependence shows: the first two harmonics."""
        angle = torch.atan2(codes[:, 1], codes[:, 0])
        return torch.stack([angle.cos(), angle.sin(), (2 * angle).cos(), (2 * angle).sin()], dim=1)

    def contrasts(self, a: Tensor, b: Tensor) -> list[Contrast]:
        """How values ``(n,)`` differ from others with the same noise: the mean direction, the shorter way round.

        Fisher 1993 (Statistical Analysis of Circular Data, 2.3); the error is that of the linearised direction.
        """
        unit = (self.high - self.low) / (2 * math.pi)
        (start, pull_a), (end, pull_b) = (_direction((values - self.low) / unit) for values in (a, b))
        turn = (end - start + math.pi) % (2 * math.pi) - math.pi
        error = float((pull_b - pull_a).std()) / len(a) ** 0.5
        low, high = (self.low + (angle % (2 * math.pi)) * unit for angle in (start, end))
        return [Contrast("", low, high, turn * unit, error * unit)]


def _unit(vectors: Tensor) -> Tensor:
    """Vectors of length one; what has no direction points to angle 0."""
    return functional.normalize(vectors + torch.tensor([1.0, 0.0], device=vectors.device), dim=1)


def _turn(a: Tensor, b: Tensor, sign: int) -> Tensor:
    """Turn ``a`` by the angle of ``b``, or back by it."""
    cos, sin = a[:, 0] * b[:, 0] - sign * a[:, 1] * b[:, 1], a[:, 1] * b[:, 0] + sign * a[:, 0] * b[:, 1]
    return torch.stack([cos, sin], dim=1)


def _direction(angles: Tensor) -> tuple[float, Tensor]:
    """The mean direction of angles in radians, and how far each pulls it."""
    c, s = angles.cos().mean(), angles.sin().mean()
    mean, length = torch.atan2(s, c), torch.hypot(c, s).clamp_min(1e-12)
    return float(mean), (angles - mean).sin() / length
