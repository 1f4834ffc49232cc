"""Graphs in time: unrolled, with lags, and what hidden variables that remember add."""

from __future__ import annotations

import numpy as np

from scmgen.scm import lagged
from scmgen.scm.equivalence import equivalence_class
from scmgen.scm.graph import edges, factor_graph, mutilated, unfolded
from scmgen.scm.model import SCM, from_text

WIND = {
    "mass": "uniform(1, 2)",
    "wind": "prev(wind, 0) + each(normal(0, 1))",
    "x": "prev(x, mass) + wind / mass + each(normal(0, 1))",
    "y": "x + prev(y, 0, 2) + each(normal(0, 1))",
}


def model(equations: dict[str, str] = WIND, frames: int = 12) -> SCM:
    return from_text(equations, frames=frames)


def test_what_no_frame_changes_is_constant() -> None:
    assert lagged.constants(model()) == {"mass"}
    assert lagged.constants(model({"a": "uniform(0, 1)", "b": "a + time", "c": "2 * a"})) == {"a", "c"}


def test_the_unrolled_graph_reads_first_values_where_no_frame_was_before() -> None:
    graph = lagged.unrolled(model(), 4)
    assert set(graph.predecessors(("x", 0))) == {("mass", None), ("wind", 0)}
    assert set(graph.predecessors(("x", 1))) == {("mass", None), ("wind", 1), ("x", 0)}
    assert set(graph.predecessors(("y", 3))) == {("x", 3), ("y", 1)}
    start = lagged.unrolled(model({"first": "uniform(0, 1)", "x": "prev(x, first) + each(uniform(0, 1))"}), 3)
    assert set(start.predecessors(("x", 0))) == {("first", None)} and set(start.predecessors(("x", 1))) == {("x", 0)}


def test_the_unrolled_graph_is_what_a_change_of_noise_reaches() -> None:
    """Nothing changes but what lies behind the noise, and what lies behind it does change."""
    scm = model(frames=5)
    noise = scm.noise(20, 0)
    factual, graph = scm.solve(noise), lagged.unrolled(scm)
    import networkx as nx

    for frame in range(5):
        shaken = {name: u.copy() for name, u in noise.items()}
        shaken["wind"][:, frame] = 1.0 - shaken["wind"][:, frame]
        moved = scm.solve(shaken)
        behind = {("wind", frame), *nx.descendants(graph, ("wind", frame))}
        for name in ("wind", "x", "y"):
            for other in range(5):
                changed = (moved[name][:, other] != factual[name][:, other]).any()
                assert changed == ((name, other) in behind), (frame, name, other)


def test_lags_stand_at_the_edges_of_what_is_seen() -> None:
    steady, begun = lagged.projected(model(), ["mass", "wind", "x", "y"])
    assert steady["directed"] == [
        ("wind", "wind", 1),
        ("mass", "x", 0),
        ("wind", "x", 0),
        ("x", "x", 1),
        ("x", "y", 0),
        ("y", "y", 2),
    ]
    assert steady["bidirected"] == [] and begun == {"directed": [], "bidirected": []}


def test_a_hidden_variable_that_remembers_confounds_over_all_lags() -> None:
    steady, _ = lagged.projected(model(), ["x", "y"])
    assert steady["directed"] == [("x", "x", 1), ("x", "y", 0), ("y", "y", 2)]
    assert [edge for edge in steady["bidirected"] if edge[:2] == ("x", "x")] == [("x", "x", k) for k in range(1, 9)]
    passed = model({"h": "prev(x, 0)", "x": "prev(x, 0) + each(normal(0, 1))", "y": "prev(h, 0) + each(normal(0, 1))"})
    assert lagged.projected(passed, ["x", "y"])[0]["directed"] == [("x", "x", 1), ("x", "y", 2)]


def test_what_the_first_frame_reads_alone_is_told_apart() -> None:
    scm = model({"first": "uniform(0, 1)", "a": "prev(a, first) + each(uniform(0, 1))", "b": "prev(a, first)"})
    steady, begun = lagged.projected(scm, ["a", "b"])
    assert steady["directed"] == [("a", "a", 1), ("a", "b", 1)] and begun["bidirected"] == [("a", "b", 0)]


def test_the_factor_graph_of_a_clip_has_lags_and_unfolds_into_frames() -> None:
    graph = factor_graph(model(), ["mass", "wind", "x", "y"])
    assert "x[t-1] -> x" in repr(graph) and graph.nodes["mass"] == {"constant": True}
    assert ("x", "x") in edges(graph, "directed")
    flat = unfolded(graph)
    assert list(flat)[:2] == ["mass", "y[t-2]"] and ("y[t-2]", "y[t]") in edges(flat, "directed")
    assert not any(b.endswith("[t-1]") for _, b in flat.edges())
    cut = mutilated(graph, ["x"])
    assert not [edge for edge in cut.edges if edge[1] == "x"] and ("x", "y") in edges(cut, "directed")
    assert np.array_equal(sorted(set(edges(cut, "directed"))), [("wind", "wind"), ("x", "y"), ("y", "y")])


def test_a_do_that_lasts_cuts_in_every_frame_what_another_equation_would_cut() -> None:
    names = ["mass", "wind", "x", "y"]
    cut = mutilated(factor_graph(model(), names), ["x"])
    other = factor_graph(model({**WIND, "x": "each(normal(0, 1))"}), names)
    assert sorted(cut.edges(data="lag")) == sorted(other.edges(data="lag"))
    scm = model()
    noise = scm.noise(4, 0)
    held = scm.solve(noise, {"x": np.full((4, 12), 2.0)})
    moved = scm.solve({**noise, "wind": 1 - noise["wind"], "mass": 1 - noise["mass"]}, {"x": np.full((4, 12), 2.0)})
    assert (held["x"] == 2).all() and np.array_equal(held["y"], moved["y"])


def test_a_do_that_lasts_orients_what_is_open_within_a_frame() -> None:
    """Two factors in every frame whose edge nothing but a do tells; what goes back in time is known without."""
    graph = factor_graph(model({"a": "each(normal(0, 1))", "b": "a + each(normal(0, 1))"}), ["a", "b"])
    assert equivalence_class(graph, [])["undirected"] == [["a", "b"]]
    assert equivalence_class(graph, [frozenset({"b"})])["directed"] == [["a", "b"]]
    kept = factor_graph(model({"a": "each(normal(0, 1))", "b": "prev(a, 0) + each(normal(0, 1))"}), ["a", "b"])
    assert equivalence_class(kept, [])["directed"] == [["a[t-1]", "b"]]
