"""Where a graph lies: boxes and curves keep apart, edges lead downwards and cross little."""

from __future__ import annotations

import itertools
import random

import networkx as nx
import pytest

from scmgen.scm.graph_picture.layout import HEIGHT, Layout, arc, arrange, sample


def drawn_at_random(count: int, share: float, seed: int) -> nx.DiGraph:
    draw, made = random.Random(seed), nx.DiGraph()
    made.add_nodes_from(f"factor_{k}" for k in range(count))
    made.add_edges_from(pair for pair in itertools.combinations(made, 2) if draw.random() < share)
    return made


def box(layout: Layout, node: str, margin: float = 0.0) -> tuple[float, float, float, float]:
    (x, y), half = layout.places[node], layout.widths[node] / 2
    return x - half - margin, y - HEIGHT / 2 - margin, x + half + margin, y + HEIGHT / 2 + margin


def laid_out(made: nx.DiGraph) -> Layout:
    return arrange(made, {node: 100.0 for node in made})


RANDOM = [(2, 1.0, 0), (8, 0.3, 1), (12, 0.2, 2), (12, 0.5, 3), (16, 0.15, 4), (16, 0.4, 5), (16, 0.0, 6)]


@pytest.mark.parametrize(("count", "share", "seed"), RANDOM)
def test_no_two_boxes_touch(count: int, share: float, seed: int) -> None:
    layout = laid_out(drawn_at_random(count, share, seed))
    boxes = [box(layout, node, 4.0) for node in layout.places]
    for one, other in itertools.combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@pytest.mark.parametrize(("count", "share", "seed"), RANDOM)
def test_no_edge_passes_through_a_box_and_all_lead_downwards(count: int, share: float, seed: int) -> None:
    layout = laid_out(drawn_at_random(count, share, seed))
    for (cause, effect), path in layout.paths.items():
        assert path[0][1] > layout.places[cause][1] and path[-1][1] < layout.places[effect][1]
        heights = [y for _, y in sample(path)]
        assert heights == sorted(heights)
        for left, top, right, bottom in (box(layout, node) for node in layout.places if node not in (cause, effect)):
            assert not any(left < x < right and top < y < bottom for x, y in sample(path)), (cause, effect)


def test_a_graph_that_can_be_drawn_without_crossings_is() -> None:
    layout = laid_out(nx.DiGraph([("a", "z"), ("b", "y"), ("c", "x"), ("z", "m"), ("y", "n"), ("x", "o")]))
    order = [sorted(row, key=lambda node: layout.places[node][0]) for row in ("abc", "zyx", "mno")]
    assert order in ([list("abc"), list("zyx"), list("mno")], [list("cba"), list("xyz"), list("onm")])


def test_wide_layers_are_broken_into_rows() -> None:
    layout = laid_out(drawn_at_random(16, 0.0, 0))
    assert max(x for x, _ in layout.places.values()) - min(x for x, _ in layout.places.values()) < 700
    assert len({y for _, y in layout.places.values()}) > 1


def test_a_root_stands_just_above_its_first_effect() -> None:
    layout = laid_out(nx.DiGraph([("a", "b"), ("b", "c"), ("late", "c")]))
    assert layout.places["late"][1] == layout.places["b"][1]


def test_the_curve_of_a_hidden_cause_goes_round_boxes() -> None:
    layout = laid_out(nx.DiGraph([("a", "b"), ("b", "c"), ("c", "d")]))
    left, top, right, bottom = box(layout, "b")
    assert not any(left < x < right and top < y < bottom for x, y in sample(arc(layout, "a", "c")))
