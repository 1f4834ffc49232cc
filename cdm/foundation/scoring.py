"""How well the pipeline did: what a judge finds of it, and on scenes with a truth how far each part is from that."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cdm.errors import CdmError
from cdm.foundation.perceptual import Perceptual
from cdm.foundation.protocols import Edit, Judge, Manipulation, Picture
from cdm.foundation.semantic import SemanticSCM
from cdm.metrics import counterfactuals, graphs
from cdm.scm.codes import Code
from cdm.scm.domains import Categorical


def efficacy(judge: Judge, image: Picture, edits: Sequence[Edit]) -> dict[str, Any]:
    """VLM-Eff of FM-CGM: the share of the edited concepts that a judge finds in a picture. Best: 1.

    Returns:
        ``share``, ``judge`` (its name) and ``found``, whether it is, by concept.
    """
    found = {edit.concept: judge.finds(image, edit.concept, edit.after) for edit in edits}
    return {"share": sum(found.values()) / len(found), "judge": judge.name, "found": found}


def structure(scm: SemanticSCM, truth: SemanticSCM) -> dict[str, Any]:
    """How a graph differs from the true one, over the concepts of both.

    Returns:
        ``SHD`` (a concept that one of the two lacks has no edges there), ``precision``, ``recall`` and ``F1`` of edges,
        and the concepts that are ``missing`` and those that are in ``addition``.
    """
    names = list(dict.fromkeys((*truth.names, *scm.names)))
    mine, true = (_matrix(names, each) for each in (scm, truth))
    missing = [name for name in truth.names if name not in scm.names]
    addition = [name for name in scm.names if name not in truth.names]
    scores = graphs.edge_scores(mine, true)
    return {"SHD": graphs.shd(mine, true), **scores, "missing": missing, "addition": addition}


def readings(scm: SemanticSCM, code: Code, truth: NDArray[np.float64]) -> dict[str, float]:
    """How far values that were read are from the true ones ``(d,)``: the error of each factor, as a share of its range.

    What is no value of its factor, or is missing, has the error 1; so has a wrong level.
    """
    said = {concept.name: concept.value for concept in scm.concepts}
    return {name: _error(code, name, said.get(name, ""), float(truth[k])) for k, name in enumerate(code.names)}


def propagation(
    manipulation: Manipulation, truth: SemanticSCM, code: Code, after: NDArray[np.float64]
) -> dict[str, Any]:
    """How far the values of the descendants of the target are from those of the true twin.

    Args:
        manipulation: what was said.
        truth: the true semantic SCM before.
        code: the factors.
        after: their true values ``(d,)`` in the twin.

    Returns:
        ``error``, the mean over the true descendants, as a share of the range, ``identity``, that of values that stay
        as they were, and both ``by concept``; None if nothing comes after the target. ``moved``: concepts that come not
        after it, and were changed all the same.
    """
    told = {edit.concept: edit.after for edit in manipulation.edits}
    target, below = manipulation.target.concept, truth.descendants(manipulation.target.concept)
    rows = {}
    for name in below:
        true, stays = float(after[code.index(name)]), truth[name].value
        rows[name] = (_error(code, name, told.get(name, stays), true), _error(code, name, stays, true))
    mean = np.mean(list(rows.values()), axis=0).tolist() if rows else (None, None)
    moved = [name for name in told if name != target and name not in below]
    return {"error": mean[0], "identity": mean[1], "by concept": rows, "moved": moved}


def pixels(image: Picture, truth: Picture, before: Picture) -> dict[str, dict[str, float]]:
    """L1 to the true counterfactual, of the picture and of one in which nothing changes, from 0 to 1. Best: 0.

    Raises:
        CdmError: if the pictures are not of one size.
    """
    true, factual = truth[None] / 255, before[None] / 255
    rows = {"picture": image, "identity": before}
    return {name: counterfactuals.pixel_errors(row[None] / 255, true, factual) for name, row in rows.items()}


def distance(network: Perceptual, image: Picture, other: Picture) -> float:
    """How far two pictures of one size are apart in the features of a network; LPIPS, if it has the weights of that."""
    ones, others = ((part[None] / np.float32(127.5) - 1) for part in (image, other))
    return counterfactuals.perceptual(ones, others, network.backbone, network.weights)


def mean(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The means of numbers that stand in the same places of many tables; what is no number is left out."""
    out: dict[str, Any] = {}
    for name in dict.fromkeys(name for table in tables for name in table):
        held = [table[name] for table in tables if table.get(name) is not None]
        if held and all(isinstance(value, Mapping) for value in held):
            out[name] = mean(held)
        elif held and all(isinstance(value, int | float) for value in held):
            out[name] = float(np.mean(held))
    return out


def _matrix(names: Sequence[str], scm: SemanticSCM) -> NDArray[np.int64]:
    matrix = np.zeros((len(names), len(names)), np.int64)
    for cause, effect in scm.edges:
        matrix[names.index(cause), names.index(effect)] = 1
    return matrix


def _error(code: Code, name: str, word: str, true: float) -> float:
    """The error of a value in words, as a share of the range, at most 1."""
    factor = code.factors[code.index(name)]
    domain = factor.domain
    try:
        said = factor.read(word) if isinstance(domain, Categorical) else float(word)
    except (CdmError, ValueError):
        return 1.0
    if not math.isfinite(said):
        return 1.0
    return min(1.0, float(domain.misread(*(domain.encode(torch.tensor([value])) for value in (said, true)))))
