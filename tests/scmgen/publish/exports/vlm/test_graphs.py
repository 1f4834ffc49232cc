"""Graphs: what a pair is in one, and three others that stand as near to it as to one another."""

from __future__ import annotations

import dataclasses

import networkx as nx
import pytest

import scmgen
from scmgen import ScmgenError
from scmgen.publish.exports.vlm.graphs import Edges, Graph, true
from scmgen.publish.exports.vlm.lots import Lots
from scmgen.storage.entries import EdgeLists
from scmgen.storage.loading.reader import Data
from scmgen.storage.manifest import Manifest

CHAIN = Graph(("a", "b", "c", "d", "e"), Edges({("a", "b"), ("b", "c"), ("a", "d")}), Edges({("c", "e"), ("e", "c")}))


def test_a_pair_without_an_edge_is_told_by_what_it_is_instead() -> None:
    told = {pair: CHAIN.relation(*pair) for pair in CHAIN.pairs()}
    assert told["a", "b"] == "edge" and told["b", "a"] == "reverse" and told["a", "c"] == "indirect"
    assert told["c", "d"] == told["d", "b"] == told["c", "e"] == told["e", "c"] == "confounded"
    assert told["a", "e"] == told["e", "d"] == "apart"


@pytest.mark.parametrize("number", range(6))
def test_the_true_graph_is_not_the_one_in_the_middle(number: int) -> None:
    found = CHAIN.beside(number, Lots(0))
    assert found is not None and found[0] == CHAIN.directed and len(set(found)) == 4
    for edges in found:
        assert nx.is_directed_acyclic_graph(nx.DiGraph(sorted(edges)))
    far = [sum(distance(one, other) for other in found) for one in found]
    assert far == [4, 4, 4, 4]  # two at one change, one at two


def distance(one: Edges, other: Edges) -> int:
    return len({frozenset(edge) for edge in one ^ other})


def test_small_graphs_have_what_there_is() -> None:
    two = Graph(("a", "b"), Edges({("a", "b")}), Edges())
    assert two.beside(0, Lots(0)) == [two.directed, Edges(), Edges({("b", "a")})]
    assert Graph(("a",), Edges(), Edges()).beside(0, Lots(0)) is None
    empty = Graph(("a", "b", "c"), Edges(), Edges()).beside(0, Lots(0))
    assert empty is not None and sorted(map(len, empty)) == [0, 1, 1, 2]


def test_a_split_has_the_graph_that_it_replaces(circuit: Data) -> None:
    edges = Edges({("arm", "blue"), ("arm", "green"), ("arm", "red"), ("blue", "red"), ("green", "red")})
    assert true(circuit.manifest, "train", "here").directed == edges
    changed = varied(circuit, "split test")
    assert true(changed, "train", "here").directed == edges
    assert true(changed, "test", "here").directed == Edges({("arm", "blue")})


def test_environments_with_graphs_of_their_own_are_refused(circuit: Data) -> None:
    with pytest.raises(ScmgenError) as caught:
        true(varied(circuit, "environment b"), "train", "here")
    told = "here: --to vlm: environment b has a graph of its own, and a question is about one graph"
    assert str(caught.value) == told


def varied(data: Data, name: str) -> Manifest:
    """The manifest of a set in which one part has another graph."""
    assert data.manifest.graph is not None
    variants = {name: EdgeLists((("arm", "blue"),), ())}
    return dataclasses.replace(data.manifest, graph=dataclasses.replace(data.manifest.graph, variants=variants))


def test_a_set_without_a_graph_is_refused(photos: object) -> None:
    with pytest.raises(ScmgenError) as caught:
        true(scmgen.load(str(photos)).manifest, "train", "here")
    assert str(caught.value) == "here: --to vlm asks for the graph, and this set was imported without one: --graph"
