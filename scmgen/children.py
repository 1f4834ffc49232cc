"""What a factor of a sampled causal model makes of its score: standardised values, bounds, and text.

Continuous factors all have the same standard deviation, as a share of their range, so their variances
say nothing of the causal order (internal standardisation, Ormaniec et al. 2024, arXiv 2406.11601).
Their equations stay inside their ranges whatever values inside *their* ranges the parents are set to.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from scmgen.mechanisms import Basis, Score, Term, rolls
from scmgen.scene import Factor
from scmgen.vocabulary import NOISES, Array

ROOM = 0.96  # of a range; the rest stays empty, so that rounded constants lead nowhere near its ends
_HEADROOM = 1.2  # how much farther than any observation a sum of parents may go before it is bent
_TURNS = 0.2  # standard deviation of a circular child before it is wrapped
_UNIFORM = math.sqrt(3.0)  # half the width of a uniform of variance 1


@dataclass(frozen=True)
class Reach:
    """An affine form: ``centre + sum(radius * e)`` with an unknown e in [-1, 1] for each source.

    Sources that reach a variable on two ways keep their name, so what cancels is not counted twice
    (affine arithmetic, Comba and Stolfi 1993).
    """

    centre: float
    radii: Mapping[str, float]

    @property
    def radius(self) -> float:
        """Half the distance between the bounds."""
        return sum(abs(radius) for radius in self.radii.values())


@dataclass(frozen=True)
class Child:
    """A variable of a sampled model, in standardised units.

    ``values`` are observed ones: of mean 0 and variance 1, in turns, or indices of levels. ``reach``
    bounds those of a continuous variable, ``signal`` what its parents contribute. ``shape`` holds a
    circular variable's middle, or the weights of a categorical one as pairs (intercept, slope).
    """

    name: str
    factor: Factor
    noise: float
    score: Score | None
    values: Array
    signal: Reach = Reach(0.0, {})
    reach: Reach = Reach(0.0, {})
    shape: tuple[tuple[float, float], ...] = ()

    @property
    def half_noise(self) -> float:
        """Half the width of the noise, in standard deviations of the variable."""
        return _UNIFORM * math.sqrt(self.noise)

    @property
    def demand(self) -> float:
        """Half the width of the range that the variable needs, in its standard deviations."""
        if self.factor.levels is not None or self.factor.circular:
            return 0.0
        bend = _HEADROOM if self.score is not None and self.score.slopes else 1.0
        return bend * self.signal.radius + self.half_noise


def draw_child(
    name: str, factor: Factor, score: Score | None, noise: float, parents: Mapping[str, Child], seed: int, n: int
) -> Child:
    """Give a variable its score, or make it a root (``score`` is None), and draw ``n`` observed values."""
    u = rolls(seed, f"noise of {name}", n)
    total = np.zeros(n) if score is None else score({parent: child.values for parent, child in parents.items()})
    if factor.levels is not None:
        return _categorical(name, factor, score, noise, total, u)
    if score is None:
        values = u if factor.circular else _UNIFORM * (2 * u - 1)
        return Child(name, factor, 1.0, None, values, reach=Reach(0.0, {name: _UNIFORM}))
    mixed = math.sqrt(1 - noise) * total + math.sqrt(noise) * _UNIFORM * (2 * u - 1)
    if factor.circular:
        middle = float(round(rolls(seed, f"middle of {name}", 1)[0], 2))
        return Child(name, factor, noise, score, (middle + _TURNS * mixed) % 1.0, shape=((middle, 0.0),))
    signal = _signal(name, score, noise, parents)
    own = {name: _UNIFORM * math.sqrt(noise)}
    return Child(name, factor, noise, score, mixed, signal, Reach(signal.centre, {**signal.radii, **own}))


def _signal(name: str, score: Score, noise: float, parents: Mapping[str, Child]) -> Reach:
    """Bound what the parents contribute: those that enter as they are by their own reach, the rest by the score's."""
    low, high = score.bounds
    centre, radii = (low + high) / 2, {f"{name} <-": (high - low) / 2}
    for parent, slope in score.slopes.items():
        reach = parents[parent].reach
        centre += slope * reach.centre
        for source, radius in reach.radii.items():
            radii[source] = radii.get(source, 0.0) + slope * radius
    q = math.sqrt(1 - noise)
    return Reach(q * centre, {source: q * radius for source, radius in radii.items()})


def _categorical(name: str, factor: Factor, score: Score | None, noise: float, total: Array, u: Array) -> Child:
    """A logit model whose levels come about equally often.

    The slopes of neighbouring levels differ by what makes the logistic noise of the latent variable
    the share ``noise`` of its variance.
    """
    count = len(factor.levels or ())
    slopes = np.zeros(count)
    if score is not None:
        step = math.pi / _UNIFORM * math.sqrt((1 - noise) / noise)
        slopes = step * (np.arange(count) - (count - 1) / 2)
    intercepts = np.zeros(count)
    for _ in range(60 if score is not None else 0):
        logits = intercepts[:, None] + slopes[:, None] * total
        weights = np.exp(logits - logits.max(axis=0))
        intercepts -= np.log((weights / weights.sum(axis=0)).mean(axis=1) * count)
    shape = tuple((round(float(a), 2), round(float(b), 2)) for a, b in zip(intercepts, slopes, strict=True))
    values = NOISES["category"].transport(u, *(np.exp(a + b * total) for a, b in shape))
    return Child(name, factor, noise, score, values, shape=shape)


# Text


