"""Which factor causes which, and which share a hidden cause: read off pairs, whose two images share their noise.

*Movement*: a factor moves only under dos on itself and on its ancestors. *Parents*: of those, which say something of
the child that the parents behind them do not (:mod:`cdm.discovery.twin.parents`). *Hidden causes*: which factors'
noises depend on each other (:mod:`cdm.discovery.twin.confounding`). Nothing is optimised but least squares, so nothing
can fall into a wrong optimum; probabilities are calibrated (:mod:`cdm.discovery.twin.odds`).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor

from cdm.discovery.conclusion import Discovery, decide
from cdm.discovery.twin import confounding, movement, odds, parents
from cdm.discovery.twin.confounding import Dependence
from cdm.discovery.twin.movement import Movement
from cdm.discovery.twin.parents import Evidence
from cdm.discovery.twin.twins import Twins
from cdm.errors import CdmError
from cdm.scm.codes import Code
from cdm.scm.graph import reachability

FEWEST = 40  # pairs that set others only; of fewer, little can be said of the parents of a factor
_SEEN = 0.05  # effect, as a share of a factor's variance, that the pairs must be able to show
_OPEN = 0.1  # probability, below which an edge is excluded though the pairs could not have shown an effect of that size
_TORN = 0.5  # probability of an edge of which it is known that it, or one like it, is there


@dataclass(frozen=True)
class Look:
    """What was seen at the edges into all factors.

    Attributes:
        moves: who moves with whom.
        units: twice the variance of each factor.
        evidence: of (k, j) where do(k) moves j, given the other parents; None where too few pairs tell.
        doubt: the same, had factors that were never set been parents, too; where there are such.
    """

    moves: Movement
    units: list[float]
    evidence: dict[tuple[int, int], Evidence | None]
    doubt: dict[tuple[int, int], Evidence | None]


def discover(
    code: Code,
    before: Tensor,
    after: Tensor | None,
    mask: Tensor | None,
    floor: Tensor,
    seed: int = 0,
    still: Tensor | None = None,
    trusted: Tensor | None = None,
) -> Discovery:
    """Find the graph from pairs of codes.

    Args:
        code: the factors.
        before, after: codes ``(n, width)`` of the factual and the counterfactual images.
        mask: ``(n, d)``, 1 on the targets.
        floor: ``(d,)``, mean squared error of the encoder for each factor.
        seed: of the random features and of the refits.
        still: ``(d, d)``, 1 where it is known that the movement of the column under a do on the row is an error of the
            encoder.
        trusted: ``(n, d)``, 1 where the codes ``after`` can be trusted; everywhere if None.

    Raises:
        CdmError: if there are no pairs.
    """
    if after is None or mask is None:
        raise CdmError("graph 'interventional': needs pairs of images, which the data do not hold")
    twins = Twins(code, before, after, mask, floor.clamp_min(1e-9), trusted)
    seen = look(twins, seed, still)
    probability = probabilities(seen)
    blind = ((seen.moves.bound > _SEEN) & (seen.moves.ancestors == 0) & (probability > _OPEN)).float()
    graph = decide(probability, seen.moves.ancestors, blind)
    noises = confounding.dependences(twins, graph.adjacency, seed)
    bidirected = _bidirected(seen.moves, graph, noises)
    probability = _doubted(twins, graph.adjacency, bidirected, probability)
    graph = decide(probability, seen.moves.ancestors, blind)
    left = torch.zeros(len(code.factors))
    for (_, j), found in seen.evidence.items():
        if found is not None:
            left[j] = max(float(left[j]), found.left / max(2 * float(twins.variance[j]), 1e-12))
    return Discovery(graph.adjacency, graph.probability, graph.undecided, seen.moves.effects, left, bidirected)


def look(twins: Twins, seed: int, still: Tensor | None = None) -> Look:
    """Measure what speaks for each edge."""
    moves = movement.movement(twins, still)
    d, evidence, doubt = len(moves.ancestors), dict[tuple[int, int], Evidence | None](), {}
    ancestors = moves.ancestors
    unset = [k for k in range(d) if moves.seen[k].max() < parents.FEWEST or twins.mask[:, k].sum() < parents.FEWEST]
    for j in range(d):
        first = parents.chosen(twins, j, ancestors, seed)
        for k in torch.nonzero(ancestors[:, j])[:, 0].tolist():
            others = [p for p in first if p != k]
            evidence[k, j] = parents.evidence(twins, j, k, others, seed + 1)
            between = [
                u for u in unset if u != j and u not in others and moves.ancestors[k, u] and not _ruled_out(moves, u, j)
            ]
            if between:
                doubt[k, j] = parents.evidence(twins, j, k, [*others, *between], seed + 2)
    return Look(moves, (2 * twins.variance).tolist(), evidence, doubt)


def _ruled_out(moves: Movement, u: int, j: int) -> bool:
    """Whether u is no parent of j: some do moved u and not j, or u comes after j."""
    return bool(moves.bound[u, j] < _SEEN or reachability(moves.ancestors)[j, u])


def probabilities(seen: Look) -> Tensor:
    """The probability ``(d, d)`` of each edge, by itself."""
    moves, d = seen.moves, len(seen.moves.ancestors)
    probability, turned = torch.zeros(d, d), movement.excluded(seen.moves)
    for i, j in itertools.permutations(range(d), 2):
        if (i, j) in seen.evidence:
            probability[i, j] = _of_ancestor(seen, i, j)
        elif turned[i, j]:
            probability[i, j] = odds.TURNED
        else:
            probability[i, j] = odds.chance(odds.STILL, odds.still(float(moves.bound[i, j]), float(moves.seen[i, j])))
    return probability


def _of_ancestor(seen: Look, i: int, j: int) -> float:
    """The probability that a factor which moves another does so directly."""
    chances = []
    for found in (seen.evidence[i, j], seen.doubt.get((i, j), seen.evidence[i, j])):
        features = None if found is None else odds.direct(found, float(seen.moves.excess[i, j]), seen.units[j])
        chances.append(_TORN if features is None else odds.chance(odds.DIRECT, features))
    alone, doubted = chances
    return doubted if doubted > _TORN or alone < _TORN else _TORN


def open_pairs(moves: Movement, graph: Discovery) -> Tensor:
    """Pairs ``(d, d)`` whose dependence may be due to directed edges, between them or into both, that are open."""
    p = graph.probability
    open_ = (moves.bound > _SEEN) & (p > 0.05) & (p < 0.75) & (graph.adjacency == 0)
    open_ |= (graph.undecided > 0) & (p > 0.05)
    into = (open_ | (graph.adjacency > 0)).float()
    return open_ | open_.T | ((open_.float().T @ into + into.T @ open_.float()) > 0)


def _bidirected(moves: Movement, graph: Discovery, noises: dict[tuple[int, int], Dependence]) -> Tensor:
    """The probability ``(d, d)`` of a hidden common cause; next to none where open edges may explain it."""
    bidirected, either = torch.zeros_like(graph.probability), open_pairs(moves, graph)
    for (i, j), seen in noises.items():
        sure = odds.chance(odds.HIDDEN, odds.hidden(seen))
        bidirected[i, j] = bidirected[j, i] = min(sure, odds.EXPLAINED) if either[i, j] else sure
    return bidirected


def _doubted(twins: Twins, adjacency: Tensor, bidirected: Tensor, probability: Tensor) -> Tensor:
    """Probabilities, where a child shares a hidden cause with a category between it and an ancestor.

    The noise of a category is not known from its level; what it became under do(k) tells of it, and so of the hidden
    cause, in a way that depends on k: k seems to act on the child past the category.
    """
    reached, doubted = reachability(adjacency), probability.clone()
    for m, j in torch.nonzero(bidirected > 0.25).tolist():
        if twins.kind(m) == "categorical" and reached[m, j]:
            for k in range(len(adjacency)):
                if k not in (m, j) and reached[k, m]:
                    doubted[k, j] = doubted[k, j].clamp_max(_TORN + 0.1)
    return doubted
