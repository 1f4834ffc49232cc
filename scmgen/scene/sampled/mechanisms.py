"""What a factor of a sampled causal model makes of its score: values, bounds, and equation text.

Every continuous factor gets the same standard deviation, as a share of its range, so that variance says
nothing of the causal order (internal standardisation, Ormaniec et al. 2024, arXiv 2406.11601). Its
equation stays inside its range whatever values inside *their* ranges its parents have or are set to.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from scmgen.scene.domain import Categorical, Circular, Continuous, Domain
from scmgen.scene.sampled.scores import Basis, Score, rolls
from scmgen.scm.vocabulary import NOISES, Array

_FILLED = 0.96  # of a range at most; so rounded constants lead nowhere near its ends
_AMPLE = 3.2  # half a range, in standard deviations, that is worth some rare bends: the deviation is 0.15 of the range
_ROOM = 1.2  # that a signal has, in units of its farthest observation, where it may bend
_BEND = 1.15  # what part of this room is straight: all up to 1 / 1.15 of it
_TURNS = 0.2  # standard deviation of a circular child before it is wrapped
_WIDTH = math.sqrt(3.0)  # half the width of a uniform of variance 1
_BALANCING = 60  # steps that make the levels of a category come equally often


@dataclass(frozen=True)
class Mechanism:
    """How one variable comes about, in standardised units.

    What the parents contribute to a continuous variable is its *signal*.

    Attributes:
        score: None for a root.
        noise: share of the variance that the variable's own noise has (1 for a root).
        values: observed ones, ``(n,)``: mean 0 and variance 1, in turns, or indices of levels.
        centre: the middle of what a continuous variable can be, or of what a circular one is, in turns.
        farthest: how far from the centre the signal was observed.
        bound: how far from the centre it can get at all; infinite where a parent enters as it is.
        logits: of a category, intercept and slope of each level's logit.
    """

    name: str
    domain: Domain
    score: Score | None
    noise: float
    values: Array
    centre: float = 0.0
    farthest: float = 0.0
    bound: float = 0.0
    logits: tuple[tuple[float, float], ...] = ()

    @property
    def half_noise(self) -> float:
        """Half the width of the noise, in standard deviations of the variable."""
        return _WIDTH * math.sqrt(self.noise)

    @property
    def half_range(self) -> float:
        """Half the width that a continuous variable needs of its range, in its standard deviations."""
        ample = max(_AMPLE - self.half_noise, _ROOM * self.farthest)
        bent = _ROOM * self.farthest if math.isinf(self.bound) else ample
        return min(self.bound, bent) + self.half_noise


Mechanisms = Mapping[str, Mechanism]


def draw_mechanism(
    name: str, domain: Domain, score: Score | None, noise: float, before: Mechanisms, seed: int, n: int
) -> Mechanism:
    """Give a variable its score, or make it a root (``score`` is None), and draw ``n`` observed values.

    Args:
        noise: the share of the variance that is the variable's own noise, in (0, 1).
        before: the mechanisms of its parents at least.
    """
    u = rolls(seed, f"noise of {name}", n)
    total = score({parent: mechanism.values for parent, mechanism in before.items()}) if score else np.zeros(n)
    if isinstance(domain, Categorical):
        return _categorical(name, domain, score, noise, total, u)
    if score is None:
        return Mechanism(name, domain, None, 1.0, u if isinstance(domain, Circular) else _WIDTH * (2 * u - 1))
    signal, own = math.sqrt(1 - noise) * total, math.sqrt(noise) * _WIDTH * (2 * u - 1)
    if isinstance(domain, Circular):
        middle = float(rolls(seed, f"middle of {name}", 1)[0])
        return Mechanism(name, domain, score, noise, (middle + _TURNS * (signal + own)) % 1.0, middle)
    low, high = (math.sqrt(1 - noise) * bound for bound in score.bounds)
    centre, bound = (low + high) / 2, (high - low) / 2
    if score.slopes or bound > _AMPLE - _WIDTH * math.sqrt(noise):
        centre = float(signal.min() + signal.max()) / 2
        bound = math.inf if score.slopes else max(high - centre, centre - low)
    return Mechanism(name, domain, score, noise, signal + own, centre, float(np.abs(signal - centre).max()), bound)


def _categorical(
    name: str, domain: Categorical, score: Score | None, noise: float, total: Array, u: Array
) -> Mechanism:
    """A logit model in the score.

    Of two levels, the latent variable's logistic noise has the share ``noise`` of its variance; more
    levels divide the score more finely.
    """
    count = len(domain.levels)
    step = math.pi / _WIDTH * math.sqrt((1 - noise) / noise) * min(1.0, 4 / count) if score else 0.0
    slopes = step * (np.arange(count) - (count - 1) / 2)
    intercepts = np.zeros(count)
    for _ in range(_BALANCING if score else 0):
        scores = intercepts[:, None] + slopes[:, None] * total
        weights = np.exp(scores - scores.max(axis=0))
        intercepts -= np.log((weights / weights.sum(axis=0)).mean(axis=1) * count)
    logits = tuple((round(float(a), 2), round(float(b), 2)) for a, b in zip(intercepts, slopes, strict=True))
    values = NOISES["category"].transport(u, *(np.exp(a + b * total) for a, b in logits))
    return Mechanism(name, domain, score, noise, values, logits=logits)


def common_share(mechanisms: Mechanisms) -> float:
    """The standard deviation that every continuous factor can have, as a share of its range."""
    children = [m for m in mechanisms.values() if m.score and isinstance(m.domain, Continuous)]
    return _FILLED / 2 / max([_WIDTH, *(mechanism.half_range for mechanism in children)])


# From here on: text, in the units of the scene


def write(mechanism: Mechanism, before: Mechanisms, share: float, helper: str) -> dict[str, str]:
    """Write the equation of a variable, and that of ``helper`` where its score is read more than once.

    Args:
        share: what :func:`common_share` gives.
    """
    match mechanism.domain:
        case Categorical():
            return _write_categorical(mechanism, before, share, helper)
        case Circular():
            return {mechanism.name: _write_circular(mechanism, before, share)}
        case Continuous():
            return _write_continuous(mechanism, before, share, helper)


def _write_continuous(mechanism: Mechanism, before: Mechanisms, share: float, helper: str) -> dict[str, str]:
    name, score = mechanism.name, mechanism.score
    low, high = mechanism.domain.bounds
    middle, sd = (low + high) / 2, share * (high - low)
    if score is None:
        return {name: f"uniform({decimal(middle - _WIDTH * sd, sd)}, {decimal(middle + _WIDTH * sd, sd)})"}
    noise = _noise(mechanism.half_noise * sd)
    scale = math.sqrt(1 - mechanism.noise) * sd
    constant = scale * score.constant - mechanism.centre * sd
    room = _FILLED / 2 / share - mechanism.half_noise
    if _pushed(mechanism, score, before, share) <= room * (1 + 1e-9):
        return {name: f"{_sum(score, before, share, scale, middle + constant, sd)} + {noise}"}
    straight, rest = decimal(room / _BEND * sd, sd), decimal(room * (1 - 1 / _BEND) * sd, sd / 10)
    bent = f"{helper} / abs({helper}) * ({straight} + {rest} * tanh((abs({helper}) - {straight}) / {rest}))"
    start = "" if middle == 0 else f"{decimal(middle, sd)} + "
    return {
        helper: _sum(score, before, share, scale, constant, sd),
        name: f"{start}where(abs({helper}) < {straight}, {helper}, {bent}) + {noise}",
    }


def _pushed(mechanism: Mechanism, score: Score, before: Mechanisms, share: float) -> float:
    """How far from its centre the signal gets when the parents are set anywhere in their ranges."""
    low, high = score.bounds
    for parent, slope in score.slopes.items():
        low += slope * before[parent].centre - abs(slope) / (2 * share)
        high += slope * before[parent].centre + abs(slope) / (2 * share)
    scale = math.sqrt(1 - mechanism.noise)
    return max(scale * high - mechanism.centre, mechanism.centre - scale * low)


def _write_circular(mechanism: Mechanism, before: Mechanisms, share: float) -> str:
    low, high = mechanism.domain.bounds
    period, score = high - low, mechanism.score
    if score is None:
        return f"uniform({_exact(low)}, {_exact(high)})"
    sd = _TURNS * period
    scale = math.sqrt(1 - mechanism.noise) * sd
    total = _sum(score, before, share, scale, mechanism.centre * period + scale * score.constant, sd)
    start = "" if low == 0 else f"{_exact(low)} + "
    around = _exact(period) if period != 2 * math.pi else "(2 * pi)"
    return f"{start}({total} + {_noise(mechanism.half_noise * sd)}) % {around}"


def _write_categorical(mechanism: Mechanism, before: Mechanisms, share: float, helper: str) -> dict[str, str]:
    if mechanism.score is None:
        return {mechanism.name: f"category({', '.join('1' for _ in mechanism.logits)})"}
    logits = (_joined([(a, ""), (b, helper)]) for a, b in mechanism.logits)
    return {
        helper: _sum(mechanism.score, before, share, 1.0, mechanism.score.constant, 1.0),
        mechanism.name: f"category({', '.join(f'exp({logit})' for logit in logits)})",
    }


def _sum(score: Score, before: Mechanisms, share: float, scale: float, constant: float, unit: float) -> str:
    """Write ``constant + scale * (the terms of score)``."""
    parts = [(float(decimal(constant, unit)), "")]
    for weight, term in score.terms:
        number, texts = scale * weight, []
        for basis in term:
            number, text = _spell(basis, before[basis.parent], share, number)
            texts.append(text)
        parts.append((float(f"{number:.4g}"), " * ".join(texts)))
    return _joined(parts)


def _joined(parts: list[tuple[float, str]]) -> str:
    """Write ``0.1 - 2 * a + b`` for ``[(0.1, ""), (-2, "a"), (1, "b")]``."""
    text = ""
    for number, factor in parts:
        if number == 0:
            continue
        shown = f"{abs(number):.12g}"
        shown = factor if factor and shown == "1" else f"{shown} * {factor}" if factor else shown
        sign = "-" if number < 0 else "+"
        text += f" {sign} {shown}" if text else f"{'-' if number < 0 else ''}{shown}"
    return text or "0"


def _spell(basis: Basis, parent: Mechanism, share: float, number: float) -> tuple[float, str]:
    """``number`` times a function of a parent, as text in the parent's units and the number that goes before it."""
    if basis.word == "level":
        *offsets, text = (f"{number * offset:.4g}" for offset in basis.offsets)
        for level, offset in reversed(list(zip(parent.domain.levels[:-1], offsets, strict=True))):
            text = f"where({parent.name} == {level}, {offset}, {text})"
        return 1.0, text
    low, high = parent.domain.bounds
    if isinstance(parent.domain, Circular):
        turned = parent.name if low == 0 else f"({parent.name} - {_exact(low)})"
        if high - low != 2 * math.pi:
            turned = f"2 * pi * {turned}" + ("" if high - low == 1 else f" / {_exact(high - low)}")
        angle = _joined([(1.0, turned), (round(basis.b, 3), "")])
        return number, f"sin({angle})" if basis.word == "turn" else f"exp(2 * sin({angle}) - 2)"
    sd = share * (high - low)
    mean = (low + high) / 2 - parent.centre * sd
    if basis.word == "value":
        return number / sd, _less(parent.name, decimal(mean, sd))
    inner = f"{basis.a / sd:.4g} * {_less(parent.name, decimal(mean - basis.b * sd / basis.a, sd))}"
    return number, f"exp(-({inner}) ** 2)" if basis.word == "bump" else f"{basis.word}({inner})"


def _noise(half: float) -> str:
    return f"uniform({decimal(-half, half)}, {decimal(half, half)})"


def _less(name: str, number: str) -> str:
    """Write ``(name - number)``."""
    if float(number) == 0:
        return name
    return f"({name} + {number[1:]})" if number.startswith("-") else f"({name} - {number})"


def _exact(x: float) -> str:
    """Write a bound that must not be rounded."""
    return "2 * pi" if x == 2 * math.pi else f"{x:g}" if float(f"{x:g}") == x else repr(x)


def free_name(name: str, taken: Collection[str]) -> str:
    """A name that is not taken: this one, or with underscores behind it."""
    while name in taken:
        name += "_"
    return name


def decimal(x: float, unit: float) -> str:
    """Round to a thousandth of ``unit`` or finer.

    >>> decimal(0.123456, 0.2), decimal(-1e-9, 0.2), decimal(1234.5, 200)
    ('0.1235', '0', '1234.5')
    """
    digits = max(0, 3 - math.floor(math.log10(unit)))
    text = f"{x:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
