"""Graphs over the factors: hand-worked projections, what a do cuts, and matrices."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import networkx as nx
import numpy as np
import pytest
from confounded import confounded, example, kinds
from hypothesis import given, settings
from hypothesis import strategies as st

from scmgen import ScmgenError
from scmgen.dataset import catalogue
from scmgen.scm import graph as graphs
from scmgen.scm import vocabulary
from scmgen.scm.graph import adjacency, edges, factor_graph
from scmgen.scm.model import from_text
from scmgen.scm.notation import node_link
from scmgen.scm.vocabulary import Array

Edge = tuple[str, str]
U = "uniform(0, 1)"

# Latent projection, by hand


def projected(texts: dict[str, str], factors: list[str]) -> tuple[list[Edge], list[Edge]]:
    graph = factor_graph(from_text(texts), factors)
    assert list(graph) == factors
    return sorted(edges(graph, "directed")), edges(graph, "bidirected")


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


# Matrices


def test_rows_cause_columns() -> None:
    directed = adjacency(example())
    assert directed.dtype == np.int8
    assert directed.tolist() == [[0, 0, 1], [0, 0, 1], [0, 0, 0]]


def test_bidirected_edges_are_symmetric() -> None:
    assert adjacency(example(), "bidirected").tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]


# Mutilated graphs


@pytest.mark.parametrize(
    ("targets", "directed", "bidirected"),
    [
        ([], [("angle", "len"), ("lamp", "len")], [("lamp", "len")]),
        (["angle"], [("angle", "len"), ("lamp", "len")], [("lamp", "len")]),
        (["lamp"], [("angle", "len"), ("lamp", "len")], []),
        (["len"], [], []),
        (["lamp", "len"], [], []),
    ],
)
def test_a_do_cuts_what_points_into_its_target(
    targets: list[str], directed: list[tuple[str, str]], bidirected: list[tuple[str, str]]
) -> None:
    graph = confounded().factor_graph
    before = node_link(graph)
    cut = graphs.mutilated(graph, targets)
    assert kinds(cut) == (directed, bidirected)
    assert list(cut) == ["angle", "lamp", "len", "alone"]
    assert node_link(graph) == before


def test_a_target_that_is_no_node_is_refused() -> None:
    with pytest.raises(ScmgenError, match=r"^do\(lmap\): no node of this graph; did you mean 'lamp'\?$"):
        graphs.mutilated(confounded().factor_graph, ["lmap"])


@st.composite
def models_with_targets(draw: st.DrawFn) -> tuple[dict[str, str], list[str], list[str]]:
    names = [f"v{i}" for i in range(draw(st.integers(2, 6)))]
    texts = {}
    for i, name in enumerate(names):
        parents = draw(st.lists(st.sampled_from(names[:i]), unique=True)) if i else []
        texts[name] = " + ".join([*parents, *([U] if not parents or draw(st.booleans()) else [])])
    factors = draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    return texts, factors, draw(st.lists(st.sampled_from(factors), unique=True))


@settings(deadline=None)
@given(models_with_targets())
def test_the_mutilated_graph_is_that_of_the_model_whose_targets_have_new_equations(
    model: tuple[dict[str, str], list[str], list[str]],
) -> None:
    texts, factors, targets = model
    scm = from_text(texts)
    done = scm.replace({target: U for target in targets})
    for before, after in (
        (graphs.factor_graph(scm, factors), graphs.factor_graph(done, factors)),
        (graphs.full_graph(scm, factors), graphs.full_graph(done, factors)),
    ):
        cut = graphs.mutilated(before, targets)
        assert dict(cut.nodes(data=True)) == dict(after.nodes(data=True))
        assert [sorted(found) for found in kinds(cut)] == [sorted(found) for found in kinds(after)]


def test_the_full_graph_has_every_edge_and_marks_what_is_hidden() -> None:
    scene = catalogue.load_scene("pendulum")
    full = scene.full_graph
    assert set(graphs.edges(full, "directed")) == set(scene.graph.edges)
    assert {name for name, hidden in full.nodes(data="hidden") if hidden} == set(scene.hidden)


# What a graph shows of itself


def test_a_graph_shows_its_edges_and_its_picture() -> None:
    graph = factor_graph(from_text({"h": U, "a": U, "b": f"a + h + {U}", "c": f"h + {U}"}), ["a", "b", "c"])
    assert repr(graph) == "<CausalGraph of a, b, c: a -> b, b <-> c>"
    picture = graph._repr_html_()
    assert picture is not None and picture.startswith("<svg") and picture.count('class="node"') == 3
    assert repr(graph.do("b")) == "<CausalGraph of a, b, c: no edges>"
    assert repr(graph.do("a", "c")) == "<CausalGraph of a, b, c: a -> b>"


def test_a_graph_that_cannot_be_drawn_is_told() -> None:
    crowded = factor_graph(from_text({f"x{k}": U for k in range(60)}), [f"x{k}" for k in range(60)])
    assert crowded._repr_html_() is None and "and 52 more" in repr(crowded)
    circle = graphs.CausalGraph([("a", "b", {"kind": "directed"}), ("b", "a", {"kind": "directed"})])
    assert circle._repr_html_() is None and repr(circle) == "<CausalGraph of a, b: a -> b, b -> a>"
