"""A posterior over graphs: an order of the factors and, given it, edges; each sample of it is a DAG.

An edge is an existence times a direction, as in ENCO (Lippe et al. 2022, arXiv 2107.10483), and as there its gradient
is the difference that it makes to the loss of its effect, over sampled graphs. Directions come from an order whose
places are perturbed by Gumbel noise (Plackett and Luce; Charpentier et al. 2022, arXiv 2203.08509), so that no penalty
on cycles is needed. The networks are those of :mod:`cdm.scm.mechanisms`, shared by all graphs; what they minimise is
the likelihood without the targets' own terms (Brouillard et al. 2020, arXiv 2007.01754), and noise invariance where
pairs are there.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.discovery.conclusion import Discovery, conclude
from cdm.scm.codes import Code
from cdm.scm.mechanisms import Mechanisms, noise_changes

_RESTARTS, _STEPS, _ROWS, _GRAPHS, _DRAWS = 3, 1000, 64, 4, 500  # rows a step, and graphs that each is seen under
_RATE, _GRAPH_RATE = 5e-3, 3e-2
_ALONE = 0.2  # share of the steps in which the networks learn under random graphs
_PRIOR, _WEIGHT = 0.1, 0.02  # of an edge; of the divergence from the prior, where one row's likelihood counts 1
_HELD_OUT, _SCORED = 0.1, 500
_MOST = 10.0  # what one factor of one row may lose: outliers decide no edge

Table = Tensor | None


@dataclass(frozen=True)
class Posterior:
    """Beliefs: ``exists (d, d)``, logits of an edge given its direction, and ``place (d,)``: causes are high."""

    exists: Tensor
    place: Tensor

    def sample(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """DAGs ``(count, d, d)``, log probabilities ``(count, d)`` of the edges into each factor, and of the orders."""
        d = len(self.place)
        uniform = torch.rand(count, d, generator=generator).clamp(1e-6, 1 - 1e-6)
        perturbed = self.place.detach() - (-uniform.log()).log()
        before = (perturbed[:, :, None] > perturbed[:, None]).float()
        there = (torch.rand(count, d, d, generator=generator) < self.exists.detach().sigmoid()).float()
        edges = -functional.binary_cross_entropy_with_logits(
            self.exists.expand_as(there), there, before, reduction="none"
        )
        left = self.place[perturbed.argsort(dim=1)].logcumsumexp(dim=1)  # the last place first: those still to choose
        return there * before, edges.sum(1), (self.place.sum() - left.sum(1))

    def divergence(self) -> Tensor:
        """KL of the edges from a prior under which each is rare."""
        p = self.exists.sigmoid().clamp(1e-6, 1 - 1e-6)
        terms = p * (p / _PRIOR).log() + (1 - p) * ((1 - p) / (1 - _PRIOR)).log()
        return (terms * (1 - torch.eye(len(p)))).sum()


def discover(code: Code, before: Tensor, after: Table, mask: Table, floor: Tensor, seed: int) -> Discovery:
    """Find the graph by the posterior that does best on held-out rows, of some restarts.

    The arguments are those of :func:`cdm.discovery.discover`; probabilities are posterior means.
    """
    del floor
    order = torch.randperm(len(before), generator=torch.Generator().manual_seed(seed))
    cut = int(_HELD_OUT * len(order))
    train, held = (
        [None if t is None else t[rows] for t in (before, after, mask)] for rows in (order[cut:], order[:cut])
    )
    fits = [_fit(code, train, held, seed + 1000 * restart) for restart in range(_RESTARTS)]
    _, posterior = min(fits, key=lambda fit: fit[0])
    with torch.no_grad():
        probability = posterior.sample(_DRAWS, torch.Generator().manual_seed(seed))[0].mean(0)
    return conclude((probability > 0.5).float(), probability)


def _fit(code: Code, train: list[Table], held: list[Table], seed: int) -> tuple[float, Posterior]:
    """A posterior, and its loss on held-out rows."""
    d, generator = len(code.factors), torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model = Mechanisms(code, 1 - torch.eye(d), bank=1)
    beliefs = Posterior(nn.Parameter(torch.zeros(d, d)), nn.Parameter(torch.zeros(d)))
    networks = torch.optim.Adam(model.parameters(), _RATE)
    graph = torch.optim.Adam([beliefs.exists, beliefs.place], _GRAPH_RATE, betas=(0.9, 0.99))
    for step in range(_STEPS):
        networks.param_groups[0]["lr"] = _RATE * min(1.0, 2 * (1 - step / _STEPS))
        networks.zero_grad()
        graph.zero_grad()
        _bound(model, beliefs, train, generator).backward()  # type: ignore[no-untyped-call]
        networks.step()
        if step > _ALONE * _STEPS:
            graph.step()
    with torch.no_grad():
        graphs = beliefs.sample(min(_SCORED, _count(held)), generator)[0]
        score = _losses(model, graphs, [None if table is None else table[: len(graphs)] for table in held])
        return float(score.sum(1).mean() + _WEIGHT * beliefs.divergence()), beliefs


def _bound(model: Mechanisms, beliefs: Posterior, train: list[Table], generator: torch.Generator) -> Tensor:
    """What is minimised, on rows that are each seen under some graphs; what the others lose is a graph's baseline."""
    rows = torch.randint(_count(train), (_ROWS,), generator=generator).repeat(_GRAPHS)
    graphs, edges, orders = beliefs.sample(len(rows), generator)
    losses = _losses(model, graphs, [None if table is None else table[rows] for table in train])
    groups = losses.detach().view(_GRAPHS, _ROWS, -1)
    better = (groups - groups.mean(0)).flatten(0, 1) * (_GRAPHS / (_GRAPHS - 1))
    reinforced = (better * edges).sum(1) + better.sum(1) * orders
    return losses.sum(1).mean() + reinforced.mean() + _WEIGHT * beliefs.divergence()


def _losses(model: Mechanisms, graphs: Tensor, batch: list[Table]) -> Tensor:
    """Losses 1 and 2 of each factor in each row ``(n, d)``, under a graph a row ``(n, d, d)``."""
    before, after, mask = batch
    assert before is not None  # noqa: S101
    model.visible = model.code.spread(graphs.mT).transpose(0, 1)
    losses = model.surprise(before).clamp_max(_MOST)
    if after is None or mask is None:
        return losses
    losses = losses + model.surprise(after).clamp_max(_MOST) * (1 - mask)
    return losses + noise_changes(model, before, after, mask).clamp_max(_MOST)


def _count(tables: list[Table]) -> int:
    return 0 if tables[0] is None else len(tables[0])
