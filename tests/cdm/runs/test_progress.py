"""Progress on a terminal."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.runs import progress


def test_a_graph_line_tells_what_was_found() -> None:
    told = {"phase": "graph", "after": "encoder", "edges": [["a", "b"]]}
    assert progress.graph_line(told) == "graph after encoder: a -> b"
    assert progress.graph_line({**told, "edges": [], "SHD": 1}) == "graph after encoder: no edges; SHD 1"


def test_where_there_is_no_terminal_a_line_tells_of_each_phase_and_how_far_all_is(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 10.0, 16.0, 20.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.training({"encoder": 100.0, "draft": 300.0}) as tell:
        tell({"phase": "encoder", "step": 0, "steps": 8, "anchor": 0.5})
        tell({"phase": "encoder", "step": 3, "steps": 8, "anchor": 0.5})  # too soon after the last
        tell({"phase": "encoder", "step": 4, "steps": 8, "anchor": 0.5})
        tell({"phase": "graph", "after": "encoder", "edges": []})
        tell({"phase": "draft", "step": 1, "steps": 4, "draft": 0.5})
    assert capfd.readouterr() == (
        "",
        "cdm: encoder (1 of 2), step 0 of 8; 0% of all\n"
        "cdm: encoder (1 of 2), step 4 of 8; 12% of all, about 2 min left\n"
        "cdm: graph after encoder: no edges\n"
        "cdm: draft (2 of 2), step 1 of 4; 44% of all\n",
    )


def test_phases_that_nobody_knows_before_are_told_one_by_one(capfd: pytest.CaptureFixture[str]) -> None:
    with progress.training() as tell:
        tell({"phase": "image", "step": 1, "steps": 4, "error": 0.5})
    assert capfd.readouterr().err == "cdm: image, step 1 of 4; 25% of all\n"


def test_items_that_take_long_are_told_now_and_then(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 5.0, 20.0, 22.0, 40.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.bar("counterfactuals", 500) as advance:
        for _ in range(4):
            advance(125)
    assert capfd.readouterr().err == "cdm: counterfactuals: 250 of 500, about 20 s left\n"


def test_nobody_who_reads_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        monkeypatch.setattr(sys, "stderr", closed)
        progress.say("anything")
        monkeypatch.undo()
        with suppress(OSError):
            closed.close()
