"""Graphs as matrices."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")


from cdm.scm.graph import from_edges, reachability, topological


def test_graphs_are_walked_causes_first() -> None:
    chain = from_edges("abc", [("c", "b"), ("b", "a")])
    assert topological(chain) == [2, 1, 0]
    assert reachability(chain).tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    with pytest.raises(ValueError, match="a cycle among factors"):
        topological(from_edges("ab", [("a", "b"), ("b", "a")]))
