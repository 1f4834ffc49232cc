"""Tables of records."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.benchmark import tables
from cdm.benchmark.plan import Method, Plan
from cdm.evaluation import protocol

ASKED = protocol.find("pendulum")
PLAN = Plan(
    "p",
    (Method("a_b", model="x", told="labels"), Method("none", floor="identity")),
    (ASKED,),
    {"pendulum": "d"},
    (0, 1, 2),
)


def record(seed: int, changed: float, shd: int | None = None) -> dict:
    scores = {"L1": {"model": {"all": 0.5, "changed": changed, "unchanged": 0.0}}}
    more = {"graph": {"SHD": shd}} if shd is not None else {}
    told = {"method": "a_b", "protocol": "pendulum", "seed": seed, "status": "done", "CPU-seconds": 10.0 + seed}
    return {**told, "scores": {**scores, **more}}


def test_a_row_has_medians_and_dashes_for_what_is_not_told() -> None:
    found = tables.rows(PLAN, "pendulum", [record(0, 0.1, 1), record(1, 0.9, 0), record(2, 0.2, 4)])
    assert found[0][:6] == ["a_b", "labels", "3", "0.5000", "0.2000", "0.0000"]
    assert found[0][-3:] == ["1", "-", "11"] and found[1][:4] == ["none", "", "0", "-"]


def test_a_method_that_has_no_answer_says_so() -> None:
    wrong = {"method": "a_b", "protocol": "pendulum", "seed": 0, "status": "cannot", "error": "model 'x' cannot answer"}
    assert tables.rows(PLAN, "pendulum", [wrong])[0][:4] == ["a_b", "labels", "0", "cannot"]
    assert "- a_b, seed 0: cannot: model 'x' cannot answer" in tables.markdown(PLAN, [wrong])
    assert r"a\_b" in tables.latex(PLAN, [wrong])
