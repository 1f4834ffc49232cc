"""Graphs over the factors: hand-worked projections, and classes found by enumeration."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterator

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scmgen.scm import vocabulary
from scmgen.scm.equivalence import equivalence_class
from scmgen.scm.graph import adjacency, edges, factor_graph
from scmgen.scm.model import from_text
from scmgen.scm.notation import Notation, node_link, write
from scmgen.scm.vocabulary import Array

Edge = tuple[str, str]
Edges = frozenset[Edge]

# Latent projection, by hand


def projected(texts: dict[str, str], factors: list[str]) -> tuple[list[Edge], list[Edge]]:
    graph = factor_graph(from_text(texts), factors)
    assert list(graph) == factors
    return sorted(edges(graph, "directed")), edges(graph, "bidirected")


U = "uniform(0, 1)"


@pytest.mark.parametrize(
    ("texts", "factors", "directed", "bidirected"),
    [
        pytest.param({"a": U, "b": f"a + {U}"}, ["a", "b"], [("a", "b")], [], id="an edge"),
        pytest.param(
            {"a": U, "h": "2 * a", "b": f"h + {U}", "c": f"h + {U}"},
            ["a", "b", "c"],
            [("a", "b"), ("a", "c")],
            [],
            id="a helper without noise confounds nothing",
        ),
        pytest.param(
            {"h": U, "b": f"h + {U}", "c": f"h + {U}"},
            ["b", "c"],
            [],
            [("b", "c")],
            id="a hidden common cause",
        ),
        pytest.param(
            {"h": U, "b": f"h + {U}", "c": f"h + {U}"},
            ["c", "b"],
            [],
            [("c", "b")],
            id="a pair stands in the order of the factors",
        ),
        pytest.param(
            {"a": U, "h": f"a + {U}", "b": f"h + {U}", "c": f"h + {U}"},
            ["a", "b", "c"],
            [("a", "b"), ("a", "c")],
            [("b", "c")],
            id="a noisy helper carries its parent and confounds",
        ),
        pytest.param(
            {"a": U, "h": f"a + {U}", "k": "h", "m": f"k + {U}", "b": f"m + {U}"},
            ["a", "b"],
            [("a", "b")],
            [],
            id="a chain through hidden variables",
        ),
        pytest.param(
            {"h": U, "k": "h", "b": f"k + {U}", "m": f"h + {U}", "c": f"m + {U}", "d": f"m + {U}"},
            ["b", "c", "d"],
            [],
            [("b", "c"), ("b", "d"), ("c", "d")],
            id="a hidden cause through hidden chains",
        ),
        pytest.param(
            {"h": U, "a": f"h + {U}", "b": f"a + {U}"},
            ["a", "b"],
            [("a", "b")],
            [],
            id="a hidden cause behind a factor confounds nothing",
        ),
        pytest.param(
            {"h": U, "a": f"h + {U}", "b": f"a + h + {U}"},
            ["a", "b"],
            [("a", "b")],
            [("a", "b")],
            id="a hidden cause beside an edge",
        ),
        pytest.param(
            {"a": U, "h": f"a + {U}", "b": f"h + a + {U}", "c": f"b + {U}"},
            ["a", "b", "c"],
            [("a", "b"), ("b", "c")],
            [],
            id="a mediator with noise of its own confounds nothing",
        ),
        pytest.param(
            {"a": U, "b": f"a + {U}", "c": f"b + {U}"},
            ["a", "c"],
            [("a", "c")],
            [],
            id="a factor that is left out",
        ),
        pytest.param(
            {"h": U, "k": "h", "m": "h ** 2", "b": "k", "c": "m"},
            ["b", "c"],
            [],
            [("b", "c")],
            id="noise that reaches two factors through helpers",
        ),
        pytest.param({"a": U, "h": f"a + {U}"}, ["a"], [], [], id="a hidden leaf"),
        pytest.param({"a": U, "b": U}, ["b", "a"], [], [], id="nothing"),
    ],
)
def test_projections_worked_by_hand(
    texts: dict[str, str], factors: list[str], directed: list[Edge], bidirected: list[Edge]
) -> None:
    assert projected(texts, factors) == (directed, bidirected)


@pytest.fixture
def pair() -> Iterator[None]:
    def pair_of(x: Array, y: Array) -> tuple[Array, Array]:
        return x + y, x - y

    vocabulary.function(outputs=2)(pair_of)
    yield
    del vocabulary.FUNCTIONS["pair_of"]


@pytest.mark.usefixtures("pair")
def test_factors_of_one_noise_are_confounded() -> None:
    texts = {"x": U, "a, b": f"pair_of(x, {U})", "c": f"b + {U}"}
    assert projected(texts, ["x", "a", "b", "c"]) == ([("b", "c"), ("x", "a"), ("x", "b")], [("a", "b")])
    assert projected(texts, ["x", "a", "c"]) == ([("x", "a"), ("x", "c")], [("a", "c")])


@pytest.mark.usefixtures("pair")
def test_factors_of_one_computation_without_noise_are_not_confounded() -> None:
    texts = {"x": U, "y": U, "a, b": "pair_of(x, y)"}
    directed = [("x", "a"), ("x", "b"), ("y", "a"), ("y", "b")]
    assert projected(texts, ["x", "y", "a", "b"]) == (directed, [])


@st.composite
def models(draw: st.DrawFn) -> tuple[dict[str, str], list[str]]:
    names = [f"v{i}" for i in range(draw(st.integers(2, 7)))]
    texts = {}
    for i, name in enumerate(names):
        parents = draw(st.lists(st.sampled_from(names[:i]), unique=True)) if i else []
        noise = [U] if not parents or draw(st.booleans()) else []
        texts[name] = " + ".join(parents + noise)
    return texts, draw(st.lists(st.sampled_from(names), unique=True, min_size=1))


def paths_meet_no_factor(graph: nx.DiGraph, source: str, target: str, factors: list[str]) -> bool:
    """Whether some path has no factor strictly inside, by listing all paths."""
    paths = nx.all_simple_paths(graph, source, target)
    return any(not set(path[1:-1]) & set(factors) for path in paths)


@settings(deadline=None)
@given(models())
def test_projection_is_what_its_paths_say(model: tuple[dict[str, str], list[str]]) -> None:
    texts, factors = model
    scm = from_text(texts)
    pairs = itertools.permutations(factors, 2)
    directed = sorted((a, b) for a, b in pairs if paths_meet_no_factor(scm.graph, a, b, factors))
    hidden = [name for name in scm.exogenous if name not in factors]
    bidirected = [
        (a, b)
        for a, b in itertools.combinations(factors, 2)
        if any(all(paths_meet_no_factor(scm.graph, h, f, factors) for f in (a, b)) for h in hidden)
    ]
    found = projected(texts, factors)
    assert (found[0], sorted(found[1])) == (directed, sorted(bidirected))


# Notations

EXAMPLE = {"h": U, "angle": U, "lamp": f"h + {U}", "len": f"angle + lamp + h + {U}"}


def example() -> nx.MultiDiGraph:
    return factor_graph(from_text(EXAMPLE), ["angle", "lamp", "len"])


def test_rows_cause_columns() -> None:
    directed = adjacency(example())
    assert directed.dtype == np.int8
    assert directed.tolist() == [[0, 0, 1], [0, 0, 1], [0, 0, 0]]


def test_bidirected_edges_are_symmetric() -> None:
    assert adjacency(example(), "bidirected").tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]


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


# Equivalence classes, by enumeration


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
