"""Mechanisms drawn from a seed, in standardised units, and their text in the units of a scene.

A mechanism is a *score*, a weighted sum of bounded functions of the parents (or of the parents
themselves, where it is linear) with mean 0 and variance 1. What a child makes of its score depends
on its type; :mod:`scmgen.families` says how.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from scmgen import streams
from scmgen.errors import ScmgenError
from scmgen.scene import Factor
from scmgen.vocabulary import Array

Kind: TypeAlias = Literal["linear", "additive", "interaction"]
Word: TypeAlias = Literal["value", "tanh", "sin", "bump", "turn", "peak", "level"]

_WEIGHTS = (0.7, 1.5)  # of a term before the score is standardised; the sign is drawn
_SIGNS = 8  # how often signs are drawn anew when the terms of a score nearly cancel
_CANCELLED = 0.7  # of the variance that the terms would have together if they were independent


@dataclass(frozen=True)
class Basis:
    """One function of one parent; ``a`` and ``b`` stretch and shift the parent's standardised value.

    The word is ``value`` (the parent itself), ``tanh``, ``sin``, ``bump`` (exp(-x**2)), ``turn`` (the sine of
    a circular parent's angle, ``a`` times round) or ``level`` (a number for each level).
    """

    parent: str
    word: Word
    a: float = 1.0
    b: float = 0.0
    offsets: tuple[float, ...] = ()

    def __call__(self, values: Array) -> Array:
        """Evaluate on standardised values (circular: in turns; categorical: the index)."""
        match self.word:
            case "value":
                return values
            case "tanh":
                return np.tanh(self.a * values + self.b)
            case "sin":
                return np.sin(self.a * values + self.b)
            case "bump":
                return np.exp(-((self.a * values + self.b) ** 2))
            case "peak":
                return np.exp(2*np.sin(2.0 * np.pi * values + self.b)-2)
            case "turn":
                return np.sin(2.0 * np.pi * self.a * values + self.b)
            case "level":
                return np.array(self.offsets)[values.astype(int)]

    @property
    def bounds(self) -> tuple[float, float]:
        """What no value of the parent exceeds; a ``value`` has no bounds of its own and counts as 0."""
        match self.word:
            case "value":
                return 0.0, 0.0
            case "bump" | "peak":
                return 0.0, 1.0
            case "level":
                return min(self.offsets), max(self.offsets)
            case _:
                return -1.0, 1.0


Term: TypeAlias = tuple[Basis, ...]  # their product


@dataclass(frozen=True)
class Score:
    """``constant + sum(weight * product of bases)``, with mean 0 and variance 1 in the observed world."""

    constant: float
    terms: tuple[tuple[float, Term], ...]

    def __call__(self, values: Mapping[str, Array]) -> Array:
        """Evaluate on the parents' standardised values."""
        total = sum(weight * _product(term, values) for weight, term in self.terms)
        return np.asarray(self.constant + total, np.float64)

    @property
    def slopes(self) -> dict[str, float]:
        """The weight of every parent that enters as it is."""
        return {term[0].parent: weight for weight, term in self.terms if term[0].word == "value"}

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value of the rest, which is bounded whatever the parents are.

        A score is linear in each basis, so its extremes lie at corners of the box of their bounds.
        """
        bases = sorted({basis for _, term in self.terms for basis in term}, key=lambda basis: basis.parent)
        corners = np.array(list(itertools.product(*(basis.bounds for basis in bases))))
        columns = dict(zip(bases, corners.T, strict=True))
        total = self.constant + sum(weight * math.prod(columns[basis] for basis in term) for weight, term in self.terms)
        return float(np.min(total)), float(np.max(total))


def _product(term: Term, values: Mapping[str, Array]) -> Array:
    return math.prod((basis(values[basis.parent]) for basis in term), start=np.float64(1.0))  # type: ignore[return-value]


def rolls(seed: int, label: str, n: int) -> Array:
    """Uniforms ``(n,)`` for one choice of a sampled model; no data set's stream has such a split."""
    return streams.uniforms(seed, "sampled scm", label, 0, n)


def draw_score(
    kind: Kind, child: str, parents: Mapping[str, Factor], values: Mapping[str, Array], seed: int
) -> Score:
    """Draw the score of ``child``: one term a parent and, for interactions, products of two.

    Args:
        kind: what the terms are made of; a lone parent has nobody to interact with.
        parents: name -> factor, at least one.
        values: standardised observed values of the parents, ``(n,)`` each.
    """
    bases = [_basis(kind, child, name, factor, values[name], seed) for name, factor in parents.items()]
    terms: list[Term] = [(basis,) for basis in bases]
    if kind == "interaction" and len(bases) > 1:
        pairs = itertools.zip_longest(bases[::2], bases[1::2], fillvalue=bases[0])
        terms += [pair for pair in pairs]
    columns = [_product(term, values) for term in terms]
    low, high = _WEIGHTS
    sizes = low + (high - low) * rolls(seed, f"weights of {child}", len(terms))
    sizes[len(bases):] *= 0.6
    weights = np.array([size / column.std() for size, column in zip(sizes, columns, strict=True)])
    best = _signed(weights, columns, float((sizes**2).sum()), rolls(seed, f"signs of {child}", _SIGNS * len(terms)))
    total = sum(weight * column for weight, column in zip(best, columns, strict=True))
    scaled = best / np.std(total)
    constant = -float(np.mean(total) / np.std(total))
    return Score(constant, tuple(zip(scaled.tolist(), terms, strict=True)))


def _signed(weights: Array, columns: Sequence[Array], variance: float, uniforms: Array) -> Array:
    """Give the weights signs under which correlated terms do not cancel."""
    candidates = weights * np.where(uniforms < 0.5, -1.0, 1.0).reshape(-1, len(weights))
    covariance = np.atleast_2d(np.cov(columns))
    spread = np.einsum("ki,ij,kj->k", candidates, covariance, candidates)
    enough = np.flatnonzero(spread >= _CANCELLED * variance)
    return np.asarray(candidates[enough[0] if enough.size else spread.argmax()], np.float64)


def _basis(kind: Kind, child: str, name: str, factor: Factor, values: Array, seed: int) -> Basis:
    which, a, b = rolls(seed, f"{name} in {child}", 3)
    if factor.levels is not None:
        return _levels(child, name, len(factor.levels), values, seed)
    if factor.circular:
        return Basis(name, "turn" if kind == "linear" or which < 0.5 else "peak", 1.0, _round(np.pi * (2 * b - 1)))
    if kind == "linear":
        return Basis(name, "value")
    if which < 1 / 3:
        return Basis(name, "tanh", 1.0 + a, b - 0.5)
    if which < 2 / 3:
        return Basis(name, "sin", 0.8 + 0.4 * a, 2 * b - 1)
    return Basis(name, "bump", 0.5 + 0.2 * a, math.copysign(0.5+0.5*(2*b%1), b-0.5))


def _round(x: float) -> float:
    return float(round(x, 3))


def _levels(child: str, name: str, count: int, values: Array, seed: int) -> Basis:
    """Offsets at equal distances, dealt to the levels in a drawn order, with mean 0 and variance 1."""
    ranks = np.argsort(np.argsort(rolls(seed, f"levels of {name} in {child}", count))).astype(np.float64)
    observed = ranks[values.astype(int)]
    offsets = (ranks - observed.mean()) / observed.std()
    return Basis(name, "level", offsets=tuple(round(float(x), 3) for x in offsets))
