"""The graph that comes with images: read in any customary way, or refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scmgen.errors import ScmgenError
from scmgen.scm.graph import adjacency, edges
from scmgen.scm.graph_files import graph_file
from scmgen.scm.notation import Notation, write

NAMES = {"A": "A", "B": "B", "long name": "long_name"}
KNOWN = "JSON, DOT ('digraph { a -> b }'), dagitty ('dag { a -> b }'), GML, GraphML, or CSV"
DIRECTED = [("A", "B"), ("B", "long_name")]


@pytest.mark.parametrize(
    "text",
    [
        '{"edges": [["A", "B"], ["B", "long name"]]}',
        '[["A", "B"], ["B", "long_name"]]',
        '{"nodes": ["A"], "edges": [{"source": "A", "target": "B"}, {"source": "B", "target": "long name"}]}',
        '{"directed": true, "graph": {"name": "x"}, "nodes": [{"id": "A"}], '
        '"links": [{"source": "A", "target": "B"}, {"source": "B", "target": "long_name"}]}',
        'digraph G { rankdir=LR; node [shape=box]; A [label="the first"]; A -> B; B -> "long name"; }',
        'digraph { A -> B -> "long name" [color=red] // a comment\n }',
        'dag { bb="0,0,1,1"\n A [exposure,pos="1,2"]\n B\n A -> B\n "long name" <- B\n}',
    ],
)
def test_a_graph_may_be_written_in_any_customary_way(text: str, tmp_path: Path) -> None:
    (tmp_path / "g").write_text(text)
    graph = graph_file.read(tmp_path / "g", NAMES)
    assert list(graph) == ["A", "B", "long_name"]
    assert (edges(graph, "directed"), edges(graph, "bidirected")) == (DIRECTED, [])


@pytest.mark.parametrize(
    "text",
    [
        '{"edges": [["A", "B"]], "bidirected": [["long name", "B"]]}',
        "dag { A -> B  B <-> long_name }",
        "dag { A -> B  U [latent]  U -> B  U -> long_name }",
        "dag { A -> B  U [latent] V [latent] V -> U U -> B  V -> long_name }",
        'digraph { A -> B; B -> "long name" [dir=both, style=dashed]; }',
        '{"nodes": [{"id": "U", "hidden": true}], "edges": [["A", "B"], ["U", "long_name"], ["U", "B"]]}',
    ],
)
def test_hidden_common_causes_become_bidirected_edges(text: str, tmp_path: Path) -> None:
    (tmp_path / "g").write_text(text)
    graph = graph_file.read(tmp_path / "g", NAMES)
    assert edges(graph, "directed") == [("A", "B")]
    assert edges(graph, "bidirected") == [("B", "long_name")]


def _file(folder: Path, text: str) -> Path:
    (folder / "g").write_text(text)
    return folder / "g"


@pytest.mark.parametrize("notation", ["json", "dot", "dagitty", "csv", "graphml"])
def test_what_scmgen_writes_of_a_graph_it_reads(notation: Notation, tmp_path: Path) -> None:
    graph = graph_file.read(
        _file(tmp_path, "dag { A -> B  A -> C  B <-> C  C -> D }"), dict(zip("ABCD", "ABCD", strict=True))
    )
    again = graph_file.read(_file(tmp_path, write(graph, notation)), dict(zip("ABCD", "ABCD", strict=True)))
    assert (list(again), sorted(again.edges(data="kind"))) == (list(graph), sorted(graph.edges(data="kind")))


def test_the_graph_of_a_data_set_is_read_from_its_files(small: Path) -> None:
    told = json.loads((small / "manifest.json").read_text())
    names = {name: name for name in told["factors"]}
    for name in ("graph.json", "manifest.json"):
        graph = graph_file.read(small / name, names)
        assert adjacency(graph).tolist() == told["graph"]["adjacency"]["directed"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"edges": [["A", "b"]]}', "'b' is no factor; allowed: A, B, long name, long_name"),
        ('{"edges": [["A", "long nam"]]}', "'long nam' is no factor; did you mean 'long name'?"),
        ('{"nodes": [{"id": "Z"}], "edges": []}', "'Z' is no factor; allowed: A, B, long name, long_name"),
        ("dag { A -> B Z }", "'Z' is no factor; allowed: A, B, long name, long_name"),
        ('{"edges": [["A", "B"], ["B", "A"]]}', "a cycle: A -> B -> A; a causal graph has none"),
        ('{"edges": [["A", "A"]]}', "a cycle: A -> A; a causal graph has none"),
        ("dag { A <-> A }", "A <-> A: an edge joins two factors"),
        ('{"edges": [["A"]]}', '["A"] is no edge; write ["cause", "effect"]'),
        ('{"edges": [["A", 1]]}', '["A", 1] is no edge; write ["cause", "effect"]'),
        (
            '{"edges": [{"source": "A", "target": "B", "kind": "undirected"}]}',
            "an edge is of kind 'undirected'; did you mean 'directed'?",
        ),
        ("{}", 'no edges found; write {"edges": [["cause", "effect"], ...]}, or node-link JSON'),
        ('{"directed": false, "edges": []}', "the graph is undirected; edges from cause to effect are needed"),
        ("{", "is not valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (
            "graph { A -- B }",
            f"undirected: a graph is {KNOWN}",
        ),
        ("A -> B", f"not understood: a graph is {KNOWN}"),
        ("dag { A -- B }", "found '--' after 'A'; write a -> b or a <-> b"),
        ("dag { -> B }", "found '->' after ''; write a -> b or a <-> b"),
        ("dag { A -> }", "found '}' after 'A ->'; write an edge a line"),
        ("digraph { {A B} -> C }", "found '{' after ''; write an edge a line"),
        ("dag { A -> B ] }", "not understood: '] }'"),
    ],
)
def test_a_graph_that_cannot_be_used_is_told(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        graph_file.read(_file(tmp_path, text), NAMES)
    assert str(caught.value) == f"{tmp_path / 'g'}: {message}"


def test_a_graph_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScmgenError, match=r"nowhere: cannot be read: No such file or directory$"):
        graph_file.read(tmp_path / "nowhere", NAMES)
