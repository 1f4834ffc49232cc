"""How a factor of each kind is a function of its noise, which its parents bend and the noise's law is fixed.

What networks say of a factor, ``told``, is the shape of that function; it can be read back, and has a density.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from cdm.methods.causal_flow import splines
from cdm.scm.domains import Categorical, Law

_LEAST = 1e-3  # a scale of noise, where numbers have a spread of 1
_NORMAL, _TURN = 0.5 * math.log(2 * math.pi), math.log(2 * math.pi)


class Kind(Protocol):
    """A kind of factor."""

    def numbers(self, domain: Any) -> int:
        """How many say its function."""

    def noise(self, domain: Any, codes: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        """The noise ``(n, width)`` that gives codes, and the negative log density ``(n,)`` of these."""

    def value(self, domain: Any, noise: Tensor, told: Tensor) -> Tensor:
        """The codes ``(n, width)`` that a noise gives."""

    def draw(self, domain: Any, count: int, generator: torch.Generator) -> Tensor:
        """Noise by its law, ``(count, width)``."""


class Line:
    """A number: location and scale, and a spline over it that bends normal noise into noise of any shape."""

    def numbers(self, domain: Any) -> int:
        """Location, scale, spline."""
        return 2 + splines.LINE

    def noise(self, domain: Any, codes: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        """How far it is from where it is expected, bent until it is standard normal."""
        scale = self._scale(told)
        noise, log = splines.along(splines.on_line(told[:, 2:]), (codes[:, 0] - told[:, 0]) / scale)
        return noise[:, None], 0.5 * noise.square() + _NORMAL + scale.log() - log

    def value(self, domain: Any, noise: Tensor, told: Tensor) -> Tensor:
        """The way back."""
        bent = splines.back(splines.on_line(told[:, 2:]), noise[:, 0])
        return (told[:, 0] + self._scale(told) * bent)[:, None]

    def draw(self, domain: Any, count: int, generator: torch.Generator) -> Tensor:
        """Standard normal."""
        return torch.randn(count, 1, generator=generator)

    def _scale(self, told: Tensor) -> Tensor:
        return _LEAST + functional.softplus(told[:, 1] + 0.5413)


class Circle:
    """An angle: a direction, how near to it angles are, and a spline of that; noise is an even angle.

    Turning all noise by an angle that depends on the parents changes no likelihood, and every counterfactual: on a
    circle nothing but a convention says which noise is which. Here noise is 0 in the direction about which the law is
    symmetric: what is off it one way round is bent as what is off it the other.
    """

    def numbers(self, domain: Any) -> int:
        """Direction, concentration, spline."""
        return 3 + splines.ARC

    def noise(self, domain: Any, codes: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        """The angle from the direction, bent until all are as likely, as a point on the circle.

        First by a Moebius map, of slope ``near`` in the direction and its inverse opposite (Rezende et al. 2020,
        arXiv 2002.02428), under which an even angle has a wrapped Cauchy law.
        """
        direction, near = self._direction(told), self._near(told)
        half = 0.5 * (_angle(codes) - direction)
        cos, sin = half.cos(), half.sin()
        wide = 2 * torch.atan2(near * sin * cos.sign(), cos.abs())
        angle, log = splines.along(splines.on_arc(told[:, 3:]), wide.abs())
        return _point(angle * wide.sign()), _TURN - log - (near / (cos.square() + (near * sin).square())).log()

    def value(self, domain: Any, noise: Tensor, told: Tensor) -> Tensor:
        """The way back."""
        angle = _angle(noise)
        half = 0.5 * splines.back(splines.on_arc(told[:, 3:]), angle.abs()) * angle.sign()
        return _point(2 * torch.atan2(half.sin(), self._near(told) * half.cos()) + self._direction(told))

    def draw(self, domain: Any, count: int, generator: torch.Generator) -> Tensor:
        """Any angle."""
        return _point(2 * torch.pi * torch.rand(count, generator=generator))

    def _direction(self, told: Tensor) -> Tensor:
        return _angle(told)

    def _near(self, told: Tensor) -> Tensor:
        """At least 1, and at first 2: a law that is least likely in its direction would be the same one, found late."""
        return 1 + functional.softplus(told[:, 2] + 0.5413)


class Levels:
    """A level: the staircase of cumulated probabilities, climbed by noise from 0 to 1 (:class:`Categorical`)."""

    def numbers(self, domain: Categorical) -> int:
        """Logits."""
        return domain.width

    def noise(self, domain: Categorical, codes: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        """The middle of the step, of whose noise nothing else is known."""
        law = self._law(domain, told)
        return domain.abduct(codes, law), domain.surprise(codes, law)

    def value(self, domain: Categorical, noise: Tensor, told: Tensor) -> Tensor:
        """The step that noise reaches."""
        return domain.predict(noise, self._law(domain, told))

    def draw(self, domain: Categorical, count: int, generator: torch.Generator) -> Tensor:
        """Any number from 0 to 1, in the first column."""
        return functional.pad(torch.rand(count, 1, generator=generator), (0, domain.width - 1))

    def _law(self, domain: Categorical, told: Tensor) -> Law:
        return Law(told[:, : domain.width], torch.ones_like(told[:, 0]))


def _angle(point: Tensor) -> Tensor:
    return torch.atan2(point[:, 1], point[:, 0])


def _point(angle: Tensor) -> Tensor:
    return torch.stack([angle.cos(), angle.sin()], dim=1)


KINDS: dict[str, Kind] = {"continuous": Line(), "circular": Circle(), "categorical": Levels()}
"""By the word that a manifest has for a factor's domain."""
