"""Scores: what a child of a sampled causal model sees of its parents, drawn from a seed.

A score is a weighted sum of functions of the parents, one a parent, and of products of two of them. It
has mean 0 and variance 1 in the observed world. Everything here is in *standardised values*: a
continuous variable has mean 0 and variance 1, a circular one is counted in turns, a categorical one by
the index of its level.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from scmgen.scene.domain import Categorical, Circular, Domain
from scmgen.scm import noise
from scmgen.scm.vocabulary import Array

Kind: TypeAlias = Literal["linear", "additive", "interaction"]
Word: TypeAlias = Literal["value", "tanh", "sin", "bump", "turn", "peak", "level"]

_WEIGHTS = (0.7, 1.5)  # of a parent's own term, before the score is standardised; the sign is drawn too
_PRODUCT = 0.6  # weight of a product of two parents, against that of a term of its own
_SIGNS = 8  # how often signs are drawn when the terms of a score nearly cancel
_CANCELLED = 0.7  # of the variance that the terms would have together if they were independent


@dataclass(frozen=True)
class Basis:
    """One function of one parent.

    ``value`` is the parent itself; ``tanh``, ``sin`` and ``bump`` (exp(-x**2)) are taken of
    ``a * x + b``; ``turn`` is the sine of a circular parent's angle plus ``b``, and ``peak`` one
    smooth peak at that angle; ``level`` is a number for each level.
    """

    parent: str
    word: Word
    a: float = 1.0
    b: float = 0.0
    offsets: tuple[float, ...] = ()

    def __call__(self, values: Array) -> Array:
        """Evaluate on standardised values."""
        match self.word:
            case "value":
                return values
            case "tanh":
                return np.tanh(self.a * values + self.b)
            case "sin":
                return np.sin(self.a * values + self.b)
            case "bump":
                return np.exp(-((self.a * values + self.b) ** 2))
            case "turn":
                return np.sin(2 * np.pi * values + self.b)
            case "peak":
                return np.asarray(np.exp(2 * np.sin(2 * np.pi * values + self.b) - 2))
            case "level":
                return np.take(np.array(self.offsets), values.astype(np.int64))

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


Term: TypeAlias = tuple[Basis, ...]
"""A product of functions of different parents."""


@dataclass(frozen=True)
class Score:
    """``constant + sum(weight * term)``."""

    constant: float
    terms: tuple[tuple[float, Term], ...]

    def __call__(self, values: Mapping[str, Array]) -> Array:
        """Evaluate on the parents' standardised values, ``(n,)`` each."""
        return np.asarray(self.constant + sum(weight * _product(term, values) for weight, term in self.terms))

    @property
    def slopes(self) -> dict[str, float]:
        """The weight of every parent that enters as it is."""
        return {term[0].parent: weight for weight, term in self.terms if term[0].word == "value"}

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value of what is not in :attr:`slopes`, whatever the parents are.

        The score is linear in each of its functions, so its extremes lie at corners of the box of their bounds.
        """
        bases = [term[0] for _, term in self.terms if len(term) == 1]
        corners = np.array(list(itertools.product(*(basis.bounds for basis in bases))))
        columns = dict(zip(bases, corners.T, strict=True))
        total = self.constant + sum(weight * math.prod(columns[basis] for basis in term) for weight, term in self.terms)
        return float(np.min(total)), float(np.max(total))


def rolls(seed: int, label: str, n: int) -> Array:
    """Uniforms ``(n,)`` for one choice of a sampled model; no split of a data set can have this stream."""
    return noise.uniforms(seed, "sampled scm", label, 0, n)


def draw_score(kind: Kind, child: str, parents: Mapping[str, Domain], values: Mapping[str, Array], seed: int) -> Score:
    """Draw the score of ``child``.

    Args:
        kind: ``linear`` (the parents themselves; sines of circular ones, a number for each level of
            categorical ones), ``additive`` (bounded smooth functions), or ``interaction`` (products of
            two such functions as well; a lone parent has nobody to interact with).
        parents: name -> factor, at least one.
        values: standardised observed values of the parents, ``(n,)`` each.
    """
    bases = [_basis(kind, child, name, factor, values[name], seed) for name, factor in parents.items()]
    terms: list[Term] = [(basis,) for basis in bases]
    if kind == "interaction" and len(bases) > 1:
        terms += itertools.zip_longest(bases[::2], bases[1::2], fillvalue=bases[0])
    low, high = _WEIGHTS
    sizes = low + (high - low) * rolls(seed, f"weights of {child}", len(terms))
    sizes[len(bases) :] *= _PRODUCT
    columns = np.stack([_product(term, values) for term in terms])
    signs = np.where(rolls(seed, f"signs of {child}", _SIGNS * len(terms)) < 0.5, -1.0, 1.0)
    weights = _uncancelled(sizes / columns.std(axis=1), signs.reshape(_SIGNS, -1), columns, float((sizes**2).sum()))
    total = weights @ columns
    scaled, constant = weights / total.std(), -total.mean() / total.std()
    return Score(float(constant), tuple(zip(scaled.tolist(), terms, strict=True)))


def _product(term: Term, values: Mapping[str, Array]) -> Array:
    first, *rest = (basis(values[basis.parent]) for basis in term)
    return np.asarray(math.prod(rest, start=first))


def _uncancelled(weights: Array, signs: Array, columns: Array, variance: float) -> Array:
    """Give the weights the first signs under which correlated terms do not cancel."""
    candidates = weights * signs
    covariance = np.atleast_2d(np.cov(columns))
    variances = np.einsum("ki,ij,kj->k", candidates, covariance, candidates)
    enough = np.flatnonzero(variances >= _CANCELLED * variance)
    return np.asarray(candidates[enough[0] if enough.size else variances.argmax()])


def _basis(kind: Kind, child: str, name: str, domain: Domain, values: Array, seed: int) -> Basis:
    """Draw the function of one parent; none is even about the mean, which would hide the edge from correlation."""
    which, a, b = (float(u) for u in rolls(seed, f"{name} in {child}", 3))
    if isinstance(domain, Categorical):
        dealt = rolls(seed, f"levels of {name} in {child}", len(domain.levels))
        return Basis(name, "level", offsets=_offsets(dealt, values))
    if isinstance(domain, Circular):
        return Basis(name, "turn" if kind == "linear" or which < 0.5 else "peak", b=np.pi * (2 * b - 1))
    if kind == "linear":
        return Basis(name, "value")
    if which < 1 / 3:
        return Basis(name, "tanh", 1 + a, b - 0.5)
    if which < 2 / 3:
        return Basis(name, "sin", 0.8 + 0.4 * a, 2 * b - 1)
    return Basis(name, "bump", 0.5 + 0.2 * a, (0.5 + b % 0.5) * (1 if b < 0.5 else -1))


def _offsets(uniforms: Array, values: Array) -> tuple[float, ...]:
    """Numbers at equal distances, dealt to the levels in a drawn order, with mean 0 and variance 1 where observed."""
    ranks: Sequence[int] = np.argsort(np.argsort(uniforms)).tolist()
    observed = np.array(ranks, np.float64)[values.astype(np.int64)]
    return tuple(round((rank - float(observed.mean())) / float(observed.std()), 3) for rank in ranks)
