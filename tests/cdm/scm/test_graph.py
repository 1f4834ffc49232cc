"""Graphs as matrices."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")


from cdm.scm.graph import from_edges, present, reachability, stationary, topological


def test_graphs_are_walked_causes_first() -> None:
    chain = from_edges("abc", [("c", "b"), ("b", "a")])
    assert topological(chain) == [2, 1, 0]
    assert reachability(chain).tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    with pytest.raises(ValueError, match="a cycle among factors"):
        topological(from_edges("ab", [("a", "b"), ("b", "a")]))


def test_of_two_frames_the_edges_into_the_second_say_all() -> None:
    graph = from_edges(["a[-1]", "b[-1]", "a", "b"], [("b[-1]", "a[-1]"), ("a[-1]", "b"), ("a", "b")])
    assert present(graph, 2).nonzero().tolist() == [[0, 3], [2, 3]]
    assert stationary(graph, 2).nonzero().tolist() == [[0, 1], [0, 3], [2, 3]]
    chain = from_edges("ab", [("a", "b")])
    assert present(chain, 1).equal(chain) and stationary(chain, 1).equal(chain)
