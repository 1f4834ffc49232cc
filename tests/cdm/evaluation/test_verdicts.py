"""Verdicts: what could have told of an edge that is wrong or undecided."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from causes import TRUTH

from cdm.evaluation.verdicts import known, verdicts
from cdm.scm.graph import from_edges


def test_verdicts_say_what_could_have_told() -> None:
    manifest = {"adjacency": {"directed": TRUTH.int().tolist()}, "equivalence_class": {"undirected": [["a", "b"]]}}
    truth = known(manifest)
    assert truth is not None
    guess, undecided = from_edges("abcd", [("b", "a"), ("b", "d")]), from_edges("abcd", [("a", "c"), ("c", "a")])
    assert list(verdicts("abcd", guess, undecided, truth)) == [
        "a - b differs: these data cannot tell",
        "a - c is undecided: observation alone tells",
        "c - d differs: observation alone tells",
    ]
    assert next(verdicts("abcd", guess, undecided, {**truth, "loose": []})) == (
        "a - b differs: only interventions tell"
    )
    assert known(None) is None
    assert known({**manifest, "equivalence_class": {"undirected": [1]}}) == {**truth, "loose": []}
    assert known({"adjacency": {"directed": [[0, 0], [0, 0]], "bidirected": [[0, 1], [1, 0]]}}) is None
