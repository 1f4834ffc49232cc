"""Questions about the graph: right by the manifest, half of them yes, and hard where they are no."""

from __future__ import annotations

from collections import Counter

import pytest
from questions import Asked, Line


def true(asked: Asked) -> set[tuple[str, str]]:
    part = asked.data.manifest["graph"]["adjacency"]
    rows = zip(part["names"], part["directed"], strict=True)
    return {(a, b) for a, row in rows for b, mark in zip(part["names"], row, strict=True) if mark}


def chosen(line: Line, key: Line) -> str:
    return str(next(choice["text"] for choice in line["choices"] if choice["letter"] == key["answer"]))


@pytest.mark.parametrize("shots", [0, 2])
def test_an_edge_is_there_or_not(shots: int, described: Asked) -> None:
    edges, found = true(described), described.of("edge", shots)
    assert Counter(chosen(line, key) for line, key in found) == {"yes": 4, "no": 4}
    for line, key in found:
        assert (chosen(line, key) == "yes") == ((key["cause"], key["effect"]) in edges)
    assert Counter(key["relation"] for _, key in found) == {"edge": 4, "reverse": 2, "confounded": 2}


def test_examples_set_the_two_factors_first(described: Asked) -> None:
    labels, names = described.labels(), list(described.data.factors)
    for _, key in described.of("edge", 2):
        targets = [names[labels[one]["do_mask"].index(1)] for one in key["examples"]]
        assert targets == [key["cause"], key["effect"]]


def test_one_graph_is_the_true_one(described: Asked) -> None:
    for line, key in described.of("graph"):
        graphs = [{(a, b) for a, b in edges} for edges in key["graphs"]]
        assert [graph == true(described) for graph in graphs].index(True) == "ABCD".index(key["answer"])
        assert len({frozenset(graph) for graph in graphs}) == 4
        assert [choice["text"].count(" causes ") for choice in line["choices"]] == list(map(len, graphs))
