"""How a graph differs from the true one: matrices ``(d, d)``, 1 from cause to effect, without cycles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from cdm.evaluation.metrics.registry import metric, score
from cdm.metrics import graphs as plain

_BOTH = ("graph", "true_graph")


@metric("graph/SHD", _BOTH, "lower", "Tsamardinos et al. 2006 (Machine Learning 65), structural Hamming distance")
def hamming(graph: Tensor, truth: Tensor) -> int:
    """The structural Hamming distance; a turned edge counts once."""
    return plain.shd(*_arrays(graph, truth))


@metric("graph/SID", _BOTH, "lower", "Peters and Buehlmann 2015, arXiv 1306.1043")
def interventional(graph: Tensor, truth: Tensor) -> int:
    """The structural intervention distance: pairs whose effect this graph's parents would misjudge."""
    return plain.sid(*_arrays(graph, truth))


@metric("graph/parent-AID", _BOTH, "lower", "Henckel, Wuertzen and Weichwald 2024, arXiv 2402.08616")
def adjustment(graph: Tensor, truth: Tensor) -> int:
    """The adjustment identification distance, for adjustment by parents."""
    return plain.parent_aid(*_arrays(graph, truth))


@metric("graph/precision", _BOTH, "higher", "share of the model's edges that are true")
def precision(graph: Tensor, truth: Tensor) -> float:
    """The share of its edges that are true; 1 without edges."""
    return plain.edge_scores(*_arrays(graph, truth))["precision"]


@metric("graph/recall", _BOTH, "higher", "share of the true edges that are the model's")
def recall(graph: Tensor, truth: Tensor) -> float:
    """The share of the true edges that it has; 1 if there are none."""
    return plain.edge_scores(*_arrays(graph, truth))["recall"]


@metric("edges", ("graph", "names"), None, "the model's edges by the factors' names")
def edges(graph: Tensor, names: Sequence[str]) -> list[tuple[str, str]]:
    """Its edges, from cause to effect."""
    return [(names[i], names[j]) for i, j in graph.nonzero().tolist()]


def graph_scores(graph: Tensor, truth: Tensor) -> dict[str, Any]:
    """All scores of a graph by name."""
    scores: dict[str, Any] = score({"graph": graph, "true_graph": truth})["graph"]
    return scores


def _arrays(graph: Tensor, truth: Tensor) -> tuple[NDArray[Any], NDArray[Any]]:
    return graph.cpu().numpy(), truth.cpu().numpy()
