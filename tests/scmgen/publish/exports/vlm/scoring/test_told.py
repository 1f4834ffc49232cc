"""Scores on a terminal."""

from __future__ import annotations

from pathlib import Path

from scmgen.publish.exports.vlm.scoring import key as keys
from scmgen.publish.exports.vlm.scoring.gap import Gap
from scmgen.publish.exports.vlm.scoring.told import compared, told


def test_a_line_has_accuracy_interval_chance_and_what_is_unanswered(place: Path) -> None:
    key = keys.read(place)
    said = {name: row.answer if row.kind == "image" else None for name, row in key.rows.items()}
    lines = list(told(key, said))
    assert lines[0] == f"{place}: circuit, names described, 80 questions"
    (line,) = [line for line in lines if line.split()[1:3] == ["image", "2"]]
    assert line.split() == "counterfactual image 2 8 of 8 100.0% 67.6% to 100.0% 25.0%".split()
    (line,) = [line for line in lines if line.split()[:3] == ["intervention", "all", "all"]]
    assert line.endswith("0 of 16      0.0%   0.0% to 19.4%   25.0%  16 unanswered")
    assert lines[-1].startswith("  graph of train, 2 examples: SHD ")


def test_a_gap_tells_what_only_one_answered() -> None:
    gap = Gap("structure", "edge", 4, 40, 21, 3, 0.45, 0.235, 0.623, 0.000277)
    head, line = compared(["described", "neutral"], [gap])
    assert head == "gap: described minus neutral, paired by question"
    assert line.split() == "structure edge 4 21 : 3 +45.0% +23.5% to +62.3% p 0.000277".split()
