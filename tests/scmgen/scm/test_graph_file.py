"""Graphs that somebody drew or learned, from files: what is read of them, and what is refused in which words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from scmgen.errors import ScmgenError
from scmgen.scm import graph_file
from scmgen.scm.graph import edges, mutilated
from scmgen.scm.notation import Notation, write

LEARNED = {
    "names": ["a", "b", "c"],
    "adjacency": [[0, 1, 0], [0, 0, 0], [0, 0, 0]],
    "probability": [[0, 0.75, 0.2], [0, 0, 0.4], [0, 0.3, 0]],
    "undecided": [[0, 0, 1], [0, 0, 0], [1, 0, 0]],
}


def learned(**changes: Any) -> nx.MultiDiGraph:
    return graph_file.parse(json.dumps({**LEARNED, **changes}), Path("learned.json"))


def test_a_learned_graph_says_how_sure_it_is_and_what_stays_open() -> None:
    graph = learned()
    assert list(graph) == ["a", "b", "c"]
    assert edges(graph, "directed") == [("a", "b")] and edges(graph, "undecided") == [("a", "c")]
    assert graph["a"]["b"]["directed"]["probability"] == 0.75


def test_an_undecided_pair_that_has_an_edge_is_that_edge() -> None:
    graph = learned(undecided=[[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    assert edges(graph, "undecided") == [] and edges(graph, "directed") == [("a", "b")]


def test_a_graph_that_was_given_has_no_probabilities() -> None:
    graph = graph_file.parse(json.dumps({name: LEARNED[name] for name in ("names", "adjacency")}), Path("g.json"))
    assert [dict(data) for _, _, data in graph.edges(data=True)] == [{"kind": "directed"}]


def test_an_undecided_pair_survives_a_do_on_one_of_its_ends() -> None:
    assert edges(mutilated(learned(), ["c"]), "undecided") == [("a", "c")]
    assert edges(mutilated(learned(), ["b"]), "directed") == []


@pytest.mark.parametrize(
    ("notation", "line"), [("text", "a ? c  (undecided)"), ("dot", '  "a" -> "b" [label="0.75"];')]
)
def test_notations_say_it(notation: Notation, line: str) -> None:
    assert line in write(learned(), notation).splitlines()


@pytest.mark.parametrize("notation", ["dot", "dagitty", "json"])
def test_what_is_written_is_read_back(notation: Notation) -> None:
    graph = graph_file.parse('{"edges": [["x", "y"], ["x", "z"]], "bidirected": [["y", "z"]]}', Path("g"))
    again = graph_file.parse(write(graph, notation), Path("g"))
    assert all(edges(again, kind) == edges(graph, kind) for kind in ("directed", "bidirected"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"names": ["a", "a", "c"]}, "names: a list of different names is needed"),
        ({"names": []}, "names: a list of different names is needed"),
        ({"adjacency": [[0, 1], [0, 0]]}, "adjacency: 3 rows of 3 numbers from 0 to 1 are needed, one for each name"),
        ({"adjacency": "x"}, "adjacency: 3 rows of 3 numbers from 0 to 1 are needed, one for each name"),
        (
            {"probability": [[0, 2, 0]] * 3},
            "probability: 3 rows of 3 numbers from 0 to 1 are needed, one for each name",
        ),
        ({"adjacency": [[0, 1, 0], [0, 0, 1], [1, 0, 0]]}, "a cycle: a -> b -> c -> a; a causal graph has none"),
    ],
)
def test_matrices_that_fit_nothing(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        learned(**changes)
    assert str(caught.value) == f"learned.json: {problem}"


def test_an_import_needs_a_graph_that_is_decided(tmp_path: Path) -> None:
    (tmp_path / "g.json").write_text(json.dumps(LEARNED))
    with pytest.raises(ScmgenError, match=r"a and c are undecided; add the edge, or leave the pair out$"):
        graph_file.read(tmp_path / "g.json", {name: name for name in "abc"})


def test_a_file_without_nodes() -> None:
    with pytest.raises(ScmgenError, match=r"^g: a graph of no nodes$"):
        graph_file.parse("digraph {}", Path("g"))
