"""Scores of graphs."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.evaluation.metrics import graphs
from cdm.scm.graph import from_edges


def test_graph_scores_count_a_turned_edge_once() -> None:
    truth, turned, empty = (
        from_edges("abc", [("a", "b"), ("b", "c")]),
        from_edges("abc", [("b", "a"), ("b", "c")]),
        torch.zeros(3, 3),
    )
    assert graphs.graph_scores(truth, truth) == {"SHD": 0, "SID": 0, "parent-AID": 0, "precision": 1, "recall": 1}
    scores = graphs.graph_scores(turned, truth)
    assert (scores["SHD"], scores["precision"], scores["recall"]) == (1, 0.5, 0.5)
    assert scores["SID"] > 0
    assert graphs.graph_scores(empty, truth)["SHD"] == 2
