"""Drawn graphs: what is drawn of nodes, edges and interventions, and equal text on each run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from xml.etree import ElementTree

import networkx as nx
import pytest

from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError
from scmgen.scm.graph import edges, mutilated
from scmgen.scm.graph_picture.picture import svg

SVG = "{http://www.w3.org/2000/svg}"


def graph(directed: str, bidirected: str = "", nodes: str = "") -> nx.MultiDiGraph:
    """Spell a graph over letters: "ab bc" is a -> b -> c."""
    made = nx.MultiDiGraph()
    made.add_nodes_from(nodes)
    made.add_edges_from((a, b, {"kind": "directed"}) for a, b in directed.split())
    made.add_edges_from((a, b, {"kind": "bidirected"}) for a, b in bidirected.split())
    return made


def parse(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 (our own text)


def groups(text: str, kind: str) -> list[ElementTree.Element]:
    return [found for found in parse(text).iter(f"{SVG}g") if kind in found.get("class", "").split()]


def ends(found: Iterable[ElementTree.Element]) -> set[tuple[str | None, str | None]]:
    return {(group.get("data-from"), group.get("data-to")) for group in found}


@pytest.mark.parametrize("name", ["pendulum", "shapes-fixed", "collision", "spurious-pairs-95"])
def test_every_node_and_edge_of_a_scene_is_drawn_once(name: str) -> None:
    made = catalogue.find(name).scene.factor_graph
    text = svg(made)
    assert [node.get("data-node") for node in groups(text, "node")] == list(made)
    for kind in ("directed", "bidirected"):
        assert len(groups(text, kind)) == len(edges(made, kind))
        assert ends(groups(text, kind)) == set(edges(made, kind))
    assert not groups(text, "target") and not groups(text, "cut")


def test_what_an_intervention_cuts_is_what_the_mutilated_graph_lacks() -> None:
    made = graph("ab bc ac cd", "bc ad")
    text = svg(made, targets=["c"])
    left = mutilated(made, ["c"])
    cut = {("directed", *pair) for pair in edges(made, "directed")}
    cut |= {("bidirected", *pair) for pair in edges(made, "bidirected")}
    cut -= {(kind, a, b) for a, b, kind in left.edges(data="kind")}
    found = {(group.get("class", "").split()[1], *pair) for group in groups(text, "cut") for pair in ends([group])}
    assert found == cut == {("directed", "b", "c"), ("directed", "a", "c"), ("bidirected", "b", "c")}


def test_kept_edges_are_not_cut() -> None:
    made = graph("ab cb")
    assert ends(groups(svg(made, targets=["b"], kept=[("a", "b")]), "cut")) == {("c", "b")}
    assert not groups(svg(made, targets=["b"], kept=[("a", "b"), ("c", "b")]), "cut")


def test_a_target_has_a_double_border_and_stays_where_it_was() -> None:
    made = graph("ab cb")
    seen = [len(node.findall(f"{SVG}rect")) for node in groups(svg(made, targets=["b"]), "node")]
    assert dict(zip(made, seen, strict=True)) == {"a": 1, "b": 2, "c": 1}
    plain, done = (parse(svg(made, targets=targets)) for targets in ((), ("b",)))
    assert plain.get("viewBox") == done.get("viewBox")
    assert [t.attrib for t in plain.iter(f"{SVG}text")] == [t.attrib for t in done.iter(f"{SVG}text")]


def test_a_hidden_cause_is_dashed_with_a_head_at_both_ends() -> None:
    (group,) = groups(svg(graph("ac", "ab")), "bidirected")
    line, *heads = group.findall(f"{SVG}path")
    assert line.get("stroke-dasharray") == "6 4"
    assert len(heads) == 2
    (group,) = groups(svg(graph("ac", "ab")), "directed")
    assert len(group.findall(f"{SVG}path")) == 2


def test_the_picture_says_in_words_what_it_shows() -> None:
    root = parse(svg(graph("ab", "bc"), targets=["b"], names={"a": "lamp"}, title="Lamp"))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Lamp: lamp causes b; b and c have a hidden common cause; intervention on b"
    assert root.findtext(f"{SVG}title") == "Lamp"
    alone = parse(svg(graph("", nodes="ab")))
    assert alone.get("aria-label") == "Causal graph: no edges between a, b"


def test_names_are_escaped() -> None:
    made = nx.MultiDiGraph()
    made.add_edge("a", "b", kind="directed")
    text = svg(made, names={"a": "<script>&\"'"}, title="</svg><script>")
    assert "<script" not in text
    assert [t.text for t in parse(text).iter(f"{SVG}text")] == ["<script>&\"'", "b"]


def test_nothing_lies_outside_the_picture() -> None:
    root = parse(svg(graph("ab ac bd cd ad", "ad bc")))
    left, top, width, height = map(float, root.get("viewBox", "").split())
    for rect in root.iter(f"{SVG}rect"):
        x, y, w, h = (float(rect.get(key, "nan")) for key in ("x", "y", "width", "height"))
        assert left < x and top < y and x + w < left + width and y + h < top + height


def test_a_cycle_is_named() -> None:
    with pytest.raises(ScmgenError, match=r"^the graph cannot be drawn: a -> b -> c -> a is a cycle$"):
        svg(graph("ab bc ca"))


def test_the_text_is_equal_on_each_run() -> None:
    program = "from scmgen.dataset import catalogue; from scmgen.scm.graph_picture.picture import svg; "
    program += "print(svg(catalogue.find('shapes-fixed').scene.factor_graph, targets=['hue_right']))"
    runs = [
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) < 12_000
