"""Classes of graphs that the same data fit."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.discovery import equivalence
from cdm.scm.graph import from_edges


@pytest.mark.parametrize(
    ("edges", "lines"),
    [
        ([("a", "b"), ("b", "c"), ("c", "d")], [["a", "b"], ["b", "c"], ["c", "d"]]),  # a chain: nothing
        ([("a", "b"), ("b", "d"), ("c", "d")], [["a", "b"]]),
        ([("a", "c"), ("b", "c"), ("c", "d")], []),  # Meek's first rule
        ([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")], [["a", "b"], ["a", "c"]]),
        ([("a", "b"), ("a", "c"), ("a", "d"), ("b", "d"), ("c", "d")], [["a", "b"], ["a", "c"]]),  # the third
    ],
)
def test_observation_alone_orients_what_it_can(edges: list[tuple[str, str]], lines: list[list[str]]) -> None:
    truth = from_edges("abcd", edges)
    arrows, loose = equivalence.essential(truth)
    open_ = [["abcd"[i], "abcd"[j]] for i, j in loose.triu().nonzero().tolist()]
    assert open_ == lines
    assert (truth[arrows] == 1).all()
    again = equivalence.essential(equivalence.extend(arrows, loose))
    assert torch.equal(again[0], arrows) and torch.equal(again[1], loose)  # an extension is of the same class
