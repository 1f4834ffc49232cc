"""How a graph differs from the true one: matrices ``(d, d)``, 1 from cause (row) to effect (column)."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cdm.errors import CdmError
from cdm.metrics.arrays import Flags, Reals, reals


def shd(graph: ArrayLike, truth: ArrayLike) -> int:
    """The structural Hamming distance: edges to add, take away or turn; a turned edge counts once. Best: 0.

    Tsamardinos, Brown and Aliferis 2006, Machine Learning 65.
    """
    mine, true = _edges(graph, truth)
    wrong = mine != true
    return int(np.triu(wrong | wrong.T).sum())


def sid(graph: ArrayLike, truth: ArrayLike) -> int:
    """The structural intervention distance: pairs whose effect the graph's parents would misjudge. Best: 0.

    Peters and Buehlmann 2015, arXiv 1306.1043; counted by gadjid.
    """
    return _gadjid("sid", graph, truth)


def parent_aid(graph: ArrayLike, truth: ArrayLike) -> int:
    """The adjustment identification distance, for adjustment by parents. Best: 0.

    Henckel, Wuertzen and Weichwald 2024, arXiv 2402.08616; counted by gadjid.
    """
    return _gadjid("parent_aid", graph, truth)


def edge_scores(graph: ArrayLike, truth: ArrayLike) -> dict[str, float]:
    """``precision``, ``recall`` and ``F1`` of the directed edges. Best: 1.

    Without any edge precision is 1, without a true edge recall is 1.
    """
    return _scores(*_edges(graph, truth))


def closure_scores(graph: ArrayLike, truth: ArrayLike) -> dict[str, float]:
    """:func:`edge_scores` of who causes whom, at any distance: of the transitive closures."""
    mine, true = _edges(graph, truth)
    return _scores(closure(mine), closure(true))


def auroc(probabilities: ArrayLike, truth: ArrayLike) -> float:
    """The chance that a true edge is more probable than what is none; ties count half. Best: 1, chance .5.

    Args:
        probabilities: ``(d, d)``, of each edge; the diagonal is not looked at.
        truth: the true graph.

    Returns:
        NaN if all or none of the edges are true.
    """
    given, true = _square(probabilities, "probabilities"), _square(truth, "truth") > 0
    if given.shape != true.shape:
        raise CdmError(f"graphs of one size are needed, found {given.shape} and {true.shape}")
    beside = ~np.eye(len(true), dtype=np.bool_)
    yes, no = given[beside & true], given[beside & ~true]
    if not (yes.size and no.size):
        return float("nan")
    return float((yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean())


def effect_error(effects: ArrayLike, truth: ArrayLike) -> float:
    """The mean absolute difference of two matrices of effects ``(d, d)`` beside their diagonals. Best: 0.

    An entry is how much a do on the row moves the column, in any unit that both share.
    """
    mine, true = _square(effects, "effects"), _square(truth, "truth")
    if mine.shape != true.shape:
        raise CdmError(f"matrices of one size are needed, found {mine.shape} and {true.shape}")
    beside = ~np.eye(len(true), dtype=np.bool_)
    return float(np.abs(mine - true)[beside].mean()) if beside.any() else 0.0


def closure(graph: Flags) -> Flags:
    """Who is reached from whom, along one edge or more."""
    reached = graph.copy()
    for k in range(len(graph)):
        reached |= reached[:, k, None] & reached[k]
    return reached


def _scores(mine: Flags, true: Flags) -> dict[str, float]:
    both = float((mine & true).sum())
    precision, recall = (both / float(of.sum()) if of.any() else 1.0 for of in (mine, true))
    return {
        "precision": precision,
        "recall": recall,
        "F1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
    }


def _square(matrix: ArrayLike, what: str) -> Reals:
    found = reals(matrix, 2, what)
    if found.shape[0] != found.shape[1]:
        raise CdmError(f"{what}: a square matrix is needed, found one of shape {found.shape}")
    return found


def _edges(graph: ArrayLike, truth: ArrayLike) -> tuple[Flags, Flags]:
    mine, true = _square(graph, "graph") > 0, _square(truth, "truth") > 0
    if mine.shape != true.shape:
        raise CdmError(f"graphs of one size are needed, found {mine.shape} and {true.shape}")
    return mine, true


def _gadjid(name: str, graph: ArrayLike, truth: ArrayLike) -> int:
    try:
        counted: Any = importlib.import_module("gadjid")
    except ImportError:
        raise CdmError(f"{name} needs gadjid: pip install 'scmgen[cdm]'") from None
    mine, true = _edges(graph, truth)
    for what, edges in (("graph", mine), ("truth", true)):
        if closure(edges).diagonal().any():
            raise CdmError(f"{name}: {what}: a graph without cycles is needed")
    told = (edges.astype(np.int8) for edges in (true, mine))
    return int(getattr(counted, name)(*told, edge_direction="from row to column")[1])
