"""Progress on a terminal."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.runs import progress


def test_a_graph_line_tells_what_was_found() -> None:
    told = {"phase": "graph", "after": "encoder", "edges": [["a", "b"]]}
    assert progress.graph_line(told) == "graph after encoder: a -> b"
    assert progress.graph_line({**told, "edges": [], "SHD": 1}) == "graph after encoder: no edges; SHD 1"


def test_nothing_is_shown_where_there_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with progress.training() as tell:
        tell({"phase": "encoder", "step": 1, "steps": 2, "anchor": 0.5})
    assert capfd.readouterr() == ("", "")