def write(child: Child, parents: Mapping[str, Child], share: float, helper: str) -> dict[str, str]:
    """Write the equation of a variable, and of ``helper`` where its sum of parents is read more than once.

    Args:
        share: the standard deviation of every continuous factor, as a share of its range.
    """
    if child.factor.levels is not None:
        return _write_categorical(child, parents, share, helper)
    if child.factor.circular:
        return {child.name: _write_circular(child, parents, share)}
    return _write_continuous(child, parents, share, helper)


def _write_continuous(child: Child, parents: Mapping[str, Child], share: float, helper: str) -> dict[str, str]:
    low, high = child.factor.bounds
    middle, sd = (low + high) / 2, share * (high - low)
    noise = child.half_noise * sd
    if child.score is None:
        return {child.name: f"uniform({decimal(middle - noise, sd)}, {decimal(middle + noise, sd)})"}
    scale = math.sqrt(1 - child.noise) * sd
    own = f"uniform({decimal(-noise, noise)}, {decimal(noise, noise)})"
    offset = scale * child.score.constant - child.signal.centre * sd
    free = ROOM / (2 * share) - child.half_noise  # what the signal may use
    if _forced(child, parents, share) <= free:
        return {child.name: f"{_sum(child.score, parents, share, scale, middle + offset, sd)} + {own}"}
    straight = decimal(free / _HEADROOM * sd, sd)
    rest = decimal(free * (1 - 1 / _HEADROOM) * sd, sd / 10)
    inside = f"clip({helper}, -{straight}, {straight})"
    bent = f"{decimal(middle, sd)} + {inside} + {rest} * tanh(({helper} - {inside}) / {rest})"
    return {helper: _sum(child.score, parents, share, scale, offset, sd), child.name: f"{bent} + {own}"}


def _forced(child: Child, parents: Mapping[str, Child], share: float) -> float:
    """How far the parents can push the signal when they are set anywhere in their ranges."""
    assert child.score is not None
    low, high = child.score.bounds
    widest = sum(abs(slope) / (2 * share) for slope in child.score.slopes.values())
    return math.sqrt(1 - child.noise) * ((high - low) / 2 + widest)


def _write_circular(child: Child, parents: Mapping[str, Child], share: float) -> str:
    low, high = child.factor.bounds
    period = high - low
    if child.score is None:
        return f"uniform({low!r}, {high!r})"
    sd = _TURNS * period
    scale = math.sqrt(1 - child.noise) * sd
    noise = child.half_noise * sd
    middle = child.shape[0][0] * period
    total = _sum(child.score, parents, share, scale, middle + scale * child.score.constant, sd)
    wrapped = f"({total} + uniform({decimal(-noise, noise)}, {decimal(noise, noise)})) % {period!r}"
    return f"{low!r} + {wrapped}" if low else wrapped


def _write_categorical(child: Child, parents: Mapping[str, Child], share: float, helper: str) -> dict[str, str]:
    if child.score is None:
        return {child.name: f"category({', '.join('1' for _ in child.shape)})"}
    weights = ", ".join(f"exp({a:g} {'-' if b < 0 else '+'} {abs(b):g} * {helper})" for a, b in child.shape)
    total = _sum(child.score, parents, share, 1.0, child.score.constant, 1.0)
    return {helper: total, child.name: f"category({weights})"}


def _sum(
    score: Score, parents: Mapping[str, Child], share: float, scale: float, constant: float, unit: float
) -> str:
    text = decimal(constant, unit)
    for weight, term in score.terms:
        coefficient, parts = scale * weight, []
        for basis in term:
            factor, part = _spell(basis, parents[basis.parent], share)
            coefficient *= factor
            parts.append(part)
        text += f" {'-' if coefficient < 0 else '+'} {abs(coefficient):.4g} * {' * '.join(parts)}"
    return text


def _spell(basis: Basis, parent: Child, share: float) -> tuple[float, str]:
    """A basis as a function of the parent's own units, and what it is to be multiplied by."""
    if basis.word == "level":
        levels = parent.factor.levels or ()
        text = f"{basis.offsets[-1]:g}"
        for level, offset in reversed(list(zip(levels[:-1], basis.offsets[:-1], strict=True))):
            text = f"where({parent.name} == {level}, {offset:g}, {text})"
        return 1.0, text
    low, high = parent.factor.bounds
    if basis.word in ("turn","peak"):
        around = parent.name if low == 0 else f"({parent.name} - {low!r})"
        around += "" if high - low == 1 else f" / {high - low!r}"
        t = f"sin({2 * basis.a:g} * pi * {around}{signed(basis.b)})"
        return 1.0, t if basis.word=="turn" else f"exp(2 * {t} - 2)"
    sd = share * (high - low)
    mean = (low + high) / 2 - parent.reach.centre * sd
    if basis.word == "value":
        return 1 / sd, f"({parent.name} - {decimal(mean, sd)})"
    inner = f"{basis.a / sd:.4g} * ({parent.name} - {decimal(mean - basis.b * sd / basis.a, sd)})"
    return 1.0, f"exp(-({inner}) ** 2)" if basis.word == "bump" else f"{basis.word}({inner})"


def decimal(x: float, unit: float) -> str:
    """Round to about a thousandth of ``unit``."""
    digits = max(0, 3 - math.floor(math.log10(unit)))
    text = f"{x:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-0", "0") if float(text) == 0 else (
        text.rstrip("0").rstrip(".") if "." in text else text
    )


def signed(x: float) -> str:
    """Write `` + x`` or `` - x``."""
    return f" {'-' if x < 0 else '+'} {abs(x):.4g}"
