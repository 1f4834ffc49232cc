"""Scoring answers that stand in files: whoever gave them, in whatever framework, they are measured as our own are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cdm.data.images import to_bytes, to_floats
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.evaluation import evaluate, metrics
from cdm.evaluation.answered import Answers
from cdm.evaluation.evaluate import Bar, Read, silent
from cdm.evaluation.protocol import Protocol
from cdm.models import protocol as models
from cdm.models.interventions import DoTable
from cdm.models.protocol import Model
from cdm.scm.codes import Code

_ROWS = ("identity", "oracle", "model")
_SCORED = ("counterfactual", "factors", "encode", "latents", "graph")  # of any of which there are figures
_NEEDED = ("image_cf", "do_mask", "do_value", "factors", "factors_cf")
_AS = {"codes": "codes", "factors_cf": "codes_cf"}  # what metrics call what is told of factors


def require(model: Model, where: Path | None = None) -> None:
    """Raise if nothing that a model answers can be scored.

    Raises:
        CdmError: if it draws no counterfactual, says none of factors, reads nothing and has no graph.
    """
    if model.answers.isdisjoint(_SCORED):
        raise models.cannot(model, "counterfactual", where)


def answer(model: Model, pairs: Pairs, asked: Protocol, said: Mapping[str, Any], bar: Bar = silent) -> Answers:
    """What a model says of the samples of a protocol: as much as it answers.

    Args:
        model: one that answers counterfactuals, of images or of factors, or reads factors or latents, or has a graph.
        pairs: the split that is asked about.
        asked: the protocol.
        said: what else is to be told.
        bar: shows how far it is.
    """
    parts = []
    with bar("counterfactuals", asked.rows) as advance:
        for rows in torch.split(torch.arange(asked.rows), evaluate.AT_ONCE):
            parts.append(_said(model, pairs.batch(rows, model.device)))
            advance(len(rows))
    graph = None if model.graph is None else (model.graph.cpu() > 0).long().numpy()
    tables: dict[str, Any] = {name: torch.cat([part[name] for part in parts]).numpy() for name in parts[0]}
    return Answers(model.name, graph=graph, said=said, **tables)


def _said(model: Model, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What a model says of some samples, by the names that :class:`Answers` has for it."""
    told = {}
    if not model.answers.isdisjoint(("counterfactual", "factors")):
        abduction, do = models.abducted(model, batch), DoTable(batch["do_mask"], batch["do_value"])
        if "counterfactual" in model.answers:
            told["images"] = to_bytes(model.predict(abduction, do))
        if "factors" in model.answers:
            told["factors_cf"] = model.code.decode(model.act(abduction, do)).double().cpu()
    if "encode" in model.answers:
        told["codes"] = model.code.decode(model.codes(batch["image"])).double().cpu()
    if "latents" in model.answers:
        told["latents"] = model.latents(batch["image"]).double().cpu()
    return told


def score(
    answers: Answers,
    pairs: Pairs,
    asked: Protocol,
    regressor: Read | None,
    graph: Mapping[str, Any] | None,
    beside: Mapping[str, Answers] | None = None,
    bar: Bar = silent,
) -> dict[str, Any]:
    """Measure answers: every metric whose arrays are there, with the floors beside.

    Args:
        answers: of the protocol, in the order of its samples.
        pairs: the split, whose labels are whole.
        asked: the protocol.
        regressor: reads factors from images (:mod:`cdm.evaluation.reader`); not needed if there are no images.
        graph: the part ``graph`` of the manifest; None if it is unknown.
        beside: other answers, by the names that their rows are to have.
        bar: shows how far it is.

    Raises:
        CdmError: if the labels of the split do not tell the truth, a row beside has a name that is taken, or what is
            told of a factor with levels is none.
    """
    lacking = [name for name in _NEEDED if name not in pairs.arrays]
    if lacking:
        raise CdmError(f"the labels of {asked.split} do not tell {lacking[0]}, against which answers are scored")
    arrays: dict[str, Any] = dict(pairs.batch(torch.arange(asked.rows)))
    arrays |= {"code": pairs.code, "names": pairs.code.names}
    for name, values in (("codes", answers.codes), ("factors_cf", answers.factors_cf)):
        if values is not None:
            arrays[_AS[name]] = _coded(pairs.code, values, name, asked.keys)
    read = answers.codes if answers.latents is None else answers.latents
    if read is not None:
        arrays["latents"] = torch.tensor(read)
    if answers.graph is not None and graph is not None:
        truth = torch.tensor(graph["adjacency"]["directed"])
        arrays |= {"graph": torch.tensor(answers.graph), "true_graph": truth}
    if answers.images is not None and regressor is not None:
        arrays |= _drawn(answers.images, arrays, regressor, beside or {}, bar)
    told = {"model": answers.model, "protocol": asked.name, "protocol hash": asked.hash, "said": dict(answers.said)}
    return {**told, "samples": asked.rows, "factors": list(pairs.code.names), **metrics.score(arrays)}


def _coded(code: Code, values: NDArray[np.float64], what: str, keys: Sequence[str]) -> Tensor:
    """Values ``(n, d)`` of factors as codes; what has levels must be the number of one."""
    told = torch.tensor(values, dtype=torch.float32)
    for j, factor in enumerate(code.factors):
        outside = factor.domain.outside(told[:, j].round())
        if factor.domain.kind == "categorical" and outside.any():
            row = int(outside.nonzero()[0, 0])
            found = f"{keys[row]}: {what}: {factor.name} = {told[row, j]:g}"
            raise CdmError(f"{found} is no level; 0 to {len(factor.domain.data()['levels']) - 1} are: {factor.domain}")
    return code.encode(told)


def _drawn(
    images: NDArray[np.uint8], arrays: Mapping[str, Any], regressor: Read, beside: Mapping[str, Answers], bar: Bar
) -> dict[str, Any]:
    """What there is to be measured of images: they, those that they must be seen beside, and what is read in all."""
    taken = [name for name in beside if name in _ROWS]
    if taken:
        raise CdmError(f"answers called {taken[0]!r} cannot stand beside: {', '.join(_ROWS)} are rows already")
    others = {name: _floats(one.images) for name, one in beside.items() if one.images is not None}
    mine = _floats(images)
    rows = {"identity": arrays["image"], **others, "oracle": arrays["image_cf"], "model": mine}
    more: dict[str, Any] = {"prediction": mine, "rows": rows}
    return more | evaluate.readings(regressor, None, rows, bar) | evaluate.seen({**arrays, **more})


def _floats(images: NDArray[np.uint8]) -> Tensor:
    """Images as floats from -1 to 1, ``(n, 3, size, size)``."""
    return to_floats(torch.tensor(images))
