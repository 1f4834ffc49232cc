"""Which factor causes which: read off interventional pairs, whose two images share their noise.

Two steps. *Effects*: how much each factor moves when another is intervened on; a factor moves only with its
ancestors. *Parents*: for each factor the smallest set of ancestors whose change explains its own. In a pair the noise
is the same on both sides, so ``z' = g(pa', pa, z)`` holds exactly for the right parents, whatever way noise enters, and
what is left unexplained is the error of the encoder. Nothing is optimised but least squares, so nothing can fall into a
wrong optimum.
"""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.discovery.conclusion import Discovery, acyclic
from cdm.discovery.parents import Child, parents
from cdm.errors import CdmError
from cdm.scm.codes import Code

FEWEST = 40  # pairs that set others only, without which nothing is said of the parents of a factor


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
        candidates = tuple(j for j in range(d) if ancestors[j, i])
        rows = torch.nonzero((mask[:, i] == 0) & (mask.sum(1) > 0))[:, 0]
        if not candidates or len(rows) < FEWEST:
            continue
        scale, unread = 2 * float(variance[i]), 2 * float(floor[i] / variance[i])
        child = Child(code, i, before[rows], after[rows], mask[rows], candidates, unread, scale, seed)
        whole = child.missed(())
        chosen = parents(child, torch.arange(len(whole)))
        adjacency[list(chosen), i] = 1
        error[i] = child.missed(chosen).mean() / whole.mean().clamp_min(1e-12)
        for _ in range(resamples):
            again = torch.randint(len(whole), (len(whole),), generator=generator)
            probability[list(parents(child, again)), i] += 1
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
