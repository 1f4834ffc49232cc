"""A graph in time, drawn: a frame a column, constants before all of them."""

from __future__ import annotations

import networkx as nx

from scmgen.scm.graph import factor_graph, unfolded
from scmgen.scm.graph_picture import film
from scmgen.scm.graph_picture.picture import svg
from scmgen.scm.model import from_text

GRAPH = factor_graph(
    from_text(
        {
            "mass": "uniform(1, 2)",
            "x": "prev(x, 0) + each(uniform(0, 1)) / mass",
            "y": "x + prev(x, 0, 2) + each(uniform(0, 1))",
        },
        frames=6,
    ),
    ["mass", "x", "y"],
)


def test_columns_follow_time_and_no_two_boxes_overlap() -> None:
    flat = unfolded(GRAPH)
    directed = nx.DiGraph(flat.edges())
    layout = film.arrange(flat, directed, dict.fromkeys(flat, 60.0))
    left = [layout.places[name][0] for name in ("mass", "x[t-2]", "x[t-1]", "x[t]")]
    assert left == sorted(left) and len(set(left)) == 4
    assert len(set(layout.places.values())) == len(flat) and set(layout.paths) == set(directed.edges)
    assert layout.places["mass"][1] > layout.places["y[t]"][1]


def test_the_picture_has_a_box_a_frame_and_marks_a_do_in_the_last_one() -> None:
    text = svg(GRAPH, targets=["x"])
    assert text.count('class="node') == 5 and text.count('class="node target"') == 1
    assert 'class="node target" data-node="x[t]"' in text and ">do(x[t])</text>" in text
    assert 'intervention on x[t], in each frame t in which it holds"' in text
    assert 'class="edge directed cut" data-from="x[t-1]" data-to="x[t]"' in text
    assert 'class="edge directed" data-from="x[t-2]" data-to="y[t]"' in text


def test_a_scene_with_frames_in_which_nothing_moves_is_drawn() -> None:
    still = from_text({"x": "uniform(0, 1)", "y": "x + uniform(0, 1)"}, frames=4)
    text = svg(factor_graph(still, ["x", "y"]), targets=["y"], kept=[])
    assert 'data-from="x" data-to="y"' in text and text.count('class="node') == 2


def test_what_an_intervention_keeps_is_told_without_frames() -> None:
    kept = svg(GRAPH, targets=["x"], kept=[("mass", "x"), ("x", "x"), ("x", "y")])
    assert " cut" not in kept
    assert 'cut" data-from="x[t-1]" data-to="x[t]"' in svg(GRAPH, targets=["x"], kept=[("mass", "x"), ("x", "y")])
