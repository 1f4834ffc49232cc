"""Scoring answers that stand in files: whoever gave them, in whatever framework, they are measured as our own are."""

from __future__ import annotations

from collections.abc import Mapping
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

_ROWS = ("identity", "oracle", "model")
_SCORED = ("counterfactual", "encode", "latents", "graph")  # of any of which there are figures
_NEEDED = ("image_cf", "do_mask", "do_value", "factors", "factors_cf")


def require(model: Model, where: Path | None = None) -> None:
    """Raise if nothing that a model answers can be scored.

    Raises:
        CdmError: if it draws no counterfactual, reads nothing and has no graph.
    """
    if model.answers.isdisjoint(_SCORED):
        raise models.cannot(model, "counterfactual", where)


def answer(model: Model, pairs: Pairs, asked: Protocol, said: Mapping[str, Any], bar: Bar = silent) -> Answers:
    """What a model says of the samples of a protocol: as much as it answers.

    Args:
        model: one that answers counterfactuals, or reads factors or latents, or has a graph.
        pairs: the split that is asked about.
        asked: the protocol.
        said: what else is to be told.
        bar: shows how far it is.
    """
    images, codes, latents = [], [], []
    with bar("counterfactuals", asked.rows) as advance:
        for rows in torch.split(torch.arange(asked.rows), evaluate.AT_ONCE):
            batch = pairs.batch(rows, model.device)
            if "counterfactual" in model.answers:
                do = DoTable(batch["do_mask"], batch["do_value"])
                images.append(to_bytes(model.predict(models.abducted(model, batch), do)))
            if "encode" in model.answers:
                codes.append(model.code.decode(model.codes(batch["image"])).cpu())
            if "latents" in model.answers:
                latents.append(model.latents(batch["image"]).cpu())
            advance(len(rows))
    graph = None if model.graph is None else (model.graph.cpu() > 0).long().numpy()
    drawn = torch.cat(images).numpy() if images else None
    read, unnamed = (torch.cat(parts).double().numpy() if parts else None for parts in (codes, latents))
    return Answers(model.name, drawn, read, graph, said, unnamed)


def score(
    answers: Answers,
    pairs: Pairs,
    asked: Protocol,
    regressor: Read,
    graph: Mapping[str, Any] | None,
    beside: Mapping[str, Answers] | None = None,
    bar: Bar = silent,
) -> dict[str, Any]:
    """Measure answers: every metric whose arrays are there, with the floors beside.

    Args:
        answers: of the protocol, in the order of its samples.
        pairs: the split, whose labels are whole.
        asked: the protocol.
        regressor: reads factors from images (:mod:`cdm.evaluation.reader`).
        graph: the part ``graph`` of the manifest; None if it is unknown.
        beside: other answers, by the names that their rows are to have.
        bar: shows how far it is.

    Raises:
        CdmError: if the labels of the split do not tell the truth, or a row beside has a name that is taken.
    """
    lacking = [name for name in _NEEDED if name not in pairs.arrays]
    if lacking:
        raise CdmError(f"the labels of {asked.split} do not tell {lacking[0]}, against which answers are scored")
    arrays: dict[str, Any] = dict(pairs.batch(torch.arange(asked.rows)))
    arrays |= {"code": pairs.code, "names": pairs.code.names}
    if answers.codes is not None:
        arrays["codes"] = pairs.code.encode(torch.tensor(answers.codes, dtype=torch.float32))
    read = answers.codes if answers.latents is None else answers.latents
    if read is not None:
        arrays["latents"] = torch.tensor(read)
    if answers.graph is not None and graph is not None:
        truth = torch.tensor(graph["adjacency"]["directed"])
        arrays |= {"graph": torch.tensor(answers.graph), "true_graph": truth}
    if answers.images is not None:
        arrays |= _drawn(answers.images, arrays, regressor, beside or {}, bar)
    told = {"model": answers.model, "protocol": asked.name, "protocol hash": asked.hash, "said": dict(answers.said)}
    return {**told, "samples": asked.rows, "factors": list(pairs.code.names), **metrics.score(arrays)}


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
