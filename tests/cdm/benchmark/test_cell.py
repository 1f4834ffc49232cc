"""Cells: where their files are, and that whatever happens is a record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.benchmark import cell
from cdm.benchmark.plan import Cell, Method, Plan
from cdm.errors import CdmError
from cdm.evaluation import protocol

ASKED = protocol.find("pendulum")
ONE = Cell(Method("mine", model="x"), ASKED, 2, ASKED, ASKED)
PLAN = Plan("p", (ONE.method,), (ASKED,), {"pendulum": "d"}, (2,))


def test_seeds_have_records_of_their_own_and_one_budget(tmp_path: Path) -> None:
    other = Cell(ONE.method, ASKED, 3, ASKED, ASKED)
    assert cell.record(tmp_path, ONE.key) != cell.record(tmp_path, other.key)
    assert cell.budgeted(tmp_path, ONE) == cell.budgeted(tmp_path, other)
    assert cell.trained(tmp_path, ONE) != cell.trained(tmp_path, other)


@pytest.mark.parametrize(
    ("error", "status"),
    [("model 'x' cannot answer counterfactuals; it answers encode", "cannot"), ("damaged", "failed")],
)
def test_what_went_wrong_is_recorded_with_the_state_of_the_machine(
    error: str, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise (cell._Cannot if status == "cannot" else CdmError)(error)

    monkeypatch.setattr(cell, "_scored", fail)
    cell._cell(PLAN, ONE, tmp_path, None)
    found = json.loads(cell.record(tmp_path, ONE.key).read_bytes())
    assert (found["status"], found["error"], found["seed"], found["hash"]) == (status, error, 2, ASKED.hash)
    assert found["peak MB"] > 10 and found["threads"] == 1 and found["versions"]["torch"]
