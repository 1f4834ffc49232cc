"""Who moves with whom: a factor moves only under dos on itself and on its ancestors.

A movement counts if it is more than the error of the encoder allows. What did not move is no proof in itself: how large
an effect the pairs leave possible is kept, and grows where a do was seldom seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cdm.discovery.conclusion import acyclic
from cdm.discovery.twin.twins import Twins
from cdm.scm.graph import reachability

_SURE = 3.0  # standard errors, of a factor that stands still
_LEAST = 0.004  # share of a factor's variance
_ALONE = 10  # pairs with one target, from which on others are not asked
_NEVER = 3.0  # events, fewer than which may not be seen with probability .05 ("rule of three")
_MOST = 2.0  # effect, in units of twice the variance, of which nothing is known


@dataclass(frozen=True)
class Movement:
    """How the column's factor moves under a do on the row's.

    Attributes:
        effects: ``(d, d)``, mean squared change, in units of twice the variance of the column.
        excess: the same without the error of the encoder.
        certainty: ``(d, d)``, the excess in its own standard errors.
        seen: ``(d, d)``, pairs that tell.
        bound: ``(d, d)``, the largest effect of an edge that the pairs leave possible; where a factor was never set, by
            pairs in which it moved and the other did not.
        ancestors: ``(d, d)``, 1 where the row moves the column, without cycles: of two factors that seem to move each
            other, the stronger effect is believed.
    """

    effects: Tensor
    excess: Tensor
    certainty: Tensor
    seen: Tensor
    bound: Tensor
    ancestors: Tensor


def movement(twins: Twins, still: Tensor | None = None) -> Movement:
    """Measure all effects; ``still (d, d)`` is 1 where another test has shown that a movement is none."""
    unit, floor = 2 * twins.variance, 2 * twins.floor
    mean, error, seen = _means(twins)
    excess = mean - floor
    if still is not None:
        excess = torch.where(still > 0, 0.0, excess)
    nothing = _chance(twins, seen)
    there = (excess > _SURE * nothing) & (excess > error) & (excess > floor / 2) & (excess > _LEAST * unit)
    share = (excess / unit).fill_diagonal_(0)
    ancestors = acyclic(torch.where(there, share, 0.0).fill_diagonal_(0))
    bound, telling = _bound(twins, ancestors, share, (excess.clamp_min(0) + 2 * nothing) / unit, seen)
    return Movement((mean / unit).fill_diagonal_(0), share, excess / error.clamp_min(1e-9), telling, bound, ancestors)


def _means(twins: Twins) -> tuple[Tensor, Tensor, Tensor]:
    """Mean change, its standard error and the number of pairs, each ``(d, d)``; joint targets are parted."""
    d, alone = twins.mask.shape[1], twins.mask.sum(1) == 1
    mean = (2 * twins.floor).expand(d, d).clone()
    error, seen = mean.clone(), torch.zeros(d, d)
    for k in range(d):
        for j in (j for j in range(d) if j != k):
            change = twins.change[alone & (twins.mask[:, k] > 0) & twins.free(j), j]
            if len(change):
                mean[k, j], seen[k, j] = change.mean(), len(change)
                error[k, j] = (change.var(unbiased=False) / len(change)).sqrt()
    few = [k for k in range(d) if seen[k].max() < _ALONE and (twins.mask[:, k] > 0).sum() > 2 * seen[k].max()]
    if few:
        fitted, rough = _parted(twins)
        mean[few], error[few] = fitted[few], rough[few]
        seen[few] = (twins.mask[:, few].T @ (1 - twins.mask)).float()
    return mean, error, seen.fill_diagonal_(0)


def _parted(twins: Twins) -> tuple[Tensor, Tensor]:
    """Least squares of the changes on the targets, each factor in the pairs in which it was not set itself."""
    d = twins.mask.shape[1]
    mean, error = torch.zeros(d, d), torch.ones(d, d)
    for j in range(d):
        rows, others = twins.free(j), [k for k in range(d) if k != j]
        design, y = twins.mask[rows][:, others].double(), (twins.change[rows, j] - 2 * twins.floor[j]).double()
        inverse = torch.linalg.pinv(design.T @ design)
        weights = inverse @ (design.T @ y)
        noise = (y - design @ weights).square().sum() / max(1, len(y) - len(others))
        mean[others, j] = (weights + 2 * twins.floor[j]).float()
        error[others, j] = (noise * inverse.diagonal()).sqrt().float()
    return mean, error


def _chance(twins: Twins, seen: Tensor) -> Tensor:
    """Standard error ``(d, d)`` of the mean change of a factor that stands still, from the encoder's error alone.

    The squared change of a number is chi-squared; that of levels is 0 but in the few pairs in which one was misread.
    """
    levels = torch.tensor([factor.domain.kind == "categorical" for factor in twins.code.factors])
    widths = torch.tensor([float(factor.width) for factor in twins.code.factors])
    spread = torch.where(levels, (4 * twins.floor).sqrt(), 2 * twins.floor * (2 / widths).sqrt())
    return spread / seen.clamp_min(1).sqrt()


def _bound(twins: Twins, ancestors: Tensor, share: Tensor, largest: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """The largest effect of an edge that is possible, and the number of pairs that say so."""
    levels = torch.tensor([factor.domain.kind == "categorical" for factor in twins.code.factors])
    rare = torch.where(levels, _NEVER / seen.clamp_min(1) / twins.variance, 0.0)
    largest = torch.where(seen > 0, largest + rare, _MOST)
    moves = torch.where(ancestors > 0, share, 0.0).clamp(0, 1).fill_diagonal_(1)
    # entry (r, i, j): what r moves of i says of i -> j, if j, not set itself, did not move under r
    through = torch.where(moves > 0, 1 / moves.clamp_min(1e-3), torch.inf)[:, :, None] * largest[:, None, :]
    through = torch.where(ancestors[:, None, :] > 0, _MOST, through)
    through = torch.where(torch.eye(len(seen)).bool()[:, None, :], _MOST, through)
    bound, who = through.clamp_max(_MOST).min(dim=0)
    return bound, torch.where(bound < _MOST, torch.gather(seen, 0, who), 0.0)


def excluded(found: Movement) -> Tensor:
    """Edges ``(d, d)`` that would close a cycle with the ancestors that were found."""
    return reachability(found.ancestors).T * (1 - torch.eye(len(found.ancestors)))
