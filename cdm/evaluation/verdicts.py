"""What could have told a found graph from the true one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from cdm.data.schema import misfit
from cdm.discovery.equivalence import essential


def known(graph: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What :func:`verdicts` needs of the part ``graph`` of a manifest, as plain JSON; None if no class can be told.

    ``directed`` is the true adjacency, ``loose`` the pairs that the data set's interventions do not orient either. With
    hidden common causes, classes of DAGs do not apply.
    """
    if graph is None or misfit(graph, {"adjacency": {"directed": [[float]]}}):
        return None
    adjacency, classed = graph["adjacency"], graph.get("equivalence_class")
    hidden = adjacency.get("bidirected", [])
    if misfit(hidden, [[float]]) or any(map(any, hidden)):
        return None
    loose = [] if misfit(classed, {"undirected": [[str]]}) else graph["equivalence_class"]["undirected"]
    return {"directed": adjacency["directed"], "loose": loose}


def verdicts(names: Sequence[str], adjacency: Tensor, undecided: Tensor, truth: Mapping[str, Any]) -> Iterator[str]:
    """Say of each pair that differs from the truth, or is undecided, what could have told.

    Args:
        names: the factors.
        adjacency, undecided: ``(d, d)``, the graph and what it leaves open.
        truth: what :func:`known` gave.
    """
    directed = torch.as_tensor(truth["directed"]) > 0
    open_, wrong = essential(directed)[1], (adjacency > 0) != directed
    loose = [{*pair} for pair in truth["loose"]]
    for i, j in torch.triu(wrong | wrong.T | (undecided > 0), 1).nonzero().tolist():
        what = "differs" if wrong[i, j] or wrong[j, i] else "is undecided"
        who = "only interventions tell" if open_[i, j] else "observation alone tells"
        who = "these data cannot tell" if {names[i], names[j]} in loose else who
        yield f"{names[i]} - {names[j]} {what}: {who}"
