"""What a graph from a file may be: bounded, and its names text."""

from __future__ import annotations

from pathlib import Path

import pytest

from scmgen.errors import ScmgenError
from scmgen.scm.graph_files.drawn_graph import MOST_EDGES, MOST_NODES, DrawnGraph, check


def test_a_graph_that_can_be_worked_with_is_given_back() -> None:
    drawn = DrawnGraph([("a", "b", "directed")], ["Größe (cm)"])
    assert check(drawn, Path("g")) is drawn
    assert check(DrawnGraph(nodes=[f"n{i}" for i in range(MOST_NODES)]), Path("g")).edges == []


@pytest.mark.parametrize(
    ("drawn", "told"),
    [
        (DrawnGraph(nodes=[f"n{i}" for i in range(MOST_NODES + 1)]), "g: has 2,001 nodes; at most 2,000 are read"),
        (DrawnGraph([("a", "b", "directed")] * (MOST_EDGES + 1)), "g: has 100,001 edges; at most 100,000 are read"),
        (DrawnGraph([("a", "\ud800", "directed")]), "g: '\\ud800' cannot name a node: it is no text"),
    ],
)
def test_a_graph_that_cannot_be_worked_with_is_told(drawn: DrawnGraph, told: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        check(drawn, Path("g"))
    assert str(caught.value) == told
