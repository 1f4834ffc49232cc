"""Graphs in the notations of other tools: read as they write them, and refused in words."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest

from scmgen.errors import ScmgenError
from scmgen.scm.graph import edges
from scmgen.scm.graph_files import graph_file
from scmgen.scm.notation import Notation, write


def drawn(text: str) -> tuple[list[str], list[tuple[str, str]], list[tuple[str, str]]]:
    graph = graph_file.parse(text, Path("g"))
    return list(graph), edges(graph, "directed"), edges(graph, "bidirected")


def refusal(text: str) -> str:
    with pytest.raises(ScmgenError) as caught:
        graph_file.parse(text, Path("g"))
    return str(caught.value)


ABC = (["a", "b", "c"], [("a", "b"), ("b", "c")], [])


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(nx.generate_gml(nx.DiGraph([("a", "b"), ("b", "c")]))),
        "\n".join(nx.generate_graphml(nx.DiGraph([("a", "b"), ("b", "c")]))),
        'Creator "igraph version 0.10"\nVersion 1\ngraph\n[\n  directed 1\n'
        '  node\n  [\n    id 0\n    name "a"\n  ]\n  node\n  [\n    id 1\n    name "b"\n  ]\n'
        '  node\n  [\n    id 2\n    name "c"\n  ]\n  edge\n  [\n    source 0\n    target 1\n  ]\n'
        "  edge\n  [\n    source 1\n    target 2\n  ]\n]\n",
        '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
        '<key id="v_name" for="node" attr.name="name" attr.type="string"/><graph id="G" edgedefault="directed">'
        '<node id="n0"><data key="v_name">a</data></node><node id="n1"><data key="v_name">b</data></node>'
        '<node id="n2"><data key="v_name">c</data></node>'
        '<edge source="n0" target="n1"/><edge source="n1" target="n2"/></graph></graphml>',
        "source,target\na,b\nb,c\n",
        "a;b\nb;c\n",
        "from\tto\tkind\na\tb\tdirected\nb\tc\t->\n",
        ",a,b,c\na,0,1,0\nb,0,0,1\nc,0,0,0\n",
        '"","a","b","c"\n"c",0,0,0\n"a",0,1.0,0\n"b",0,0,1\n',
        "a,b,c\n0,1,0\n0,0,1\n0,0,0\n",
    ],
)
def test_graphs_of_other_tools_are_read_as_they_write_them(text: str) -> None:
    assert drawn(text) == ABC


def test_a_list_of_edges_is_no_matrix() -> None:
    assert drawn("a,b\nb,c\n") == ABC
    assert drawn("a,b,<->\nb,c,->\n") == (["a", "b", "c"], [("b", "c")], [("a", "b")])
    assert drawn("a,b\n0,1\n0,0\n")[:2] == (["a", "b"], [("a", "b")])


@pytest.mark.parametrize("notation", ["csv", "graphml", "dot", "dagitty", "json"])
def test_what_is_written_is_read_back_with_hidden_nodes_and_common_causes(notation: Notation) -> None:
    graph = graph_file.parse("dag { a -> b  b <-> c  c -> d  u [latent]  u -> a  a <-> d  a -> d }", Path("g"))
    again = graph_file.parse(write(graph, notation), Path("g"))
    assert list(again) == list(graph)
    assert [sorted(edges(again, kind)) for kind in ("directed", "bidirected")] == [
        sorted(edges(graph, kind)) for kind in ("directed", "bidirected")
    ]
    if notation != "csv":
        assert [node for node, hidden in again.nodes(data="hidden") if hidden] == ["u"]


GRAPHML = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">{}</graph></graphml>'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY more "&lol;&lol;">]><graphml>&more;</graphml>',
            "has a DOCTYPE or ENTITY, which no GraphML needs; remove it",
        ),
        ('<?xml version="1.0"?><!dOcTyPe a><a/>', "has a DOCTYPE or ENTITY, which no GraphML needs; remove it"),
        ("<svg/>", "is not valid GraphML: file not successfully read as graphml"),
        ("<graphml", "is not valid GraphML: unclosed token: line 1, column 0"),
        (GRAPHML.replace("directed", "undirected").format('<node id="a"/>'), "the graph is undirected; edges from"),
        ("graph [ directed 1 node [ id [ a 1 ] ] ]", "is not valid GML: unhashable type: 'dict'"),
        ("graph [ node [ id 0 ] ]", "the graph is undirected; edges from cause to effect are needed"),
        ("graph [ directed 1 ]", "a graph of no nodes"),
        ("graph [", "is not valid GML: expected ']', found EOF"),
        ('graph [ directed 1 node [ id 0 label "&#xD800;" ] ]', "'\\ud800' cannot name a node: it is no text"),
        (
            'graph [ directed 1 node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 kind "maybe" ] ]',
            "an edge is of kind 'maybe'; allowed: bidirected, directed",
        ),
        ('{"edges": [["\\ud800", "b"]]}', "'\\ud800' cannot name a node: it is no text"),
        ("a,b\nb\n", "g, line 2: 1 cells are no edge; write cause,effect in each, or a matrix with a line of names"),
        ("a,b,0.4\n", "g, line 1: an edge is of kind '0.4'; allowed: ->, <->, bidirected, directed"),
        (
            ",a,b\na,0,0.4\nb,0,0\n",
            "g, line 2, column 'b': found '0.4'; write 1 where the row causes the column (2 for <->, 3 for both), or 0",
        ),
        (",a,a\na,0,1\na,0,0\n", "names of columns are missing or stand there twice"),
        (",a,b\na,0\nb,0,0\n", "g, line 2: 1 numbers for 2 names"),
        ('"a,b\n', "g, line 1: is not a row of a table: unexpected end of data"),
    ],
)
def test_a_graph_of_another_tool_that_cannot_be_used_is_told(text: str, told: str) -> None:
    found = refusal(text)
    assert found.startswith(told if told.startswith("g, ") else f"g: {told}")


def test_a_text_that_is_too_large_or_too_deep_is_told() -> None:
    nodes = "".join(f'<node id="{i}"/>' for i in range(3_000))
    for text, told in {
        GRAPHML.format(nodes): "has 3,000 nodes; at most 2,000 are read",
        '{"names": [' + ",".join(f'"{i}"' for i in range(3_000)) + "]}": "has 3,000 nodes; at most 2,000 are read",
        "a,b\n" * 150_000: "has 150,000 edges; at most 100,000 are read",
        "dag {" + " a -> b" * 1_000_000 + "}": "has 7,000,006 characters; at most 4,000,000 are read, or more as JSON",
        "graph [ directed 1 " + "a [ " * 5_000: "brackets within brackets, 5,001 deep; at most 16 are read",
        "graph [ directed 1 node [ id " + "9" * 5_000 + " ] ]": "is not valid GML: Exceeds the limit (4300 digits)",
        '{"edges": ' + "9" * 5_000 + "}": "is not valid JSON: Exceeds the limit (4300 digits)",
        "[" * 100_000: "is not valid JSON: maximum recursion depth exceeded",
    }.items():
        assert refusal(text).startswith(f"g: {told}")
