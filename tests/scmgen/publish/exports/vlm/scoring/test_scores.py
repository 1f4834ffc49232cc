"""Scores: families and their parts, what is unanswered, and the graph that answers make."""

from __future__ import annotations

from pathlib import Path

import pytest

from scmgen.publish.exports.vlm.scoring import key as keys
from scmgen.publish.exports.vlm.scoring.scores import data, scores, structures


def test_families_come_before_their_parts_with_what_guessing_gives(place: Path) -> None:
    key = keys.read(place)
    right: dict[str, str | None] = {name: row.answer for name, row in key.rows.items()}
    found = scores(key, right)
    assert [(s.family, s.kind, s.shots, s.questions) for s in found[:5]] == [
        ("structure", "all", "all", 32),
        ("structure", "edge", 0, 8),
        ("structure", "edge", 2, 8),
        ("structure", "graph", 0, 8),
        ("structure", "graph", 2, 8),
    ]
    assert [s.chance for s in found[:5]] == pytest.approx([0.375, 0.5, 0.5, 0.25, 0.25])
    assert all((s.accuracy, s.high, s.unanswered) == (1.0, 1.0, 0) for s in found)


def test_no_answer_is_wrong_and_told(place: Path) -> None:
    key = keys.read(place)
    said: dict[str, str | None] = dict.fromkeys(key.rows)
    said["train-intervention-target-0-0003"] = key.rows["train-intervention-target-0-0003"].answer
    (score,) = [s for s in scores(key, said) if (s.kind, s.shots) == ("target", 0)]
    assert (score.correct, score.unanswered, score.accuracy) == (1, 7, 0.125)


def test_answers_about_edges_make_a_graph(place: Path) -> None:
    key = keys.read(place)
    right: dict[str, str | None] = {name: row.answer for name, row in key.rows.items()}
    (bare, _) = structures(key, right)
    assert (bare.shots, bare.shd) == (0, 0) and 0 < bare.edgeless <= bare.pairs <= 6
    silent: dict[str, str | None] = dict.fromkeys(key.rows)
    assert [s.shd for s in structures(key, silent)] == [bare.edgeless] * 2  # no answer is no edge
    turned = {name: "AB"["BA".index(row.answer)] if row.cause else None for name, row in key.rows.items()}
    assert [s.shd for s in structures(key, turned)] == [bare.pairs] * 2
    assert data(key, right)["structure"][0] == {"split": "train", "shots": 0, "shd": 0, **_counts(bare)}


def _counts(found: object) -> dict[str, int]:
    return {name: getattr(found, name) for name in ("edgeless", "pairs")}
