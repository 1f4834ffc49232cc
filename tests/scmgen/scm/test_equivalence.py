"""Equivalence classes of graphs, found by enumeration."""

from __future__ import annotations

import functools
import itertools

import networkx as nx
import pytest
from confounded import example
from hypothesis import given, settings
from hypothesis import strategies as st

from scmgen.scm.equivalence import equivalence_class

Edge = tuple[str, str]
Edges = frozenset[Edge]


@functools.cache
def dags(size: int) -> tuple[Edges, ...]:
    nodes = "abcd"[:size]
    states = itertools.product((0, 1, 2), repeat=size * (size - 1) // 2)
    pairs = list(itertools.combinations(nodes, 2))
    graphs = (
        frozenset((a, b) if way == 1 else (b, a) for (a, b), way in zip(pairs, state, strict=True) if way)
        for state in states
    )
    return tuple(graph for graph in graphs if nx.is_directed_acyclic_graph(nx.DiGraph(list(graph))))


@functools.cache
def signature(
    graph: Edges, target: frozenset[str]
) -> tuple[frozenset[frozenset[str]], frozenset[tuple[str, frozenset[str]]]]:
    """Skeleton and v-structures after cutting the edges into ``target``."""
    left = [(a, b) for a, b in graph if b not in target]
    skeleton = frozenset(frozenset(edge) for edge in left)
    colliders = ((b, frozenset((a, c))) for a, b in left for c, d in left if b == d and a != c)
    return skeleton, frozenset((b, ends) for b, ends in colliders if ends not in skeleton)


def equivalent(graph: Edges, other: Edges, targets: list[frozenset[str]]) -> bool:
    return all(signature(graph, target) == signature(other, target) for target in [frozenset[str](), *targets])


def enumerated(size: int, graph: Edges, targets: list[frozenset[str]]) -> list[list[str]]:
    """The edges that stand in every DAG of the class."""
    members = [other for other in dags(size) if equivalent(graph, other, targets)]
    return sorted(map(list, frozenset.intersection(*members)))


def as_factor_graph(size: int, arrows: Edges) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from("abcd"[:size])
    graph.add_edges_from((a, b, {"kind": "directed"}) for a, b in sorted(arrows))
    return graph


def assert_class(size: int, arrows: Edges, targets: list[frozenset[str]]) -> None:
    found = equivalence_class(as_factor_graph(size, arrows), targets)
    directed = enumerated(size, arrows, targets)
    assert found["directed"] == directed
    assert found["undirected"] == sorted(list(edge) for edge in arrows if list(edge) not in directed)


def test_the_enumeration_is_complete() -> None:
    assert [len(dags(size)) for size in range(1, 5)] == [1, 3, 25, 543]
    classes = {signature(graph, frozenset()) for graph in dags(4)}
    assert len(classes) == 185


@pytest.mark.parametrize("size", [1, 2, 3])
def test_every_small_dag_under_every_family_of_targets(size: int) -> None:
    singles = [frozenset(target) for k in range(1, size + 1) for target in itertools.combinations("abc"[:size], k)]
    for arrows in dags(size):
        for k in range(3):
            for family in itertools.combinations(singles, k):
                assert_class(size, arrows, list(family))


def test_every_dag_of_four_nodes_under_observation() -> None:
    members: dict[object, list[Edges]] = {}
    for arrows in dags(4):
        members.setdefault(signature(arrows, frozenset()), []).append(arrows)
    for group in members.values():
        directed = sorted(map(list, frozenset.intersection(*group)))
        for arrows in group:
            assert equivalence_class(as_factor_graph(4, arrows), [])["directed"] == directed


SETS = st.frozensets(st.sampled_from("abcd"), max_size=4)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 542), st.lists(SETS, max_size=4))
def test_classes_of_four_nodes_are_those_of_the_enumeration(index: int, targets: list[frozenset[str]]) -> None:
    assert_class(4, dags(4)[index], targets)


def test_a_class_says_what_it_is() -> None:
    graph = as_factor_graph(3, frozenset({("a", "b"), ("b", "c")}))
    assert equivalence_class(graph, [frozenset("cb")]) == {
        "kind": "interventional essential graph",
        "targets": [["b", "c"]],
        "directed": [["a", "b"], ["b", "c"]],
        "undirected": [],
    }
    assert equivalence_class(graph, []) == {
        "kind": "interventional essential graph",
        "targets": [],
        "directed": [],
        "undirected": [["a", "b"], ["b", "c"]],
    }


def test_hidden_common_causes_leave_no_class_of_dags() -> None:
    assert equivalence_class(example(), [frozenset({"lamp"})]) == {
        "kind": "none",
        "reason": "hidden common causes between factors: no class of DAGs applies",
    }
