"""Simulated causal models whose graph is known, and pairs of codes as an encoder would read them.

Numbers, angles and levels; noise that is added, scales, multiplies or sits inside a nonlinear function; levels by
thresholds or by the largest of noisy scores; hidden causes of noises and of the strength of effects; targets that are
never set, and several at once; codes with random and with systematic reading errors. Nothing of it is the trainer's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from benchmarks.calibration import scenes
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Categorical, Circular, Continuous

Array = np.ndarray
Mechanism = Callable[[Array, Array, Array], Array]  # from values, noise (n, 3) and hidden causes (n, 2) to values

SIZES = 4, 6, 8, 12


@dataclass(frozen=True)
class Sample:
    """A model's pairs, and the truth.

    Attributes:
        code: the factors.
        before, after: codes ``(n, width)`` with errors of reading.
        mask: ``(n, d)``, 1 on the targets.
        floor: ``(d,)``, mean squared error of the codes.
        directed, bidirected: ``(d, d)``.
        about: what was drawn.
    """

    code: Code
    before: torch.Tensor
    after: torch.Tensor
    mask: torch.Tensor
    floor: torch.Tensor
    directed: Array
    bidirected: Array
    about: dict[str, object] = field(default_factory=dict)


def draw(seed: int, pairs: int | None = None, size: int | None = None) -> Sample:
    """Draw a model and pairs of it; every third is one of scmgen's."""
    rng = np.random.default_rng(seed)
    d = size or SIZES[seed % len(SIZES)]
    n = pairs or round(math.exp(rng.uniform(math.log(100), math.log(20_000))))
    mask, unset, several = _targets(rng, n, d)
    if seed % 3 == 2:
        kinds, levels, directed, values, changed = scenes.solved(seed, d, mask, rng.random((n, d)))
        hidden = list[set[int]]()
    else:
        kinds, levels, directed, hidden, values, changed = _own(rng, d, mask)
    bidirected = np.zeros((d, d), int)
    for touched in hidden:
        for i in touched:
            bidirected[i, list(touched - {i})] = 1
    code = Code(tuple(_factor(k, kinds[k], levels[k]) for k in range(d)))
    before, after, floor, systematic = _read(rng, code, values, changed)
    about = {
        "seed": seed, "factors": d, "pairs": n, "hidden": len(hidden), "unset": unset, "several": several,
        "from": "scmgen" if seed % 3 == 2 else "here", "systematic": systematic,
    }  # fmt: skip
    return Sample(code, before, after, torch.tensor(mask).float(), floor, directed, bidirected, about)


def _own(
    rng: np.random.Generator, d: int, mask: Array
) -> tuple[list[str], list[int], Array, list[set[int]], Array, Array]:
    """A model of this module: kinds, levels, adjacency, hidden causes, values without and with the do."""
    plain, n = rng.random() < 0.4, len(mask)
    mixed = list(rng.choice(["continuous", "circular", "categorical"], d, p=[0.5, 0.2, 0.3]))
    kinds, levels = ["continuous"] * d if plain else mixed, [int(rng.integers(2, 5)) for _ in range(d)]
    order, directed = rng.permutation(d), np.zeros((d, d), int)
    share = min(0.8, 2 * rng.uniform(0.6, 1.8) / (d - 1))
    for a in range(d):
        for b in range(a + 1, d):
            directed[order[a], order[b]] = rng.random() < share
    hidden = _hidden(rng, d)
    mechanisms = _mechanisms(rng, order, directed, kinds, levels, hidden)
    noise, causes = _noise(rng, n, d), rng.normal(size=(n, 2))
    values = _solve(order, mechanisms, noise, causes)
    changed = _solve(order, mechanisms, noise, causes, mask, _settings(rng, n, kinds, levels))
    return kinds, levels, directed, hidden, values, changed


def _hidden(rng: np.random.Generator, d: int) -> list[set[int]]:
    """Which factors each hidden cause acts on."""
    count = int(rng.choice([0, 1, 2], p=[0.5, 0.3, 0.2]))
    return [set(rng.choice(d, 2 + (rng.random() < 0.2), replace=False).tolist()) for _ in range(count)]


def _noise(rng: np.random.Generator, n: int, d: int) -> Array:
    """Noises ``(n, d, 4)`` of unit variance, each factor's of one law."""
    laws = [
        lambda: rng.normal(size=(n, 4)),
        lambda: rng.uniform(-math.sqrt(3), math.sqrt(3), (n, 4)),
        lambda: rng.exponential(size=(n, 4)) - 1,
    ]
    return np.stack([laws[rng.choice(3, p=[0.4, 0.4, 0.2])]() for _ in range(d)], axis=1)


