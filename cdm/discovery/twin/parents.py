"""Which ancestors of a factor act on it directly.

In a pair z'_j is a function of z'_pa and of noise, and of the noise no more is known than the factual side z tells. So
under do(k), where z'_k is drawn by chance, z'_j still depends on z'_k, given z and what the parents behind k became, if
and only if k is a parent (for the conditions see docs/reference/cdm.md). Each candidate is put to this test: how much
better does one predict the change of j in the pairs of do(k) with the *change* of k than without it? Both predictions
know the factual value of k, so what merely goes with it, such as a hidden cause that modifies an effect, is no gain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cdm.discovery.twin import waves
from cdm.discovery.twin.twins import Twins

FEWEST = 4  # pairs of a do, without which nothing can be fitted
_OWN, _OTHER = 2500, 3000  # pairs of the do, and others, that are looked at
_SHARP = 200  # random functions that read the change of the candidate
_BASE, _EACH, _MOST = 100, 80, 400  # random functions of the parents' changes: at least, for each parent, at most
_STRAIGHT = 5.0  # weight of linear features: a penalty must not keep few pairs from the simplest answer
_HALVES = 60  # pairs, from which on half of them are kept from a fit; of fewer a third


@dataclass(frozen=True)
class Evidence:
    """What speaks for an edge k -> j: squared errors, averaged over the held-out pairs of do(k).

    Attributes:
        gain: by how much the change of k improves the prediction of the change of j.
        error: standard error of the gain, over pairs and over refits.
        left: what the better prediction leaves.
        floor: the error of the encoder for j, on both sides together.
        blur: how much the prediction without k's change moves by the encoder's error for what it reads.
        pairs: pairs of do(k).
    """

    gain: float
    error: float
    left: float
    floor: float
    blur: float
    pairs: int


def youngest_first(candidates: Sequence[int], ancestors: Tensor) -> list[int]:
    """Candidates ordered so that descendants of one come before it; ``ancestors (d, d)`` holds all of them."""
    return sorted(candidates, key=lambda k: float(ancestors[k, list(candidates)].sum()))


def chosen(twins: Twins, child: int, ancestors: Tensor, seed: int) -> list[int]:
    """Parents of a factor at first sight, generously: a later look tests each given all others.

    An ancestor with no other between it and the child is a parent, or it would be none.
    """
    parents, candidates = list[int](), torch.nonzero(ancestors[:, child])[:, 0].tolist()
    for k in youngest_first(candidates, ancestors):
        last = not ancestors[k, candidates].any()
        seen = None if last else evidence(twins, child, k, parents, seed, refits=2)
        if seen is None or (seen.gain > 0.3 * (seen.floor + seen.blur) and seen.gain > seen.error / 2):
            parents.append(k)
    return parents


def evidence(twins: Twins, child: int, k: int, parents: Sequence[int], seed: int, refits: int = 6) -> Evidence | None:
    """Put an edge k -> child to the test, given other parents; None if too few pairs tell.

    Args:
        twins: the pairs.
        child, k: numbers of the factors.
        parents: other parents of the child.
        seed: of everything random.
        refits: times that pairs are parted anew into those that are fitted and those that are predicted.
    """
    generator = torch.Generator().manual_seed(seed * 10007 + child * 101 + k)
    rows, own = _rows(twins, child, k, parents, generator)
    if own < FEWEST:
        return None
    before, after, block = twins.before[rows], twins.after[rows], twins.code.blocks[child]
    y = waves.turned(after[:, block] - before[:, block], before[:, block], twins.kind(child))
    without, blurred, sharp = _features(twins, child, k, parents, before, after, generator)
    table = torch.zeros(4, own)  # of each pair of do(k): gains, what is left, how often held out; and the blur
    means = []
    for _ in range(refits):
        held = _held(own, len(rows), generator)
        weights, worse = waves.fit(without[~held], y[~held], without[held], y[held])
        both = torch.cat([without, sharp], dim=1)
        _, better = waves.fit(both[~held], y[~held], both[held], y[held])
        count, mine = int(held[:own].sum()), held[:own]
        gains = (worse - better)[:count]
        moved = ((blurred - without)[:own][mine] @ weights).square().sum(1)
        table[:, mine] += torch.stack([gains, better[:count], torch.ones(count), moved])
        means.append(gains.mean())
    known = table[2] > 0
    gains, left, blur = (table[row, known] / table[2, known] for row in (0, 1, 3))
    spread = float((gains.var(unbiased=False) / max(1, len(gains) - 1) + torch.stack(means).var(unbiased=False)).sqrt())
    floor = 2 * float(twins.floor[child])
    return Evidence(float(gains.mean()), spread, float(left.mean()), floor, float(blur.mean()), own)


def _rows(twins: Twins, child: int, k: int, parents: Sequence[int], generator: torch.Generator) -> tuple[Tensor, int]:
    """Pairs in which the child was not set: those of do(k) first, and how many; then others that moved a parent."""
    free = twins.free(child)
    own = _some(free & (twins.mask[:, k] > 0), _OWN, generator)
    other = free & (twins.mask[:, k] == 0) & (twins.mask.sum(1) > 0)
    other = other & twins.moved(tuple(parents)) if parents else torch.zeros_like(other)
    return torch.cat([own, _some(other, _OTHER, generator)]), len(own)


def _some(which: Tensor, most: int, generator: torch.Generator) -> Tensor:
    rows = torch.nonzero(which)[:, 0]
    return rows[torch.randperm(len(rows), generator=generator)[:most]]


def _features(
    twins: Twins, child: int, k: int, parents: Sequence[int], before: Tensor, after: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Features of the parents' changes, the same with the encoder's error once more, and features of k's change."""
    code, known = twins.code, [child, k, *parents]
    sharp = waves.draw(code, [k], parents, known, _SHARP, generator)
    undone = after.clone()
    undone[:, code.blocks[k]] = before[:, code.blocks[k]]
    step = _STRAIGHT * (after - before)[:, code.blocks[k]]
    new = torch.cat([step, sharp.change(before, after, undone)], dim=1)
    if not parents:
        return (nothing := before[:, :0]), nothing, new
    base = waves.draw(code, parents, parents, known, min(_BASE + _EACH * len(parents), _MOST), generator)
    noisy = [side + twins.error * torch.randn(side.shape, generator=generator) for side in (before, after)]
    sides = ((before, after), noisy)
    without, blurred = (follow(twins, base, parents, *side) for side in sides)
    return without, blurred, new


def follow(twins: Twins, base: waves.Waves, parents: Sequence[int], before: Tensor, after: Tensor) -> Tensor:
    """Features ``(n, p)`` of the changes of parents: linear ones, and random functions."""
    columns = torch.cat([torch.arange(twins.code.blocks[p].start, twins.code.blocks[p].stop) for p in parents])
    return torch.cat([_STRAIGHT * (after - before)[:, columns], base.change(before, after, before)], dim=1)


def _held(own: int, count: int, generator: torch.Generator) -> Tensor:
    """Which rows ``(count,)`` are kept from a fit: a half or a third of the first ``own``, a third of the others."""
    held = torch.zeros(count, dtype=torch.bool)
    share = 2 if own > _HALVES else 3
    held[torch.randperm(own, generator=generator)[: max(1, own // share)]] = True
    held[own + torch.randperm(count - own, generator=generator)[: (count - own) // 3]] = True
    return held
