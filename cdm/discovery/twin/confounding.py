"""Hidden common causes: whose noises depend on each other.

A factor's noise is read by moving its parents, in thought, to reference values: what the factor would be there depends
on its noise alone, and so the readings of two factors are independent unless a hidden cause acts on both. Moving is
learned from pairs, which hold the noise, so a hidden cause does not bias it. A dependence that the *fit* leaves behind
shows just as well where a factor was set by chance; there it is measured, and must be surpassed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from cdm.discovery.twin import waves
from cdm.discovery.twin.parents import follow
from cdm.discovery.twin.twins import Twins
from cdm.scm.graph import reachability

_FITTED, _READ, _SET = 5000, 4000, 2000  # pairs: of a fit, whose noises are compared, and in which one was set
_REFERENCES = 16
_FEWEST = 8  # pairs of a control
_CHANCE = 2.0  # certainty, up to which a correlation is taken for chance
_WAVES = 150, 100, 500  # random functions: at least, for each parent, at most


@dataclass(frozen=True)
class Reader:
    """What a factor would be, on average over settings of its parents.

    Attributes:
        read: from codes ``(n, width)`` to readings ``(n, w)``.
        missed: mean squared error of the moves that it is made of, with the encoder's error on both sides.
    """

    read: Callable[[Tensor], Tensor]
    missed: float


@dataclass(frozen=True)
class Dependence:
    """How two factors' noises depend on each other.

    Attributes:
        shared: the largest squared canonical correlation of the readings on the factual side.
        certainty: of that, in standard errors of independent readings.
        control: the same correlation where it is none of the noises': one of the two was set by chance.
        pairs: that the control was measured on.
        blind: the largest correlation that errors of both readings could make.
        related: whether one is the other's ancestor.
    """

    shared: float
    certainty: float
    control: float
    pairs: int
    blind: float
    related: bool


def reader(twins: Twins, child: int, parents: list[int], seed: int) -> Reader:
    """Learn to read a factor's noise."""
    block, kind = twins.code.blocks[child], twins.kind(child)
    generator = torch.Generator().manual_seed(seed * 10007 + child)
    moved = twins.moved(tuple(parents)) & twins.free(child) if parents else torch.zeros(0)
    rows = torch.nonzero(moved)[:, 0]
    if len(rows) < 8:
        return Reader(lambda codes: codes[:, block], 2 * float(twins.floor[child]))
    rows = rows[torch.randperm(len(rows), generator=generator)[:_FITTED]]
    before, after = twins.before[rows], twins.after[rows]
    y = waves.turned(after[:, block] - before[:, block], before[:, block], kind)
    least, each, most = _WAVES
    base = waves.draw(
        twins.code, parents, parents, [child, *parents], min(least + each * len(parents), most), generator
    )
    x, held = follow(twins, base, parents, before, after), torch.arange(len(rows)) % 4 == 0
    weights, errors = waves.fit(x[~held], y[~held], x[held], y[held])
    some = torch.randint(len(rows), (_REFERENCES,), generator=generator)
    references = torch.cat([before[some[::2]], after[some[1::2]]])

    def read(codes: Tensor) -> Tensor:
        total = torch.zeros_like(codes[:, block])
        for reference in references:
            there = codes.clone()
            for p in parents:
                there[:, twins.code.blocks[p]] = reference[twins.code.blocks[p]]
            step = follow(twins, base, parents, codes, there) @ weights
            total += codes[:, block] + waves.turned(step, codes[:, block], kind, back=True)
        return total / len(references)

    return Reader(read, float(errors.mean()))


def dependences(twins: Twins, adjacency: Tensor, seed: int) -> dict[tuple[int, int], Dependence]:
    """How the noises of each two factors depend on each other, given a graph ``(d, d)``."""
    d = len(adjacency)
    readers = [reader(twins, j, torch.nonzero(adjacency[:, j])[:, 0].tolist(), seed) for j in range(d)]
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randperm(len(twins.before), generator=generator)[:_READ]
    noises = [each.read(twins.before[rows]) for each in readers]
    seen = [_lifted(noise, twins.kind(j)) for j, noise in enumerate(noises)]
    blind = [_blind(twins, j, readers[j], noises[j]) for j in range(d)]
    reached, found = reachability(adjacency), {}
    for i, j in itertools.combinations(range(d), 2):
        shared, certainty = correlation(seen[i], seen[j])
        controls = [_control(twins, *ends, readers[ends[1]]) for ends in ((i, j), (j, i))]
        control = max(share for share, _ in controls)
        related = bool(reached[i, j] + reached[j, i] > 0)
        # of cause and effect the cause must have been set by chance, of others either
        pairs = controls[int(reached[j, i] > 0)][1] if related else max(count for _, count in controls)
        found[i, j] = Dependence(shared, certainty, control, pairs, blind[i] * blind[j], related)
    return found


def _blind(twins: Twins, factor: int, its: Reader, noise: Tensor) -> float:
    """The share of a reading's variance that may be error: of the encoder, and of the moves."""
    variance = float(noise.var(0).sum().clamp_min(1e-9))
    return min(1.0, max(float(twins.floor[factor]), its.missed - float(twins.floor[factor])) / variance)


def _control(twins: Twins, target: int, other: int, its: Reader) -> tuple[float, int]:
    """The correlation of a factor that was set by chance, and the other's reading on the same side; and the pairs.

    What may be chance counts as none.
    """
    rows = torch.nonzero((twins.mask[:, target] > 0) & twins.free(other))[:_SET, 0]
    if len(rows) < _FEWEST:
        return 0.0, 0
    after = twins.after[rows]
    value = _lifted(after[:, twins.code.blocks[target]], twins.kind(target))
    shared, certainty = correlation(value, _lifted(its.read(after), twins.kind(other)))
    return shared if certainty > _CHANCE else 0.0, len(rows)


def _lifted(noise: Tensor, kind: str) -> Tensor:
    """Numbers in which a dependence shows."""
    if kind == "categorical":
        return noise[:, :-1]
    if kind == "circular":
        angle = torch.atan2(noise[:, 1], noise[:, 0])
        return torch.stack([angle.cos(), angle.sin(), (2 * angle).cos(), (2 * angle).sin()], dim=1)
    unit = ((noise - noise.mean(0)) / noise.std(0).clamp_min(1e-6)).clamp(-4, 4)
    return torch.cat([unit, unit.square()], dim=1)


def correlation(x: Tensor, y: Tensor) -> tuple[float, float]:
    """The largest squared canonical correlation of ``(n, p)`` and ``(n, q)``, less what chance gives, and how certain.

    The certainty is that of n times the sum of all squared correlations, which is chi-squared with p q degrees of
    freedom if nothing depends on anything (Bartlett), in standard deviations from its mean.
    """
    a, b = _white(x), _white(y)
    cross, freedom = a.T @ b / len(x), max(1, a.shape[1] * b.shape[1])
    squares = torch.linalg.svdvals(cross).square()
    if not len(squares):
        return 0.0, 0.0
    certainty = (len(x) * float(squares.sum()) - freedom) / (2 * freedom) ** 0.5
    chance = max(a.shape[1], b.shape[1]) / len(x)
    return max(0.0, float(squares[0]) - chance), certainty


def _white(x: Tensor) -> Tensor:
    """Uncorrelated columns of unit variance; directions without variance are left out."""
    centred = (x - x.mean(0)).double()
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(x))
    kept = values > 1e-3 * values.max().clamp_min(1e-9)
    white: Tensor = (centred @ vectors)[:, kept] / values[kept].sqrt()
    return white
