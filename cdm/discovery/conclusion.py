"""What a method finds: a DAG, how sure it is of each edge, and what stays open."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from cdm.scm.graph import reachability

_SURE = 0.75  # the share that one answer for a pair (an edge, the edge turned, none) must reach


@dataclass(frozen=True)
class Discovery:
    """What codes say about the graph over d factors.

    Attributes:
        adjacency: ``(d, d)`` 0 or 1, from cause to effect, without cycles.
        probability: ``(d, d)`` of each edge: its share among resamples, or its mean under a posterior.
        undecided: ``(d, d)``, symmetric, 1 where the method cannot tell; what the DAG says there is one way of some.
        effects: ``(d, d)``, mean squared change of the column under a do on the row, in units of twice its variance;
            None without pairs.
        error: ``(d,)``, what the chosen parents leave unexplained of each factor's change, as a share of it; None where
            the method does not measure it.
        bidirected: ``(d, d)``, symmetric, the probability that two factors share a hidden cause; with it the graph is
            an acyclic directed mixed graph, in which a pair may have both kinds of edges. None where the method says
            nothing of it.
    """

    adjacency: Tensor
    probability: Tensor
    undecided: Tensor
    effects: Tensor | None = None
    error: Tensor | None = None
    bidirected: Tensor | None = None


def acyclic(strength: Tensor) -> Tensor:
    """Edges ``(d, d)`` without a cycle: strongest first, and none that would close one."""
    d, kept = len(strength), torch.zeros(len(strength), len(strength))
    strongest = sorted(itertools.permutations(range(d), 2), key=lambda ij: -float(strength[ij]))
    for i, j in strongest:
        if strength[i, j] > 0 and not reachability(kept)[j, i]:
            kept[i, j] = 1
    return kept


def conclude(chosen: Tensor, probability: Tensor, loose: Tensor | None = None) -> Discovery:
    """Make a DAG of the edges that were chosen; where they run in a circle, the least probable gives way.

    Args:
        chosen: ``(d, d)`` 0 or 1, cycles allowed.
        probability: ``(d, d)``.
        loose: ``(d, d)``, 1 where the method itself leaves an edge open.

    Undecided is what is loose, what gave way, and each pair of which no answer has a share of three quarters.
    """
    adjacency = acyclic(chosen * (1 + probability))
    none = 1 - probability - probability.T
    torn = torch.stack([probability, probability.T, none]).amax(0) < _SURE
    left = torn | (chosen > adjacency) | (torch.zeros_like(chosen) if loose is None else loose).bool()
    undecided = (left | left.T).float() * (1 - torch.eye(len(chosen)))
    return Discovery(adjacency, probability, undecided)


def decide(probability: Tensor, ancestors: Tensor, loose: Tensor | None = None) -> Discovery:
    """For each pair the likeliest answer: an edge, the edge turned, or none.

    Args:
        probability: ``(d, d)`` of each edge by itself.
        ancestors: ``(d, d)``, 1 where the row was seen to move the column.
        loose: ``(d, d)``, 1 where nothing was seen that could tell, whatever is probable beforehand.

    A model must be drawn either way, so the DAG holds an undecided edge if it is likelier than its absence. An ancestor
    that no path leaves to its descendant gets an edge, undecided: one is missing, and which is not known.
    """
    both = (probability + probability.T).clamp_min(1)
    probability = probability / both
    adjacency = acyclic(torch.where(probability > 1 - probability - probability.T, probability, 0.0))
    lost = torch.zeros_like(adjacency)
    for i, j in _shortest_first(ancestors):
        if not reachability(adjacency)[i, j] and not reachability(adjacency)[j, i]:
            adjacency[i, j] = lost[i, j] = 1
    probability = torch.where(lost > 0, probability.clamp(0.5, 0.7), probability)
    probability = torch.where(lost.T > 0, probability.clamp_max(0.3), probability)
    return conclude(adjacency, probability, loose)


def _shortest_first(ancestors: Tensor) -> list[tuple[int, int]]:
    """Ancestors with their descendants, those first between which the fewest stand."""
    between = ancestors @ ancestors
    pairs = [(i, j) for i, j in torch.nonzero(ancestors).tolist()]
    return sorted(pairs, key=lambda ij: float(between[ij]))


def share(find: Callable[[Tensor, int], Tensor], count: int, most: int, resamples: int, seed: int) -> Tensor:
    """How often edges are found in subsamples of rows (stability selection, Meinshausen and Buehlmann 2010).

    Args:
        find: from rows ``(n,)`` and a seed to edges ``(d, d)``, which may be shares themselves.
        count: rows that there are.
        most: rows a subsample; half of all, if that is fewer.
        resamples: subsamples.
        seed: of the draws.
    """
    generator = torch.Generator().manual_seed(seed)
    size = min(most, max(1, count // 2))
    drawn = [torch.randperm(count, generator=generator)[:size] for _ in range(resamples)]
    return torch.stack([find(rows, seed + 1 + k) for k, rows in enumerate(drawn)]).mean(0)