def _targets(rng: np.random.Generator, n: int, d: int) -> tuple[Array, int, bool]:
    """Targets ``(n, d)``: one, none, or in some models several; some factors are never set."""
    unset = int(rng.integers(1, d)) if rng.random() < 0.3 else 0
    able = rng.permutation(d)[: d - unset]
    mask = np.zeros((n, d))
    pick = rng.integers(0, len(able) + 1, n)
    some = pick < len(able)
    mask[np.nonzero(some)[0], able[pick[some]]] = 1
    several = bool(rng.random() < 0.12)
    if several:
        extra = np.zeros((n, d))
        extra[:, able] = rng.random((n, len(able))) < 0.2
        mask = np.maximum(mask, extra)
    return mask, unset, several


def _settings(rng: np.random.Generator, n: int, kinds: list[str], levels: list[int]) -> Array:
    """Values ``(n, d)`` that a do sets: even over the domain."""
    columns = {
        "continuous": lambda k: rng.uniform(-1, 1, n),
        "circular": lambda k: rng.uniform(0, 2 * math.pi, n),
        "categorical": lambda k: rng.integers(0, levels[k], n).astype(float),
    }
    return np.stack([columns[kind](k) for k, kind in enumerate(kinds)], axis=1)


# Mechanisms


def _mechanisms(
    rng: np.random.Generator, order: Array, directed: Array, kinds: list[str], levels: list[int], hidden: list[set[int]]
) -> list[Mechanism]:
    """One a factor, standardised on a sample of the model so far."""
    d, n = len(order), 4000
    mechanisms: list[Mechanism] = [lambda values, noise, causes: noise[:, 0]] * d
    noise, causes, values = _noise(rng, n, d), rng.normal(size=(n, 2)), np.zeros((n, d))
    for j in order:
        parents = np.nonzero(directed[:, j])[0]
        score = _score(rng, parents, kinds, levels, values)
        mine = [k for k, touched in enumerate(hidden) if j in touched]
        mechanisms[j] = _child(rng, kinds[j], levels[j], score, len(parents) > 0, mine, values, noise[:, j], causes)
        values[:, j] = mechanisms[j](values, noise[:, j], causes)
    return mechanisms


def _score(
    rng: np.random.Generator, parents: Array, kinds: list[str], levels: list[int], values: Array
) -> Callable[[Array], Array]:
    """A function of the parents with mean 0 and variance 1: a sum of functions of each, perhaps with products."""
    parts = [(p, _single(rng, kinds[p], levels[p]), math.exp(rng.uniform(math.log(0.2), 0))) for p in parents]
    products = [(a, b, rng.uniform(0.3, 1)) for k, a in enumerate(parts) for b in parts[k + 1 :] if rng.random() < 0.3]

    def raw(values: Array) -> Array:
        total = np.zeros(len(values))
        for p, function, weight in parts:
            total = total + weight * function(values[:, p])
        for (p, f, _), (q, g, _), weight in products:
            total = total + weight * f(values[:, p]) * g(values[:, q])
        return total

    known = raw(values)
    mean, spread = known.mean(), max(known.std(), 1e-9)
    return lambda values: (raw(values) - mean) / spread


def _single(rng: np.random.Generator, kind: str, levels: int) -> Callable[[Array], Array]:
    """A function of one factor, of about unit size."""
    phase, speed = rng.uniform(0, 2 * math.pi), rng.uniform(1.5, 4)
    if kind == "categorical":
        table = rng.normal(size=levels)
        table[:2] = np.sign(rng.normal()) * np.array([1, -1])
        return lambda x: table[x.astype(int)]
    if kind == "circular":
        return lambda x: np.cos((1 + (speed > 3)) * x + phase)
    return [
        lambda x: 1.7 * x, lambda x: np.tanh(2.5 * x), lambda x: np.sin(speed * x + phase), lambda x: 2 * x**2 - 0.7,
    ][rng.choice(4, p=[0.4, 0.25, 0.2, 0.15])]  # fmt: skip


