"""Scoring a model on a data set whose truth is known: against the true graph, factors and counterfactual pixels.

What the model answers and the data tell becomes arrays; every metric that has its arrays is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.evaluation import answers, features, matching, metrics
from cdm.evaluation.answers import Batch
from cdm.evaluation.matching import Matching
from cdm.models.protocol import Model
from cdm.scm.codes import Code
from cdm.scm.graph import present

Arrays = dict[str, Any]
Read = Callable[[Tensor], Tensor]
Bar = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Shows the progress of a stage: its title and how many items it has; gives what is called with those done."""
CYCLES, RETURNED = (1, 10), 100  # null cycles; and how many samples, the first ones, go through them, or there and back
AT_ONCE = 100
_FEWEST, _REAL = 8, 4  # images of which a distribution is told; and with how many times as many real ones, at most


@contextmanager
def silent(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar that nobody sees."""
    yield lambda count: None


def evaluate(
    model: Model,
    pairs: Pairs,
    regressor: Read | None,
    graph: Mapping[str, Any] | None,
    samples: int = 500,
    beside: Mapping[str, Model] | None = None,
    bar: Bar = silent,
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
        beside: other models by the names that their rows are to have.
        bar: shows how far each stage is.
        options: of the counterfactuals (:func:`cdm.models.protocol.options`).

    Raises:
        CdmError: if the split lacks labels, or is not of the kind of one of the models.
    """
    others = beside or {}
    for one in (model, *others.values()):
        check(one, pairs)
    rows = torch.arange(min(samples, len(pairs)))
    matched = _matching(model, pairs, rows)
    with bar("counterfactuals", len(rows)) as advance:
        arrays: Arrays = _over(
            rows, lambda some: answers.of(model, _batch(model, pairs, some, matched), options), advance
        )
    arrays |= {"code": _code(pairs, matched), "names": _names(pairs, matched)} | _graphs(model, graph, matched)
    if answers.asked(model, pairs.arrays):
        arrays |= _returned(model, _batch(model, pairs, rows[:RETURNED], matched), arrays, bar) | seen(arrays)
        arrays["rows"] = _rows(arrays, {name: _other(one, name, pairs, rows, bar) for name, one in others.items()})
        arrays |= readings(regressor, matched, arrays["rows"], bar) if regressor else {}
    arrays |= _sampled(model, pairs, len(rows), bar) if "sample" in model.answers else {}
    scores = {"samples": len(rows), "factors": arrays["names"], **metrics.score(arrays)}
    return scores if matched is None else {**scores, "matching": _matches(model, pairs, matched)}


# What may be scored on what


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


# Which code is which factor


def _matching(model: Model, pairs: Pairs, rows: Tensor) -> Matching | None:
    if not model.untold:
        return None
    read = _over(rows, lambda some: _read(model, pairs.batch(some, model.device)))
    return matching.match(model, read["codes"], read["factors"])


def _read(model: Model, batch: Batch) -> Batch:
    return {"codes": model.codes(batch["image"]), "factors": batch["factors"]}


def _names(pairs: Pairs, matched: Matching | None) -> list[str]:
    return [pairs.code.names[j] for j in (matched.order if matched else range(len(pairs.code.names)))]


def _code(pairs: Pairs, matched: Matching | None) -> Code:
    """The factors in the model's order, with the units and ranges of the data."""
    return Code(tuple(pairs.code.factors[j] for j in matched.order)) if matched else pairs.code


def _matches(model: Model, pairs: Pairs, matched: Matching) -> dict[str, str]:
    """What each code of the model was matched with."""
    blocks = zip(model.code.names, _names(pairs, matched), model.code.blocks, strict=True)
    return {mine: name + (" mirrored" if matched.sign[b.start] < 0 else "") for mine, name, b in blocks}


# The arrays


def _over(rows: Tensor, ask: Callable[[Tensor], Batch], advance: Callable[[int], None] = lambda count: None) -> Batch:
    """What is said of some rows, asked a few at a time."""
    parts = []
    for some in torch.split(rows, AT_ONCE):
        parts.append(ask(some))
        advance(len(some))
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _batch(model: Model, pairs: Pairs, rows: Tensor, matched: Matching | None) -> Batch:
    return answers.told(pairs.batch(rows, model.device), matched)


def _graphs(model: Model, graph: Mapping[str, Any] | None, matched: Matching | None) -> Arrays:
    frames = model.code.frames
    mine: Arrays = {"graph": present(model.graph, frames)} if model.graph is not None else {}
    if graph is None:
        return mine
    truth = present(torch.tensor(graph["adjacency"]["directed"], device=model.device), frames)
    return mine | {"true_graph": truth if matched is None else matched.graph(truth)}


def _returned(model: Model, batch: Batch, arrays: Arrays, bar: Bar) -> Arrays:
    """The first images there and back, and after null cycles."""
    back, kept = answers.reversed_(model, batch, arrays["prediction"][: len(batch["image"])]), dict[str, Tensor]()
    with bar("null cycles", CYCLES[-1]) as advance:
        for count in range(1, CYCLES[-1] + 1):
            batch["image"] = answers.cycled(model, batch)
            kept |= {str(count): batch["image"]} if count in CYCLES else {}
            advance(1)
    return {"cycled": kept, "reversed": back}


def _other(model: Model, name: str, pairs: Pairs, rows: Tensor, bar: Bar) -> Tensor:
    """The counterfactual images of another model."""
    matched = _matching(model, pairs, rows)

    def ask(some: Tensor) -> Batch:
        return {"prediction": answers.prediction(model, _batch(model, pairs, some, matched))}

    with bar(name, len(rows)) as advance:
        return _over(rows, ask, advance)["prediction"]


def _rows(arrays: Arrays, others: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The images that are compared, those that the answer must be seen beside first."""
    mine = {name.removeprefix(answers.ROW): images for name, images in arrays.items() if name.startswith(answers.ROW)}
    informed = {"true factors": arrays["informed"]} if "informed" in arrays else {}
    floor = {"identity": arrays["image"], "re-encoded": arrays["null"]}
    return {**floor, **mine, **others, **informed, "oracle": arrays["image_cf"], "model": arrays["prediction"]}


def readings(regressor: Read, matched: Matching | None, rows: Mapping[str, Tensor], bar: Bar) -> Arrays:
    """What a regressor reads in images, as the model would write it."""
    found = {}
    with bar("reading images", len(rows)) as advance:
        for name, images in rows.items():
            with torch.no_grad():
                read = torch.cat([regressor(some) for some in torch.split(images, AT_ONCE)])
            found[name] = read if matched is None else matched.codes(read)
            advance(1)
    return {"readings": found}


def seen(arrays: Arrays) -> Arrays:
    """Features of the answers in which something was done, of the truth and of the factual images."""
    acted = arrays["do_mask"].sum(dim=1) > 0
    if int(acted.sum()) < 2 * _FEWEST:
        return {}
    of_what = {"answer": "prediction", "truth": "image_cf", "factual": "image"}
    return {f"{name}_features": features.random_convolutions(arrays[of][acted]) for name, of in of_what.items()}


def _sampled(model: Model, pairs: Pairs, count: int, bar: Bar) -> Arrays:
    """Images that the model samples, and some times as many real ones."""
    count = min(count, len(pairs) // 2)
    if count < _FEWEST:
        return {}
    known, drawn = replace(pairs, arrays={"image": pairs.arrays["image"]}), []
    real = torch.arange(count * min(_REAL, len(pairs) // count))
    with bar("fresh samples", count) as advance:
        for seed, some in enumerate(torch.split(real[:count], AT_ONCE)):
            drawn.append(model.sample({}, len(some), seed=2 * seed))  # a seed may have taken that after it, too
            advance(len(some))
    sets = {"drawn": torch.cat(drawn), "real": _over(real, lambda some: known.batch(some, model.device))["image"]}
    return sets | {f"{name}_features": features.random_convolutions(images) for name, images in sets.items()}
