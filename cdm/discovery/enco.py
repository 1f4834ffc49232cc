"""ENCO: edges that are independent of each other, each an existence times an orientation, which only dos teach.

Lippe, Cohen and Gavves 2022 (arXiv 2107.10483), written from the paper. Two stages take turns. *Distributions*: a
network a factor learns its law from codes without a do, and sees of the other factors what a sampled graph shows it.
*Graph*: sampled graphs are judged by how well those networks tell codes under dos, the targets' own terms left out.
What an edge does to the loss of its effect is the gradient of both its parameters (:func:`gradients`), so nothing needs
a penalty on cycles.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.discovery.conclusion import Discovery, conclude
from cdm.errors import CdmError
from cdm.scm.codes import Code
from cdm.scm.domains import Law

_HIDDEN = 64
_ROUNDS, _FIRST, _FITS, _STEPS = (
    25,
    1000,
    200,
    40,
)  # turns, steps of networks in the first and the others, and of graphs
_ROWS, _GRAPHS = 128, 100  # rows a step, and graphs under which all of them are seen
_RATE, _EXISTS_RATE, _ORIENT_RATE = 5e-3, 2e-2, 1e-1
_SPARSE = 0.004  # lambda_sparse: what an edge must win, in nats a row
_MOST = 10.0  # what one factor of one row may lose: outliers decide no edge
_LEAST_SCALE = 1e-2  # of noise, in units of codes: a law without noise has no density


@dataclass(frozen=True)
class Beliefs:
    """What is believed of the edges, from the row to the column.

    Attributes:
        exists: ``(d, d)``, gamma: logits of an edge, given that it does not run the other way.
        orient: ``(d, d)``, theta: logits of its orientation; ``orient.T`` is ``-orient``.
    """

    exists: Tensor
    orient: Tensor

    @property
    def probability(self) -> Tensor:
        """Of each edge, ``(d, d)``; nothing causes itself."""
        return self.exists.sigmoid() * self.orient.sigmoid() * (1 - torch.eye(len(self.exists)))

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Graphs ``(count, d, d)``, in which edges are independent and cycles allowed."""
        drawn = torch.rand(count, *self.exists.shape, generator=generator)
        return (drawn < self.probability).float()


class Laws(nn.Module):
    """One network a factor, with a hidden layer, which says its law from the codes that it is shown.

    It is told which those are, as in the authors' code: a code may be 0, and what is hidden is 0.

    Args:
        code: the factors.
        floor: ``(d,)``, mean squared error of the encoder for each factor: noise is no smaller.
        generator: of the first weights.
    """

    least: Tensor

    def __init__(self, code: Code, floor: Tensor, generator: torch.Generator) -> None:
        super().__init__()
        self.code, d = code, len(code.factors)
        inputs, outputs = code.width + d, max(factor.width for factor in code.factors) + 1
        self.first = nn.Parameter(torch.randn(d, inputs, _HIDDEN, generator=generator) * (2 / inputs) ** 0.5)
        self.shift = nn.Parameter(torch.zeros(d, 1, _HIDDEN))
        self.last = nn.Parameter(torch.zeros(d, _HIDDEN, outputs))
        self.base = nn.Parameter(torch.zeros(d, 1, outputs))
        self.register_buffer("least", floor.sqrt().clamp_min(_LEAST_SCALE))

    def forward(self, codes: Tensor, shown: Tensor) -> Tensor:
        """Negative log likelihood ``(d, n)`` of each factor in each row, up to a constant.

        Args:
            codes: ``(n, width)``.
            shown: ``(d, n, d)``, 1 where the first factor sees the last.
        """
        inputs = torch.cat([codes * self.code.spread(shown), shown], dim=2)
        hidden = functional.leaky_relu(torch.baddbmm(self.shift, inputs, self.first))
        said = torch.baddbmm(self.base, hidden, self.last)
        scale = self.least[:, None] + functional.softplus(said[:, :, -1])
        parts = zip(self.code.parts(codes), said, scale, strict=True)
        return torch.stack([d.surprise(block, Law(loc[:, : d.width], size)) for (d, block), loc, size in parts])


