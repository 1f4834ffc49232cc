"""Which factor causes which: read off interventional pairs, whose two images share their noise.

Two steps. *Effects*: how much each factor moves when another is intervened on; a factor moves only with its
ancestors. *Parents*: for each factor the smallest set of ancestors whose change explains its own. In a pair the noise
is the same on both sides, so ``z' = g(pa', pa, z)`` holds exactly for the right parents, whatever way noise enters, and
what is left unexplained is the error of the encoder. Nothing is optimised but least squares, so nothing can fall into a
wrong optimum.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from cdm.codes import Code
from cdm.errors import CdmError
from cdm.graphs.found import Discovery, acyclic

_FEATURES = 160  # random features a candidate set
_MOST_PARENTS = 4
_RIDGE = 1e-3


def discover(
    code: Code,
    before: Tensor,
    after: Tensor | None,
    mask: Tensor | None,
    floor: Tensor,
    seed: int = 0,
    least_effect: float = 0.01,
    resamples: int = 20,
) -> Discovery:
    """Find the graph from pairs of codes.

    Args:
        code: the factors.
        before, after: codes ``(n, width)`` of the factual and the counterfactual images.
        mask: ``(n, d)``, 1 on the targets.
        floor: ``(d,)``, mean squared error of the encoder for each factor.
        seed: of the random features and the resampling.
        least_effect: share of a factor's variance below which its movement is taken for the encoder's error.
        resamples: bootstrap resamples that the probabilities are taken over.

    Raises:
        CdmError: if there are no pairs.
    """
    if after is None or mask is None:
        raise CdmError("graph 'interventional': needs pairs of images, which the data do not hold")
    d = len(code.factors)
    variance, effects, ancestors = ancestry(code, before, after, mask, floor, least_effect)
    probability, error = torch.zeros(d, d), torch.zeros(d)
    adjacency = torch.zeros(d, d)
    generator = torch.Generator().manual_seed(seed)
    for i in range(d):
        candidates = [j for j in range(d) if ancestors[j, i]]
        rows = torch.nonzero((mask[:, i] == 0) & (mask.sum(1) > 0))[:, 0]
        if not candidates or len(rows) < 40:
            continue
        sets = _sets(candidates)
        losses = torch.stack([_unexplained(code, before[rows], after[rows], i, s, seed) for s in sets])
        losses = losses / (2 * variance[i])
        chosen = _smallest(sets, losses, 2 * floor[i] / variance[i])
        adjacency[list(chosen), i] = 1
        error[i] = losses[sets.index(chosen)].mean() / losses[0].mean().clamp_min(1e-12)
        for _ in range(resamples):
            again = torch.randint(losses.shape[1], (losses.shape[1],), generator=generator)
            probability[list(_smallest(sets, losses[:, again], 2 * floor[i] / variance[i])), i] += 1
    seen = (mask.sum(0) > 0).float()
    undecided = (1 - seen)[:, None] * (1 - seen)[None] * (1 - torch.eye(d))
    return Discovery(adjacency, probability / max(1, resamples), undecided, effects, error)


def ancestry(
    code: Code, before: Tensor, after: Tensor, mask: Tensor, floor: Tensor, least_effect: float = 0.01
) -> tuple[Tensor, Tensor, Tensor]:
    """Who moves with whom: the factors' variances ``(d,)``, the effects ``(d, d)``, and who is whose ancestor.

    The arguments are those of :func:`discover`; of two factors that seem to move each other, the stronger effect is
    believed.
    """
    variance = code.sums(before.var(dim=0)[None])[0].clamp_min(1e-6)
    effects = _effects(code.sums((after - before).square()) / (2 * variance), mask)
    least = (2 * floor / variance).clamp_min(least_effect)
    return variance, effects, acyclic(torch.where(effects > least, effects, 0.0))


def _effects(change: Tensor, mask: Tensor) -> Tensor:
    """The mean change ``(d, d)`` of each factor by target; where targets come together, least squares part them."""
    d, alone = mask.shape[1], mask.sum(1) == 1
    effects = torch.zeros(d, d)
    for k in range(d):
        rows = alone & (mask[:, k] > 0)
        if rows.any():
            effects[k] = change[rows].mean(0)
    missing = [k for k in range(d) if not (alone & (mask[:, k] > 0)).any() and (mask[:, k] > 0).any()]
    if missing:
        fitted = torch.linalg.lstsq(mask.double(), change.double()).solution.float().clamp_min(0)
        effects[missing] = fitted[missing]
    return effects.fill_diagonal_(0)


def _sets(candidates: list[int]) -> list[tuple[int, ...]]:
    most = min(_MOST_PARENTS, len(candidates))
    return [s for size in range(most + 1) for s in itertools.combinations(candidates, size)]


def _smallest(sets: list[tuple[int, ...]], losses: Tensor, floor: Tensor) -> tuple[int, ...]:
    """The smallest set that explains as much as the best one does, within sampling error and the encoder's."""
    means = losses.mean(1)
    best = int(means.argmin())
    gaps = losses - losses[best]
    error = gaps.std(1) / losses.shape[1] ** 0.5
    slack = (means[0] * 0.01).clamp_min(float(floor) * 0.25)
    good = [k for k in range(len(sets)) if gaps[k].mean() <= torch.maximum(2 * error[k], slack)]
    fewest = min(len(sets[k]) for k in good)
    return sets[min((k for k in good if len(sets[k]) == fewest), key=lambda k: float(means[k]))]


def _unexplained(code: Code, before: Tensor, after: Tensor, i: int, parents: tuple[int, ...], seed: int) -> Tensor:
    """Squared error ``(n / 3,)`` on held-out pairs of the change of factor i, predicted from that of its parents."""
    block = code.blocks[i]
    y = after[:, block] - before[:, block]
    held = torch.arange(len(y)) % 3 == 0
    if not parents:
        return y[held].square().sum(1)
    columns = torch.cat([torch.arange(code.blocks[p].start, code.blocks[p].stop) for p in parents])
    x = _features(before[:, columns], after[:, columns], before[:, block], seed)
    kept = x[~held].double()
    gram = kept.T @ kept + _RIDGE * len(kept) * torch.eye(x.shape[1], dtype=torch.float64)
    weights = torch.linalg.solve(gram, kept.T @ y[~held].double()).float()
    missed: Tensor = y[held] - x[held] @ weights
    return missed.square().sum(1)


def _features(before: Tensor, after: Tensor, own: Tensor, seed: int) -> Tensor:
    """Random functions of ``(pa', pa, z)`` that vanish when the parents do not change.

    Half read the parents alone (all that additive noise needs), half also the factor's own value.
    """
    generator = torch.Generator().manual_seed(seed)

    def waves(inputs: Tensor, again: Tensor) -> Tensor:
        weights = torch.randn(inputs.shape[1], _FEATURES, generator=generator) * 1.5
        shift = torch.rand(_FEATURES, generator=generator) * 6.2832
        return (again @ weights + shift).cos() - (inputs @ weights + shift).cos()

    additive = waves(before, after)
    general = waves(torch.cat([before, before, own], 1), torch.cat([after, before, own], 1))
    return torch.cat([after - before, additive, general], dim=1)
