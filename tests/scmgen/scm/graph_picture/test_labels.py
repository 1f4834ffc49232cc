"""What is written on edges: at a place of its own curve, and over no box and no other label."""

from __future__ import annotations

import itertools
import re

import networkx as nx
import pytest

from scmgen.scm.graph_picture import labels
from scmgen.scm.graph_picture.layout import HEIGHT, arrange, sample
from scmgen.scm.graph_picture.picture import svg

RECT = re.compile(r'<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"')


def complete(count: int) -> nx.DiGraph:
    return nx.DiGraph(itertools.combinations("abcdefgh"[:count], 2))


@pytest.mark.parametrize("count", [2, 4, 6])
def test_labels_cover_no_box_and_no_other_label(count: int) -> None:
    graph = complete(count)
    layout = arrange(graph, dict.fromkeys(graph, 80.0))
    texts = {edge: "0.50" for edge in graph.edges}
    areas = [tuple(map(float, RECT.search(label).groups())) for label in labels.place(layout, layout.paths, texts)]  # type: ignore[union-attr]
    boxes = [(x - 40, y - HEIGHT / 2, 80.0, HEIGHT) for x, y in layout.places.values()]
    assert len(areas) == len(texts)
    for one, other in itertools.combinations([*boxes, *areas], 2):
        apart = one[0] + one[2] <= other[0] or other[0] + other[2] <= one[0]
        assert apart or one[1] + one[3] <= other[1] or other[1] + other[3] <= one[1]


def test_a_label_stands_on_its_curve() -> None:
    graph = complete(3)
    layout = arrange(graph, dict.fromkeys(graph, 80.0))
    for edge in graph.edges:
        (label,) = labels.place(layout, layout.paths, {edge: "?"})
        x, y, width, height = map(float, RECT.search(label).groups())  # type: ignore[union-attr]
        middle = (x + width / 2, y + height / 2)
        assert min(abs(a - middle[0]) + abs(b - middle[1]) for a, b in sample(layout.paths[edge])) < 0.2


def test_a_picture_shows_how_sure_an_edge_is() -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", kind="directed", probability=0.5)
    graph.add_edge("a", "c", kind="undecided")
    drawn = svg(graph)
    assert ">0.50</text>" in drawn and ">?</text>" in drawn and 'opacity="0.68"' in drawn
    assert 'class="edge undecided" data-from="a" data-to="c"' in drawn
    assert "a and c are undecided" in drawn


def test_a_graph_without_remarks_is_drawn_without_labels() -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", kind="directed")
    assert 'class="label"' not in svg(graph)
