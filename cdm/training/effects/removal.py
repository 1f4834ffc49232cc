"""Which movements of a code are effects, and which are errors of its reading: those that can be unlearned.

Under do(i) a code j may move for two reasons. If i causes j, the image shows another j, and an encoder that must hold j
still can no longer read it where j itself is set. If the encoder merely reads j off something that i moves, off a
descendant of j, say, it can learn to do without at no cost. So each movement is put to the test: readers of j are
trained to hold it still under do(i), beside one that need not, and their errors under do(j) are compared. The cost of a
true effect is as large as the effect, whatever the threshold on movement.

Readers are copies of the encoder's head on its frozen trunk, all pairs (i, j) at once. Where they leave doubt, a copy
of the whole encoder is trained in the same way.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.networks.encoder import Encoder, anchor, project
from cdm.scm.codes import Code
from cdm.scm.domains import Domain
from cdm.scm.graph import reachability
from cdm.training import feed, losses
from cdm.training.run import Run

_STEPS, _ROWS, _RATE, _KEPT = 500, 48, 1e-3, 4000  # of the readers, all at once; pairs of each target
_AGAIN, _SLOWER = 250, 0.5  # steps of a whole encoder, and its rate as a share of the usual one
_AT_ONCE, _TESTED = 500, 1000
_SMALL = 0.003  # share of a factor's variance below which a movement is left to the graph's own threshold
_CHEAP, _DEAR = 1.5, 6.0  # a movement whose removal multiplies the error by less is none, by more may be an effect
_SPARED, _PAID = 0.01, 0.03  # and the same of the error that is added, as a share of the movement that is removed
_CLEAR = 0.19  # product of both, from which on a movement is an effect without doubt
_FAINT = 5e-4  # of a factor's variance: an error below cannot be told from none
_DOUBTFUL = 6  # pairs that whole encoders are trained for, at most


@dataclass(frozen=True)
class Removal:
    """What became of the test.

    Attributes:
        movement: ``(d, d)``, mean squared change of the column under a do on the row, in units of twice its variance.
        cost: ``(d, d)``, by how much the column's own error is multiplied when it must stay still under the row.
        price: ``(d, d)``, what is added to it, as a share of the movement.
        still: ``(d, d)``, 1 where the column does not move with the row: its movement could be unlearned.
        doubtful: ``(d, d)``, 1 where it may, or may not.
    """

    movement: Tensor
    cost: Tensor
    price: Tensor
    still: Tensor
    doubtful: Tensor


def tested(run: Run) -> Removal | None:
    """Test all movements; None where values or pairs with one target are not told."""
    source = run.source
    if not {"do_value", "image_cf"} <= set(source.pairs.arrays) or any(len(rows) < _ROWS for rows in source.alone):
        return None
    known = _known(run)
    movement = known.movement()
    d = len(movement)
    asked = [(i, j) for i, j in itertools.permutations(range(d), 2) if movement[i, j] >= _SMALL]
    cost, price = torch.ones(d, d), torch.zeros(d, d)

    def judge(pairs: Sequence[tuple[int, int]], errors: Sequence[tuple[float, float]]) -> None:
        for (i, j), (error, free) in zip(pairs, errors, strict=True):
            faint = _FAINT * 2 * float(known.variance()[j])  # errors that are next to nothing count as equal
            cost[i, j] = (error + faint) / (free + faint)
            price[i, j] = (error - free) / (2 * float(known.variance()[j] * movement[i, j]))

    with torch.random.fork_rng(devices=[]):
        judge(asked, _readers(run, known, asked))
        sure = (cost >= _DEAR) & (price >= _PAID)
        clear = (cost < _CHEAP) | (price < _SPARED) | _circular(sure)
        doubtful = sorted((pair for pair in asked if not sure[pair] and not clear[pair]), key=lambda p: -movement[p])
        judge(doubtful[:_DOUBTFUL], _encoders(run, known, doubtful[:_DOUBTFUL]))
    still = (movement >= _SMALL) & ~sure & ((cost < _CHEAP) | (price < _SPARED) | _circular(sure))
    doubtful_yet = (movement >= _SMALL) & ~sure & ~still & (cost * price < _CLEAR)
    return Removal(movement, cost, price, still.float(), doubtful_yet.float())


def _circular(sure: Tensor) -> Tensor:
    """Which pairs ``(d, d)`` are no effects, since the second is surely a cause of the first.

    Most errors of reading are of that kind: it is descendants that give a factor away.
    """
    return (reachability(sure.float()).T > 0) & ~sure & ~torch.eye(len(sure), dtype=torch.bool)


@dataclass(frozen=True)
class _Known:
    """Features, codes and values of pairs in which one factor alone was set.

    Attributes:
        code: the factors.
        tables: ``before`` and ``after``, features ``(n, frames, f)`` of both images; ``codes``, ``codes2 (n, width)``;
            ``value (n, width)``.
        trained, held: for each factor the places of its pairs in the tables, to train on and to test with.
        trusted: ``(n, d)``, where codes can be trusted.
        rows: the rows of the data that the places stand for.
    """

    code: Code
    tables: dict[str, Tensor]
    trained: list[Tensor]
    held: list[Tensor]
    rows: Tensor
    trusted: Tensor

    def movement(self) -> Tensor:
        """How much each code moves under each do; see :class:`Removal`."""
        moved = self.code.sums((self.tables["codes2"] - self.tables["codes"]).square()) / (2 * self.variance())
        rows = [(moved[places], self.trusted[places]) for places in self.held]
        return torch.stack([(m * t).sum(0) / t.sum(0).clamp_min(1) for m, t in rows]).fill_diagonal_(0)

    def variance(self) -> Tensor:
        """Of each factor ``(d,)``."""
        return self.code.sums(self.tables["codes"].var(dim=0)[None])[0].clamp_min(1e-6)


def _known(run: Run) -> _Known:
    source, encoder = run.source, run.model.encoder
    mask = torch.tensor(source.pairs.arrays["do_mask"])
    last = torch.arange(source.trained, len(source.pairs))
    held = [last[(mask[last, k] > 0) & (mask[last].sum(dim=1) == 1)][:_TESTED] for k in range(mask.shape[1])]
    kept = [rows[:_KEPT] for rows in source.alone]
    rows = torch.cat([*kept, *held])
    parts: list[dict[str, Tensor]] = []
    with torch.no_grad():
        for some in torch.split(rows, _AT_ONCE):
            batch = source.batch(some)
            before, after = (encoder.features(batch[name]) for name in ("image", "image_cf"))
            codes, codes2 = (project(encoder.code, encoder.head(seen).flatten(1)) for seen in (before, after))
            tables = {"before": before, "after": after, "codes": codes, "codes2": codes2, "value": batch["do_value"]}
            parts.append({name: table.cpu() for name, table in tables.items()})
    places = torch.split(torch.arange(len(rows)), [len(some) for some in (*kept, *held)])
    joined = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    trusted = source.trusted[rows] if len(source.trusted) else torch.ones(len(rows), len(kept))
    return _Known(encoder.code, joined, [*places[: len(kept)]], [*places[len(kept) :]], rows, trusted)


def _readers(run: Run, known: _Known, asked: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    """The error of a reader on the frozen trunk that removes each movement, and of one that need not."""
    if not asked:
        return []
    controls = [(j, j) for j in sorted({j for _, j in asked})]
    readers = _Readers(run.model.encoder, [*asked, *controls])
    held = torch.tensor([float(i != j) for i, j in readers.pairs])[:, None]
    optimiser = torch.optim.AdamW(readers.parameters(), _RATE, (0.9, 0.99), weight_decay=1e-4)
    draw = feed.generator_of(run.config.seed, "removal", 0)
    steps = min(_STEPS, run.config.encoder_steps // 2)
    for step in range(steps):
        own, other = (
            [places[torch.randint(len(places), (_ROWS,), generator=draw)] for places in known.trained] for _ in "ab"
        )
        rows, still = [own[j] for _, j in readers.pairs], [other[i] for i, _ in readers.pairs]
        misses = readers.misses(known.tables, rows)
        counts = torch.stack([known.trusted[places, j] for (_, j), places in zip(readers.pairs, still, strict=True)])
        moves = readers.moves(known.tables, still) * held * counts
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(1.0, 2 * (1 - step / steps) + 1e-3)
        optimiser.zero_grad(set_to_none=True)
        (misses.mean(dim=1).sum() + moves.mean(dim=1).sum()).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    with torch.no_grad():
        errors = {
            pair: float(readers.alone(k).errors(known.tables, known.held[pair[1]]).mean())
            for k, pair in enumerate(readers.pairs)
        }
    return [(errors[i, j], errors[j, j]) for i, j in asked]


def _encoders(run: Run, known: _Known, asked: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    """The same by whole encoders."""
    if not asked:
        return []
    free = _relearned(run, known, None)
    return [(_relearned(run, known, pair)[pair[1]], free[pair[1]]) for pair in asked]


def _relearned(run: Run, known: _Known, pair: tuple[int, int] | None) -> list[float]:
    """The errors of a copy of the encoder that went on learning; under a pair ``(i, j)`` with j held still under i."""
    encoder, source, code = copy.deepcopy(run.model.encoder), run.source, known.code
    rate = run.config.encoder_rate * _SLOWER
    optimiser = torch.optim.AdamW(encoder.parameters(), rate, (0.9, 0.99), weight_decay=1e-4)
    d, rows = len(code.factors), feed.encoder_rows(run.config, len(code.frame.factors))
    reached = torch.ones(d, d)
    if pair:
        reached[pair] = 0
    steps = min(_AGAIN, run.config.encoder_steps // 4)
    for step in range(steps):
        draw = feed.generator_of(run.config.seed, "removal", 1 + step)
        batch = source.batch(source.rows(rows, draw))
        before, after = encoder.logits(torch.cat([batch["image"], batch["image_cf"]])).chunk(2)
        loss = anchor(code, after, batch["do_value"], batch["do_mask"])
        if pair:
            codes = project(code, before), project(code, after)
            loss = loss + losses.steadiness(
                code, *codes, batch["do_mask"], reached.to(loss.device), batch.get("trusted")
            )
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, 2 * (1 - step / steps) + 1e-3)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimiser.step()
    with torch.no_grad():
        return [float(_missed(encoder, source.batch(known.rows[known.held[j]]), j)) for j in range(d)]


def _missed(encoder: Encoder, batch: feed.Batch, j: int) -> Tensor:
    """The mean squared error of a code where it was set."""
    block = encoder.code.blocks[j]
    missed: Tensor = (encoder(batch["image_cf"]) - batch["do_value"])[:, block].square().sum(dim=1).mean()
    return missed


class _Readers(nn.Module):
    """Copies of a head, one for each pair ``(i, j)``: it reads j, and stays still under do(i)."""

    def __init__(self, encoder: Encoder, pairs: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        self.code, self.pairs = encoder.code, list(pairs)
        first, last = cast(nn.Linear, encoder.head[0]), cast(nn.Linear, encoder.head[2])
        widest = max(factor.width for factor in self.code.factors)
        frame = self.code.frame
        blocks = [frame.blocks[j % len(frame.factors)] for _, j in pairs]  # a head reads one frame
        lacks = [(0, widest - block.stop + block.start) for block in blocks]
        some = [last.weight[block].detach().cpu().T for block in blocks]
        base = [last.bias[block].detach().cpu()[None] for block in blocks]
        self.first = nn.Parameter(first.weight.detach().cpu().T.repeat(len(blocks), 1, 1))
        self.shift = nn.Parameter(first.bias.detach().cpu().repeat(len(blocks), 1, 1))
        self.last = nn.Parameter(torch.stack([functional.pad(w, lack) for w, lack in zip(some, lacks, strict=True)]))
        self.base = nn.Parameter(torch.stack([functional.pad(b, lack) for b, lack in zip(base, lacks, strict=True)]))

    def alone(self, k: int) -> _Readers:
        """The reader of one pair."""
        one = copy.deepcopy(self)
        one.pairs = self.pairs[k : k + 1]
        for parameter in one.parameters():
            parameter.data = parameter.data[k : k + 1]
        return one

    def misses(self, tables: feed.Batch, places: Sequence[Tensor]) -> Tensor:
        """Errors ``(pairs, n)`` where the factor was set, of ``n`` places for each pair."""
        raw = self._read(self._seen(tables["after"], places))
        wanted = (tables["value"][rows] for rows in places)
        parts = zip(self.pairs, raw, wanted, strict=True)
        return torch.stack(
            [self._domain(j).miss(self._own(j, out), w[:, self.code.blocks[j]]) for (_, j), out, w in parts]
        )

    def errors(self, tables: feed.Batch, places: Tensor) -> Tensor:
        """Squared errors ``(n,)`` of the codes that the only reader gives."""
        j = self.pairs[0][1]
        out = self._own(j, self._read(self._seen(tables["after"], [places]))[0])
        return (self._domain(j).project(out) - tables["value"][places][:, self.code.blocks[j]]).square().sum(dim=1)

    def moves(self, tables: feed.Batch, places: Sequence[Tensor]) -> Tensor:
        """Squared changes ``(pairs, n)`` from one image to the other."""
        raw = self._read(torch.cat([self._seen(tables[name], places) for name in ("before", "after")], dim=1))
        parts = []
        for (_, j), out in zip(self.pairs, raw, strict=True):
            before, after = self._domain(j).project(self._own(j, out)).chunk(2)
            parts.append((after - before).square().sum(dim=1))
        return torch.stack(parts)

    def _seen(self, features: Tensor, places: Sequence[Tensor]) -> Tensor:
        """Features ``(pairs, n, f)`` of the frame that each pair's factor is read in."""
        shown = len(self.code.frame.factors)
        return torch.stack([features[rows, j // shown] for (_, j), rows in zip(self.pairs, places, strict=True)])

    def _read(self, features: Tensor) -> Tensor:
        hidden = functional.silu(torch.baddbmm(self.shift, features, self.first))
        return torch.baddbmm(self.base, hidden, self.last)

    def _domain(self, j: int) -> Domain:
        return self.code.factors[j].domain

    def _own(self, j: int, out: Tensor) -> Tensor:
        return out[:, : self.code.factors[j].width]
