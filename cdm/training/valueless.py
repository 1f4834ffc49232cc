"""What makes codes of factors where the values of the dos are not told: the levels ``targets`` and ``unknown``.

Under a perfect intervention the new value of the target is independent of everything factual, and together with the
factual image it is all that the new image needs. A code of which both are true, and which fills its range as evenly as
the value does, is the value up to a sign.
"""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.networks.encoder import project
from cdm.networks.painter import message, unexplained
from cdm.scm.graph import reachability
from cdm.training import losses
from cdm.training.run import Run
from cdm.training.supervision.independence import hsic

Terms = dict[str, Tensor]
_TARGETS = 2  # of each step: the criterion of independence compares pairs of one target


def terms(run: Run, generator: torch.Generator, refined: bool) -> tuple[Terms, dict[str, Tensor]]:
    """The losses of a step of the encoder, and the batch that they are of.

    Args:
        run: the training; ``encoder_batch`` pairs of each of two targets are drawn from it.
        generator: of everything random.
        refined: whether there is a graph already, and what is no descendant of a target must stay.
    """
    config, model = run.config, run.model
    drawn = _drawn(run, generator)
    batch = run.batch(torch.cat([rows for _, rows in drawn]))
    raw = model.encoder.logits(torch.cat([batch["image"], batch["image_cf"]]))
    before, after = project(model.code, raw).chunk(2)
    share = 1.0 if refined else run.step / max(1, 0.6 * config.encoder_steps)
    sparse = losses.sparse_change(model.code, before, after, batch["do_mask"], config.sparse_width)
    found = {"sparse": config.still * ramp(share, 0.1, 0.2) * sparse}
    lead = 1 - ramp(share, 0.2, 0.4)
    if lead and config.compass:
        found["compass"] = config.compass * lead * _astray(run, batch, before, after)
    if refined and config.steady:
        reached = reachability(model.adjacency)
        found["steady"] = config.steady * losses.steadiness(model.code, before, after, batch["do_mask"], reached)
    return found | _of_targets(run, drawn, batch, before, after, share, generator), batch


def ramp(share: float, start: float, end: float) -> float:
    """From 0 at one share of the training to 1 at another."""
    return min(1.0, max(0.0, (share - start) / (end - start)))


def _drawn(run: Run, generator: torch.Generator) -> list[tuple[int, Tensor]]:
    """Some targets, and for each some training pairs in which it alone was hit."""
    mask = torch.tensor(run.pairs.arrays["do_mask"][: len(run.pairs) - run.held_out])
    alone = [torch.nonzero((mask[:, k] > 0) & (mask.sum(dim=1) == 1))[:, 0] for k in range(mask.shape[1])]
    hit = [k for k in torch.randperm(len(alone), generator=generator).tolist() if len(alone[k])][:_TARGETS]
    count = run.config.encoder_batch
    return [(k, alone[k][torch.randint(len(alone[k]), (count,), generator=generator)]) for k in hit]


def _astray(run: Run, batch: dict[str, Tensor], before: Tensor, after: Tensor) -> Tensor:
    """How far codes that are places on a line are from what the compass says of them, added up over the factors."""
    code = run.model.code
    columns = [i for i, factor in enumerate(code.factors) if factor.domain.linear]
    guess = torch.cat([run.model.compass(batch[name]) for name in ("image", "image_cf")])[:, columns]
    codes = torch.cat([before, after])[:, [code.blocks[i].start for i in columns]]
    return (codes - guess).square().sum(dim=1).mean()


def _of_targets(
    run: Run,
    drawn: list[tuple[int, Tensor]],
    batch: dict[str, Tensor],
    before: Tensor,
    after: Tensor,
    share: float,
    generator: torch.Generator,
) -> Terms:
    """What is asked of the code of a target, averaged over the targets of a batch."""
    config, code = run.config, run.model.code
    parts: dict[str, list[Tensor]] = {"paint": [], "even": [], "independent": []}
    for place, (k, rows) in enumerate(drawn):
        some, block = slice(place * len(rows), (place + 1) * len(rows)), code.blocks[k]
        old, new = before[some, block], after[some, block]
        images, images2 = batch["image"][some], batch["image_cf"][some]
        parts["paint"].append(_unpainted(run, k, (images, images2), (old, new), share, generator))
        parts["even"].append(code.factors[k].domain.uneven(new))
        parts["independent"].append(torch.stack([hsic(new, before[some, b].detach()) for b in code.blocks]).sum())
    weights = {
        "paint": config.paint,
        "even": config.even * ramp(share, 0.1, 0.3),
        "independent": config.independent * ramp(share, 0.1, 0.3),
    }
    return {name: weights[name] * torch.stack(values).mean() for name, values in parts.items()}


def _unpainted(
    run: Run,
    target: int,
    images: tuple[Tensor, Tensor],
    codes: tuple[Tensor, Tensor],
    share: float,
    generator: torch.Generator,
) -> Tensor:
    """What the painter misses from the factual image to the other and back: the old value is a do like any other.

    A little noise on what it is told, less and less, makes codes that are near each other mean images that are.
    """
    told = torch.cat([message(*codes), message(*reversed(codes))])
    noise = torch.randn(told.shape, generator=generator).to(told.device)
    there, back = torch.cat(images), torch.cat([*reversed(images)])
    painted = run.model.painter(there, target, told + run.config.blur * max(0.2, 1 - 1.5 * share) * noise)
    return unexplained(painted, there, back)
