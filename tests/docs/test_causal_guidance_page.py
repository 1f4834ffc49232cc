"""The settings that docs/reference/causal-guidance.md tells of, and the table of docs/how-to/foundation.md."""

from __future__ import annotations

import json
import re

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from checkout import ROOT, script

from cdm.foundation.guidance.factors import USUAL
from cdm.foundation.guidance.settings import PAPER

PAGE = (ROOT / "docs" / "reference" / "causal-guidance.md").read_text(encoding="utf-8")
TABLE = (ROOT / "docs" / "how-to" / "foundation.md").read_text(encoding="utf-8")
FOUND = json.loads((ROOT / "benchmarks" / "results" / "foundation.json").read_bytes())


def test_every_setting_is_told_with_its_defaults() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `?([\w.]+)`? \| `?([\w.]+)`? \|", PAGE, re.MULTILINE)
    told = {name: (usual, of_run) for name, usual, of_run in rows}
    spelled = {name: (f"{value}", f"{USUAL.data()[name]}") for name, value in PAPER.data().items()}
    assert told == {name: tuple(text.removesuffix(".0") for text in pair) for name, pair in spelled.items()}


def test_the_table_is_what_was_measured_and_says_where_our_own_answer_is_better() -> None:
    assert script("benchmarks/foundation/page.py").table(FOUND) in TABLE
    error = {name: row["L1"]["changed"] for name, row in FOUND["found"].items()}
    assert error["CDM"] < error["CSG"] < error["CSG, target alone"] < error["identity"]
