"""Graphs that somebody drew or learned, from files: what is read of them, and what is refused in which words."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from scmgen.errors import ScmgenError
from scmgen.scm.graph import edges, mutilated
from scmgen.scm.graph_files import graph_file
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


def refusal(text: str) -> str:
    with pytest.raises(ScmgenError) as caught:
        graph_file.parse(text, Path("g"))
    return str(caught.value)


def test_no_text_takes_longer_than_its_length_allows() -> None:
    before = time.thread_time()
    for text in (
        "w" * 400_000,
        "/*" * 200_000,
        "\n" * 400_000 + "x",
        "digraph " + "w " * 200_000,
        "strict " + " " * 400_000,
    ):
        assert refusal(text).startswith("g: not understood: a graph is JSON, DOT")
    assert refusal("dag {" + " " * 400_000) == "g: a graph of no nodes"
    assert time.thread_time() - before < 5


def test_what_is_no_file_of_a_bounded_size_is_never_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_text("{}")
    os.truncate(tmp_path / "large", 5_000_000_000)
    for name, told in {
        "pipe": "is a FIFO; a regular file is needed",
        "large": "has 5,000,000,000 bytes; at most 16,000,000 are read",
    }.items():
        with pytest.raises(ScmgenError, match=f"{name}: {told}$"):
            graph_file.read(tmp_path / name, {"a": "a"})
    with pytest.raises(ScmgenError, match=r"^standard input: has more than 16,000,000 bytes$"):
        graph_file.decoded(b" " * (graph_file.MOST_BYTES + 1), Path("standard input"))


def test_hidden_nodes_are_projected_out_up_to_a_number(tmp_path: Path) -> None:
    names = {"a": "a", "b": "b"}
    chain = " ".join(f"h{i} [latent] h{i} -> h{i + 1}" for i in range(60))
    (tmp_path / "g").write_text(f"dag {{ {chain} h60 [latent] h60 -> a h60 -> b }}")
    graph = graph_file.read(tmp_path / "g", names)
    assert (edges(graph, "directed"), edges(graph, "bidirected")) == ([], [("a", "b")])
    many = " ".join(f"h{i} [latent] h{i} -> a" for i in range(101))
    (tmp_path / "g").write_text(f"dag {{ {many} a -> b }}")
    with pytest.raises(ScmgenError, match=r"g: has 101 hidden nodes; at most 100 are projected out$"):
        graph_file.read(tmp_path / "g", names)


@pytest.mark.parametrize("text", ["dag {5 ==; b -> c }", "dag { = 3 }", "digraph { a -> b; = }", "dag { a = = b }"])
def test_an_option_without_a_name_is_refused(text: str) -> None:
    with pytest.raises(ScmgenError, match=r"^g: found '=' after "):
        graph_file.parse(text, Path("g"))
