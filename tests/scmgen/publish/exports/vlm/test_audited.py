"""The audit of benchmarks/vlm finds every answer in the shards, and finds what was changed."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from checkout import ROOT
from questions import Asked


@pytest.fixture(scope="module")
def audit() -> Any:
    place = ROOT / "benchmarks" / "vlm" / "audit.py"
    spec = importlib.util.spec_from_file_location("audit_of_questions", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_answer_is_worked_out_under_all_names(audit: Any, described: Asked, neutral: Asked) -> None:
    for asked in (described, neutral):
        found, faults = audit.audit(Path(str(asked.data.place)), asked.place)
        assert faults == [] and len(found) == 80


def test_what_was_changed_is_found(audit: Any, described: Asked, tmp_path: Path) -> None:
    shutil.copytree(described.place, tmp_path / "set")
    key, asked = tmp_path / "set" / "key.jsonl", tmp_path / "set" / "questions" / "train.jsonl"
    first = json.loads(key.read_text().partition("\n")[0])
    key.write_text(key.read_text().replace('"answer":"A"', '"answer":"B"', 1))
    (solved,) = (line for line in described.lines if line["id"] == "train-counterfactual-value-2-0000")
    told = solved["text"].split("would have been ")[1].split(".")[0]
    asked.write_text(asked.read_text().replace(f"would have been {told}.", "would have been 1000.", 1))
    _, faults = audit.audit(Path(str(described.data.place)), tmp_path / "set")
    assert len(faults) >= 2 and first["id"] and any("and the key says B" in fault for fault in faults)
    assert any(fault.startswith("train-counterfactual-value-2-0000: Wrong: In image 1, ") for fault in faults)
