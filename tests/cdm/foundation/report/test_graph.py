"""Graphs as SVG."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree  # of what is made here

from cdm.foundation.protocols import Edit, Manipulation
from cdm.foundation.report import graph
from cdm.foundation.semantic import Concept, SemanticSCM

SCM = SemanticSCM(
    (Concept("c", "3"), Concept("b<script>", "2"), Concept("a", "1"), Concept("d" * 60, "4")),
    (("a", "b<script>"), ("b<script>", "c"), ("a", "c")),
)


def boxes(svg: str) -> dict[str, tuple[float, float]]:
    """The place of each name."""
    found = {}
    for node in ElementTree.fromstring(svg).iter("g"):  # noqa: S314
        rect, name = node[0], node[1]
        found[name.text or ""] = float(rect.get("x") or 0), float(rect.get("y") or 0)
    return found


def test_causes_stand_left_of_effects_and_no_two_boxes_in_one_place() -> None:
    at = boxes(graph.svg(SCM))
    assert at["a"][0] < at["b<script>"][0] < at["c"][0]
    assert len(set(at.values())) == len(SCM.concepts)
    assert any(name.endswith("…") and len(name) == 26 for name in at)


def test_what_is_set_and_what_follows_is_marked_with_both_values() -> None:
    told = Manipulation(Edit("a", "1", "9"), (Edit("c", "3", "7"),), (), "")
    svg = graph.svg(SCM, told)
    assert re.findall(r'class="node (\w*)"', svg).count("target") == 1
    assert "1 → 9" in svg and "3 → 7" in svg
    assert svg.count("edge on") == 1  # from a to c; b stays


def test_words_of_a_model_are_no_markup_and_a_reader_is_told_the_edges() -> None:
    svg = graph.svg(SCM)
    assert "<script" not in svg
    assert ElementTree.fromstring(svg).get("aria-label") == "a causes b<script>, b<script> causes c, a causes c"  # noqa: S314


def test_an_edge_passes_no_box_of_another_concept() -> None:
    """From a to c it goes beside b, which stands between them."""
    root = ElementTree.fromstring(graph.svg(SCM))  # noqa: S314
    y = boxes(graph.svg(SCM))["b<script>"][1]
    paths = [path.get("d") or "" for path in root.iter("path")]
    (passing,) = [float(found[1]) for path in paths if (found := re.search(r"L[\d.]+ ([\d.]+)", path))]
    assert not y <= passing <= y + 46


def test_a_graph_may_be_empty() -> None:
    svg = graph.svg(SemanticSCM((), ()))
    assert ElementTree.fromstring(svg).get("aria-label") == "no edges"  # noqa: S314
