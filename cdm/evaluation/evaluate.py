"""Scoring a model on a data set whose truth is known: against the true graph, factors and counterfactual pixels.

What the model answers and the data tell becomes arrays; every metric that has its arrays is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.evaluation import matching, metrics
from cdm.evaluation.matching import Matching
from cdm.models import protocol
from cdm.models.interventions import DoTable
from cdm.models.protocol import Model

Arrays = dict[str, Any]
Read = Callable[[Tensor], Tensor]
_AT_ONCE = 100
_DONE = ("image_cf", "do_mask", "do_value")


def evaluate(
    model: Model,
    pairs: Pairs,
    regressor: Read | None,
    graph: Mapping[str, Any] | None,
    samples: int = 500,
    progress: Callable[[int], None] = lambda samples: None,
    **options: Any,
) -> dict[str, Any]:
    """Score a model; one that was not told values or targets under the matching that fits the labels best.

    Args:
        model: what is scored.
        pairs: a split that it has not seen, with labels.
        regressor: reads factors from images, trained on labels (:mod:`cdm.evaluation.reader`); without one nothing is
            said of what counterfactual images show.
        graph: the part ``graph`` of the manifest; None if it is unknown.
        samples: how many samples of the split, from the first on.
        progress: called with the number of samples done.
        options: of the counterfactuals (:func:`cdm.models.protocol.options`).

    Raises:
        CdmError: if the split lacks labels, or is not of the model's kind.
    """
    check(model, pairs)
    chosen = torch.split(torch.arange(min(samples, len(pairs))), _AT_ONCE)
    matched, parts = _matching(model, pairs, chosen), []
    for rows in chosen:
        batch = pairs.batch(rows, model.device)
        parts.append(_answers(model, matched.batch(batch) if matched else batch, options))
        progress(len(rows))
    arrays: Arrays = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    arrays |= {"code": model.code, "names": _names(pairs, matched)} | _graphs(model, graph, matched)
    arrays |= _readings(regressor, matched, arrays) if regressor else {}
    scores = {"samples": len(arrays["image"]), "factors": arrays["names"], **metrics.score(arrays)}
    return scores if matched is None else {**scores, "matching": _matches(model, pairs, matched)}


def check(model: Model, pairs: Pairs) -> None:
    """Raise unless a split has labels, and is of the model's kind.

    Raises:
        CdmError: if it lacks labels, or has other factors or another size.
    """
    if "factors" not in pairs.arrays:
        raise CdmError("an evaluation needs factors, which the shards do not hold")
    if "order" in model.untold:
        _check_nameless(model, pairs)
    elif pairs.code.data() != model.code.data():
        raise CdmError("the model was trained on other factors than these shards have")
    if pairs.size != model.size:
        raise CdmError(f"images of {pairs.size} pixels a side; the model was trained on {model.size}")


def _check_nameless(model: Model, pairs: Pairs) -> None:
    """Raise unless the factors of a split can be matched one by one with the model's nameless ones."""
    if len(pairs.code.factors) != len(model.code.factors):
        raise CdmError("the model was trained on other factors than these shards have")
    other = [f"{factor.name} is {factor.domain.kind}" for factor in pairs.code.factors if not factor.domain.linear]
    if other:
        raise CdmError(
            f"a model without names codes every factor as a number, and {', '.join(other)}: they cannot be matched"
        )


def _matching(model: Model, pairs: Pairs, chosen: Sequence[Tensor]) -> Matching | None:
    if not model.untold:
        return None
    batches = (pairs.batch(rows, model.device) for rows in chosen)
    read = [(model.codes(batch["image"]), batch["factors"]) for batch in batches]
    return matching.match(model, *(torch.cat(part) for part in zip(*read, strict=True)))


def _names(pairs: Pairs, matched: Matching | None) -> list[str]:
    return [pairs.code.names[j] for j in (matched.order if matched else range(len(pairs.code.names)))]


def _matches(model: Model, pairs: Pairs, matched: Matching) -> dict[str, str]:
    """What each code of the model was matched with."""
    blocks = zip(model.code.names, _names(pairs, matched), model.code.blocks, strict=True)
    return {mine: name + (" mirrored" if matched.sign[b.start] < 0 else "") for mine, name, b in blocks}


def _answers(model: Model, batch: dict[str, Tensor], options: dict[str, Any]) -> dict[str, Tensor]:
    """What the model says of a batch, beside what is true, as far as it answers and the batch asks."""
    reads = {"codes": model.codes(batch["image"])} if "encode" in model.answers else {}
    if "counterfactual" not in model.answers or any(name not in batch for name in _DONE):
        return {**batch, **reads}
    before = reads.get("codes", batch["factors"])
    return {**batch, **reads, **_imagined(model, batch, before, options), **_informed(model, batch)}


def _imagined(model: Model, batch: dict[str, Tensor], before: Tensor, options: dict[str, Any]) -> dict[str, Tensor]:
    """Counterfactual images, there and back, and the codes that they come from; ``before`` are the factual ones."""
    do, abduction = DoTable(batch["do_mask"], batch["do_value"]), protocol.abducted(model, batch)
    prediction = model.predict(abduction, do, **options)
    again = {"image": prediction} | ({"factors": batch["factors_cf"]} if "factors_cf" in batch else {})
    back = model.predict(protocol.abducted(model, again), DoTable(do.mask, before))
    return {
        "prediction": prediction,
        "composed": model.predict(abduction, DoTable(torch.zeros_like(do.mask), do.value)),
        "reversed": back,
    } | ({"codes_cf": model.act(abduction, do)} if "factors" in model.answers else {})


def _informed(model: Model, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """The images that a model draws from true factors: its abduction under these, its prediction under those."""
    if "given" not in model.answers or "factors_cf" not in batch:
        return {}
    everything = torch.ones_like(batch["do_mask"])
    abduction = model.abduct(batch["image"], batch["factors"])
    return {"informed": model.predict(abduction, DoTable(everything, batch["factors_cf"]))}


def _graphs(model: Model, graph: Mapping[str, Any] | None, matched: Matching | None) -> Arrays:
    mine: Arrays = {"graph": model.graph} if model.graph is not None else {}
    if graph is None:
        return mine
    truth = torch.tensor(graph["adjacency"]["directed"], device=model.device)
    return mine | {"true_graph": truth if matched is None else matched.graph(truth)}


def _readings(regressor: Read, matched: Matching | None, arrays: Arrays) -> Arrays:
    """What a regressor reads in counterfactual images, as the model would write it."""
    readings: Arrays = {}
    for name, seen in (("reading", "prediction"), ("true_reading", "image_cf")):
        if seen in arrays:
            with torch.no_grad():
                read = torch.cat([regressor(images) for images in torch.split(arrays[seen], _AT_ONCE)])
            readings[name] = read if matched is None else matched.codes(read)
    return readings