def _child(
    rng: np.random.Generator,
    kind: str,
    levels: int,
    score: Callable[[Array], Array],
    has_parents: bool,
    mine: list[int],
    values: Array,
    noise: Array,
    causes: Array,
) -> Mechanism:
    """A mechanism of one kind; ``mine`` are the hidden causes that act on it."""
    share = math.exp(rng.uniform(math.log(0.02), math.log(0.5))) if has_parents else 1.0
    share = 0.001 if has_parents and not mine and rng.random() < 0.06 else share
    common, modifies = rng.uniform(0.3, 0.9), bool(has_parents and rng.random() < 0.4)
    way = str(rng.choice(["added", "scaled", "multiplied", "inside"], p=[0.55, 0.15, 0.15, 0.15]))

    def parts(values: Array, noise: Array, causes: Array) -> tuple[Array, Array]:
        s, e = score(values) if has_parents else np.zeros(len(values)), noise[:, 0]
        for k in mine:
            if modifies:
                s = s * (1 + 0.8 * np.tanh(causes[:, k]))
            else:
                e = math.sqrt(1 - common) * e + math.sqrt(common) * causes[:, k]
        return s, e

    def number(values: Array, noise: Array, causes: Array) -> Array:
        s, e = parts(values, noise, causes)
        a, b = math.sqrt(1 - share), math.sqrt(share)
        if way == "scaled":
            return np.asarray(a * s + b * e * np.exp(0.5 * np.clip(s, -2, 2)))
        if way == "multiplied":
            return np.asarray(a * s * (1 + b * e) + 0.3 * b * e)
        if way == "inside":
            return np.asarray(np.tanh(1.2 * (a * s + b * e)))
        return np.asarray(a * s + b * e)

    if kind == "continuous":
        known = number(values, noise, causes)
        low, high = np.quantile(known, [0.01, 0.99])
        return lambda *all_: 2 * (number(*all_) - low) / max(high - low, 1e-9) - 1
    if kind == "circular":
        turn = rng.uniform(0.5, 2.5)
        return lambda *all_: (
            (
                turn
                * (lambda s, e: math.sqrt(1 - share) * s + math.sqrt(share) * e)(*parts(*all_))
                * (1 if has_parents else 3)
            )
            % (2 * math.pi)
        )
    if rng.random() < 0.5:
        ends = np.quantile(number(values, noise, causes), np.sort(rng.dirichlet(np.ones(levels) * 4).cumsum()[:-1]))
        return lambda *all_: np.searchsorted(ends, number(*all_)).astype(float)
    slopes, wide = rng.normal(size=levels) * 2.5, min(1.0, 3 * math.sqrt(share))

    def largest(values: Array, noise: Array, causes: Array) -> Array:
        s, e = parts(values, noise, causes)
        scores = s[:, None] * slopes + wide * np.column_stack([e, noise[:, 1:]])[:, :levels]
        return np.asarray(scores.argmax(1).astype(float))

    return largest


def _solve(
    order: Array,
    mechanisms: list[Mechanism],
    noise: Array,
    causes: Array,
    mask: Array | None = None,
    settings: Array | None = None,
) -> Array:
    """Values ``(n, d)``, under a do if there is one."""
    values = np.zeros(noise.shape[:2])
    for j in order:
        values[:, j] = mechanisms[j](values, noise[:, j], causes)
        if mask is not None and settings is not None:
            values[:, j] = np.where(mask[:, j] > 0, settings[:, j], values[:, j])
    return values


# Reading


def _factor(number: int, kind: str, levels: int) -> Factor:
    domains = {
        "continuous": Continuous(-1.0, 1.0),
        "circular": Circular(0.0, 2 * math.pi),
        "categorical": Categorical(tuple("abcd"[:levels])),
    }
    return Factor(f"z{number}", domains[kind])


def _read(
    rng: np.random.Generator, code: Code, values: Array, changed: Array
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, bool]:
    """Codes of both sides with errors: random, and in some models also a function of another factor."""
    sides = [code.encode(torch.tensor(side).float()) for side in (values, changed)]
    d, systematic = len(code.factors), bool(rng.random() < 0.3)
    ranges = torch.tensor([1.0 if f.domain.kind == "categorical" else 2.0 for f in code.factors])
    size = torch.tensor(np.exp(rng.uniform(math.log(0.005), math.log(0.03), d))).float() * ranges
    bias = torch.tensor(rng.uniform(0.3, 1.0, d) * (rng.random(d) < 0.5) * systematic).float() * size
    other = [int((j + rng.integers(1, d)) % d) for j in range(d)]
    columns = torch.tensor([code.blocks[o].start for o in other])
    read = []
    for side in sides:
        slant = torch.tanh(2 * side[:, columns]) * bias
        random = torch.tensor(rng.normal(size=tuple(side.shape))).float() * size[code.owner]
        read.append(side + random + slant[:, code.owner])
    widths = torch.tensor([float(f.width) for f in code.factors])
    floor = widths * (size.square() + bias.square() * 0.6)
    return read[0], read[1], floor, systematic