def discover(
    code: Code, before: Tensor, after: Tensor | None, mask: Tensor | None, floor: Tensor, seed: int
) -> Discovery:
    """Find the graph by ENCO; the arguments are those of :func:`cdm.discovery.discover`.

    Twins are not independent, as both samples of the paper are: the networks read the factual codes of one half of the
    pairs, and graphs are judged on what was set in the other. A pair of factors of which no do set one alone stays
    undecided, if they are joined.

    Raises:
        CdmError: if there are no pairs.
    """
    if after is None or mask is None:
        raise CdmError("graph 'enco': needs pairs of images, which the data do not hold")
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(before), generator=generator)
    seen, done = order[: (len(order) + 1) // 2], order[(len(order) + 1) // 2 :]
    done = done[mask[done].any(dim=1)]
    beliefs = _fit(Laws(code, floor, generator), before[seen], after[done], mask[done], generator)
    chosen = (beliefs.exists > 0) & (beliefs.orient >= 0)
    told = mask[done].T @ (1 - mask[done])
    return conclude(chosen.float().fill_diagonal_(0), beliefs.probability, chosen & (told + told.T == 0))


def _fit(laws: Laws, seen: Tensor, done: Tensor, mask: Tensor, generator: torch.Generator) -> Beliefs:
    """Beliefs from codes without a do and codes under dos on ``mask``; those of the start, if there are no such."""
    d = mask.shape[1]
    beliefs = Beliefs(torch.zeros(d, d), torch.zeros(d, d))
    networks = torch.optim.Adam(laws.parameters(), _RATE)
    exists = torch.optim.Adam([beliefs.exists], _EXISTS_RATE, betas=(0.9, 0.9))
    orient = torch.optim.Adam([beliefs.orient], _ORIENT_RATE)
    for turn in range(_ROUNDS if len(done) else 0):
        for _ in range(_FITS if turn else _FIRST):
            networks.zero_grad()
            _told(laws, beliefs, seen, generator).backward()  # type: ignore[no-untyped-call]
            networks.step()
        for _ in range(_STEPS):
            rows, graphs = _drawn(done, generator), beliefs.sample(_GRAPHS, generator)
            judged = judge(laws, graphs, done[rows], mask[rows])
            beliefs.exists.grad, beliefs.orient.grad = gradients(beliefs, graphs, *judged)
            exists.step()
            orient.step()
    return beliefs


def _drawn(table: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randint(len(table), (_ROWS,), generator=generator)


def _told(laws: Laws, beliefs: Beliefs, seen: Tensor, generator: torch.Generator) -> Tensor:
    """What the networks minimise: their loss on rows that are each shown by a graph of its own."""
    rows, graphs = _drawn(seen, generator), beliefs.sample(_ROWS, generator)
    losses: Tensor = laws(seen[rows], graphs.permute(2, 0, 1))
    return losses.sum(dim=0).mean()


@torch.no_grad()
def judge(laws: Laws, graphs: Tensor, codes: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """What each factor loses under each graph, on rows that did not set it.

    All graphs are seen on the same rows. The law of a factor hangs on its parents alone, so each set of parents that
    some graphs share is looked at once.

    Args:
        laws: the networks.
        graphs: ``(count, d, d)``.
        codes: ``(n, width)``, under a do.
        mask: ``(n, d)``, 1 on the targets.

    Returns:
        Means ``(count, d)`` over those rows; and ``(count, d, d)``, from a target to another factor, over rows of dos
        on that target, times the share of such rows.
    """
    found = [torch.unique(parents, dim=0, return_inverse=True) for parents in graphs.permute(2, 0, 1)]
    shown = nn.utils.rnn.pad_sequence([sets for sets, _ in found], batch_first=True)  # (d, sets, d)
    many, n, kept = shown.shape[1], len(codes), 1 - mask
    losses = laws(codes.repeat(many, 1), shown.repeat_interleave(n, dim=1)).clamp_max(_MOST).view(-1, many, n)
    means = torch.einsum("jsn,nj->js", losses, kept / kept.sum(dim=0).clamp_min(1))
    under = torch.einsum("jsn,nj,ni->jsi", losses, kept, mask / n)
    factor, place = torch.arange(len(shown))[:, None], torch.stack([place for _, place in found])
    return means[factor, place].T, under[factor, place].permute(1, 2, 0)


def gradients(beliefs: Beliefs, graphs: Tensor, lost: Tensor, under: Tensor) -> tuple[Tensor, Tensor]:
    """Of what is minimised, by ``exists`` and by ``orient``, ``(d, d)`` each: the paper's equations 5 and 6.

    ``E`` is the mean loss of the effect in graphs with an edge less that in graphs without it; the first gradient is
    ``s'(gamma_ij) s(theta_ij) (E_ij + lambda_sparse)``, the second ``s'(theta_ij) (p(I_i) s(gamma_ij) E_ij[do i] -
    p(I_j) s(gamma_ji) E_ji[do j])``. An edge that all graphs have, or none, has no ``E`` and no gradient.

    Args:
        beliefs: of which the graphs were sampled.
        graphs: ``(count, d, d)``.
        lost, under: what :func:`judge` gives for them.
    """
    exists, orient = beliefs.exists.sigmoid(), beliefs.orient.sigmoid()
    having, lacking = graphs.sum(dim=0), (1 - graphs).sum(dim=0)
    both = (having > 0) & (lacking > 0)
    signed = graphs / having.clamp_min(1) - (1 - graphs) / lacking.clamp_min(1)
    worse = (signed * lost[:, None]).sum(dim=0) + _SPARSE
    turned = both * orient * (1 - orient) * exists * (signed * under).sum(dim=0)
    return both * exists * (1 - exists) * orient * worse, turned - turned.T
