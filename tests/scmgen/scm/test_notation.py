"""Notations of a graph: what is written, and each read by the library that owns it."""

from __future__ import annotations

import io
import json

import networkx as nx
import pytest
from confounded import CONFOUNDED, confounded, example, kinds
from libraries import old_names

from scmgen.dataset import catalogue
from scmgen.publish import interop
from scmgen.scm import graph as graphs
from scmgen.scm.graph import edges
from scmgen.scm.notation import Notation, node_link, write


@pytest.mark.parametrize(
    ("notation", "text"),
    [
        ("text", "angle    (root)\nlamp     (root)\nlen   <- angle, lamp\nlamp <-> len  (hidden common cause)"),
        (
            "dot",
            'digraph {\n  "angle";\n  "lamp";\n  "len";\n  "angle" -> "len";\n  "lamp" -> "len";\n'
            '  "lamp" -> "len" [dir=both, style=dashed];\n}',
        ),
        ("dagitty", "dag {\n  angle\n  lamp\n  len\n  angle -> len\n  lamp -> len\n  lamp <-> len\n}"),
    ],
)
def test_notations(notation: Notation, text: str) -> None:
    assert write(example(), notation) == text


def test_json_is_node_link_and_comes_back() -> None:
    graph = example()
    data = json.loads(write(graph, "json"))
    assert data == node_link(graph)
    assert data == {
        "directed": True,
        "multigraph": True,
        "graph": {},
        "nodes": [{"id": "angle"}, {"id": "lamp"}, {"id": "len"}],
        "edges": [
            {"kind": "directed", "source": "angle", "target": "len", "key": 0},
            {"kind": "directed", "source": "lamp", "target": "len", "key": 0},
            {"kind": "bidirected", "source": "lamp", "target": "len", "key": 1},
        ],
    }
    back = nx.node_link_graph(data, edges="edges")
    assert edges(back, "directed") == edges(graph, "directed")
    assert edges(back, "bidirected") == edges(graph, "bidirected")


# Each read by the library that owns it


def test_csv_is_read_by_pandas() -> None:
    import pandas

    text = write(confounded().factor_graph, "csv")
    table = pandas.read_csv(io.StringIO(text), index_col=0)
    assert list(table.index) == list(table.columns) == ["angle", "lamp", "len", "alone"]
    assert (table % 2).to_numpy().tolist() == graphs.adjacency(confounded().factor_graph).tolist()
    assert (table // 2).to_numpy().tolist() == graphs.adjacency(confounded().factor_graph, "bidirected").tolist()
    assert table.loc["lamp", "len"] == 3
    assert table.loc["len", "lamp"] == 2


def test_csv_of_a_dag_is_a_matrix_that_networkx_takes_for_the_graph() -> None:
    import pandas

    scene = catalogue.load_scene("pendulum")
    table = pandas.read_csv(io.StringIO(write(scene.factor_graph, "csv")), index_col=0)
    graph = nx.from_pandas_adjacency(table, create_using=nx.DiGraph)
    assert nx.utils.graphs_equal(nx.DiGraph(graph.edges), interop.to_networkx(scene))


def test_graphml_is_read_by_networkx() -> None:
    scene = confounded()
    graph = graphs.full_graph(scene.scm, scene.factors)
    text = write(graph, "graphml")
    back = nx.parse_graphml(text, force_multigraph=True)
    assert dict(back.nodes(data=True)) == dict(graph.nodes(data=True))
    assert kinds(back) == kinds(graph)
    mixed = nx.parse_graphml(write(scene.factor_graph, "graphml"))
    assert sorted(mixed.edges(data="kind", keys=True)) == [
        ("angle", "len", 0, "directed"),
        ("lamp", "len", 1, "directed"),
        ("lamp", "len", 2, "bidirected"),
    ]


def test_dot_is_read_by_pydot() -> None:
    with old_names():
        pydot = pytest.importorskip("pydot", reason="comes with dowhy")
    scene = confounded()
    with old_names():
        (dot,) = pydot.graph_from_dot_data(write(graphs.full_graph(scene.scm, scene.factors), "dot"))
        (mixed,) = pydot.graph_from_dot_data(write(scene.factor_graph, "dot"))
    assert [node.get_name().strip('"') for node in dot.get_nodes()] == list(CONFOUNDED)
    assert [node.get_name().strip('"') for node in dot.get_nodes() if node.get("style") == "dashed"] == ["h"]
    found = [(edge.get_source(), edge.get_destination(), edge.get("dir")) for edge in mixed.get_edges()]
    assert found == [('"angle"', '"len"', None), ('"lamp"', '"len"', None), ('"lamp"', '"len"', "both")]


def test_dagitty_is_read_by_pgmpy() -> None:
    base = pytest.importorskip("pgmpy.base", reason="in the extra interop")
    scene = confounded()
    with old_names():
        mixed = base.DAG.from_dagitty(write(scene.factor_graph, "dagitty"))
        full = base.DAG.from_dagitty(write(graphs.full_graph(scene.scm, scene.factors), "dagitty"))
    ours = interop.to_pgmpy(scene)
    assert set(mixed.nodes) == set(ours.nodes)
    assert set(mixed.edges) == set(ours.edges)
    assert mixed.latents == ours.latents == {"u_lamp_len"}
    assert set(full.nodes) == set(CONFOUNDED)
    assert set(full.edges) == set(scene.graph.edges)
    assert full.latents == {"h"}
