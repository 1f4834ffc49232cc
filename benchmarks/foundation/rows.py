"""The rows of the table: who draws the counterfactuals of a batch, and what they are told.

The oracle's edits are the true new values of the target and of all that changes with it; where a row says so, those
that the model's own mechanisms give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from torch import Tensor

from cdm.foundation.guidance import factors
from cdm.foundation.guidance.factors import BY_DRAFTS, USUAL, Reading
from cdm.foundation.guidance.settings import Settings
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.models.interventions import DoTable
from cdm.models.protocol import Model
from cdm.scm.graph import reachability

Batch = dict[str, Tensor]
Row = Callable[[Batch], Batch]
OF_PAPER, PAPER_READING = Settings(steps=30, warmup=3, source=1.0), Reading("attention", "apart")
"""As in the paper, but for a third of the steps, and no guidance by a description: a model must be trained for it."""


def table(model: CausalDiffusionModel, beside: Model) -> dict[str, Row]:
    """All rows by name."""
    return {
        "identity": lambda batch: {"images": batch["image"]},
        "direct regression": lambda batch: {"images": beside.predict(beside.abduct(batch["image"]), asked(batch))},
        "CDM": plain(model),
        "CDM, its own SCM": lambda batch: {"images": model.predict(model.abduct(batch["image"]), asked(batch))},
        "DDIM inversion": guided(model, replace(USUAL, guidance="joint", inversion="ddim")),
        "DDIM inversion, difference masks": plain(model, route="inversion", masking="difference"),
        "DDPM inversion": guided(model, replace(USUAL, guidance="joint", inversion="ddpm")),
        "CSG": guided(model),
        "CSG, target alone": guided(model, alone=True),
        "CSG, its own SCM": guided(model, own=True),
        "CSG, edits apart": guided(model, reading=replace(BY_DRAFTS, sums="apart")),
        "CSG, maps of attention": guided(model, reading=replace(BY_DRAFTS, maps="attention")),
        "CSG, maps, sums and scale of the paper": guided(model, OF_PAPER, PAPER_READING),
        "CSG, maps and sums of the paper": guided(model, replace(OF_PAPER, scale=1.0), PAPER_READING),
        "CSG, DDPM inversion": guided(model, replace(USUAL, inversion="ddpm")),
        "CSG, DDIM inversion": guided(model, replace(USUAL, inversion="ddim")),
    }


def tried(model: CausalDiffusionModel) -> Iterator[tuple[dict[str, Any], Row]]:
    """Settings of the guidance, one or two changed at a time; the threshold was that of the paper before."""
    changes = [
        *({"maps": maps, "sums": sums} for maps in ("draft", "attention") for sums in ("onward", "apart")),
        *({"threshold": x} for x in (0.5, 0.8, 0.9, 0.95)),
        *({"scale": x} for x in (1.5, 2.0)),
        {"skip": 0.4},
    ]
    for change in changes:
        reading = {name: change[name] for name in ("maps", "sums") if name in change}
        settings = {name: value for name, value in change.items() if name not in reading}
        yield change, guided(model, replace(USUAL, **{"threshold": 0.7, **settings}), replace(BY_DRAFTS, **reading))


def plain(model: CausalDiffusionModel, **options: Any) -> Row:
    """The model's own answer under the oracle's edits."""

    def row(batch: Batch) -> Batch:
        do = DoTable(touched(batch).float(), batch["factors_cf"])
        return {"images": model.predict(model.abduct(batch["image"]), do, **options)}

    return row


def guided(
    model: CausalDiffusionModel,
    settings: Settings = USUAL,
    reading: Reading = BY_DRAFTS,
    own: bool = False,
    alone: bool = False,
) -> Row:
    """The answer of the guidance.

    Args:
        model: what draws.
        settings, reading: how.
        own: whether values are those of the model's mechanisms, and what follows that of its graph.
        alone: whether the target alone is edited.
    """

    def row(batch: Batch) -> Batch:
        abduction = model.abduct(batch["image"])
        wanted, edited = batch["factors_cf"], touched(batch)
        if own:
            wanted = model.act(abduction, asked(batch))
            edited = (batch["do_mask"] @ reachability(model.adjacency)) > 0
        if alone:
            edited = batch["do_mask"] > 0
        images, maps = factors.answer(model, abduction, wanted, edited, settings, reading)
        return {"images": images, "maps": maps}

    return row


def asked(batch: Batch) -> DoTable:
    """What was done."""
    return DoTable(batch["do_mask"], batch["do_value"])


def touched(batch: Batch) -> Tensor:
    """What the oracle edits, ``(n, d)``: the targets, and what has another value in the true counterfactual."""
    return (batch["do_mask"] > 0) | ((batch["factors_cf"] - batch["factors"]).abs() > 0)
