"""What docs/reference/robustness.md says is what was measured, of the methods as the benchmark has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from checkout import ROOT, script

from cdm.benchmark import plan as plans

PAGE = script("benchmarks/robustness/page.py")
PLAN, RESULTS = ROOT / "benchmarks" / "robustness" / "plan.toml", ROOT / "benchmarks" / "results" / "robustness.json"


def test_page_is_not_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(PAGE, "IMAGE", tmp_path / "benchmark" / PAGE.IMAGE.name)
    PAGE.write(plans.read(PLAN), json.loads(RESULTS.read_bytes()), tmp_path / "page.md")
    assert (tmp_path / "page.md").read_text("utf-8") == (ROOT / "docs" / "reference" / "robustness.md").read_text(
        "utf-8"
    )


def test_its_methods_are_told_what_the_benchmark_tells_them() -> None:
    told = {one.name: one.identity() for one in plans.read(ROOT / "benchmarks" / "methods" / "plan.toml").methods}
    assert all(one.identity() == told[one.name] for one in plans.read(PLAN).methods)
