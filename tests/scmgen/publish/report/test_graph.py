"""The causal graph of the report, observed and under each intervention."""

from __future__ import annotations

import re
from pathlib import Path

from reported import changed

import scmgen
from scmgen.publish import report


def test_the_graph_is_shown_under_each_intervention(written: str, chain: Path) -> None:
    labels = re.findall(r'<label for="graph-\d+">(.*?)</label>', written)
    factors = ["pendulum_angle", "light_angle", "shadow_length", "shadow_position"]
    assert labels == ["observed", *(f"do({name})" for name in factors)]
    panels = re.findall(r"<svg[^>]*causal-graph.*?</svg>", written, re.DOTALL)
    assert [panel.count(' cut"') for panel in panels] == [0, 0, 0, 2, 2]
    soft = re.findall(r"<svg[^>]*causal-graph.*?</svg>", report.compose(scmgen.load(chain)), re.DOTALL)
    assert [panel.count(' cut"') for panel in soft if "under soft(shadow_length)" in panel] == [0]
    assert [panel.count(' cut"') for panel in soft if "under do(shadow_length, shadow_position)" in panel] == [4]


def test_an_unknown_graph_is_a_sentence(squares: Path) -> None:
    data = scmgen.load(squares)
    text = report.compose(changed(data, graph=None))
    assert "<p>The causal graph of this data set is not known.</p>" in text
