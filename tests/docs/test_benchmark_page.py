"""What docs/reference/benchmark.md and the README say of the methods is what their cells hold."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from checkout import ROOT, script

from cdm.benchmark import plan as plans
from cdm.runs import models

PAGE, PUBLISHED = script("benchmarks/methods/page.py"), script("benchmarks/methods/published.py")
FOUND = ROOT / "benchmarks" / "results" / "methods_search.json"
SEARCH = script("benchmarks/methods/search.py")
PLAN, RESULTS = ROOT / "benchmarks" / "methods" / "plan.toml", ROOT / "benchmarks" / "results" / "methods.json"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(ROOT)
    found: dict[str, Any] = json.loads(RESULTS.read_bytes())
    return found


def test_page_and_readme_are_not_stale(kept: dict[str, Any], tmp_path: Path) -> None:
    page, readme = tmp_path / "page.md", tmp_path / "README.md"
    readme.write_text((ROOT / "README.md").read_text("utf-8"), encoding="utf-8")
    PAGE.write(PLAN, RESULTS, page, readme)
    assert page.read_text("utf-8") == (ROOT / "docs" / "reference" / "benchmark.md").read_text("utf-8")
    assert readme.read_text("utf-8") == (ROOT / "README.md").read_text("utf-8")
    beside = PUBLISHED.text(PAGE.cells(plans.read(PLAN), RESULTS))
    assert beside == (ROOT / "docs" / "reference" / "published-protocols.md").read_text("utf-8")


def test_the_plan_has_the_learning_rates_that_the_search_found(kept: dict[str, Any]) -> None:
    plain = tomllib.loads(PLAN.read_text("utf-8"))["methods"]
    won = SEARCH.chosen(json.loads(FOUND.read_bytes()))
    assert won
    for name, word in won.items():
        asked = {key: value for key, value in plain[name].get("set", {}).items() if key.endswith("rate")}
        wanted = {key: pytest.approx(rate * SEARCH.FACTORS[word]) for key, rate in SEARCH.rates(plain[name]).items()}
        assert (asked or SEARCH.rates(plain[name])) == wanted, name


def test_cells_are_of_the_protocols_and_methods_that_the_plan_has(kept: dict[str, Any]) -> None:
    plan = plans.read(PLAN)
    asked, methods = {one.name: one.hash for one in plan.protocols}, {one.name: one for one in plan.methods}
    for name, cell in kept["cells"].items():
        assert cell["hash"] == asked[cell["protocol"]] and cell["status"] in ("done", "cannot"), name
        told = {**methods[cell["method"]].settings, "seed": cell["seed"]}
        assert {key: cell.get("options", told)[key] for key in told} == told, name
        assert "load" in cell and "versions" in cell, name


def test_every_method_of_the_plan_is_a_kind_with_a_page() -> None:
    for name, told in tomllib.loads(PLAN.read_text("utf-8"))["methods"].items():
        assert told["told"], name
        if "model" in told:
            assert told["model"] in models.MODELS, name
            where = "cdm.md" if told["model"] == "causal_diffusion" else f"methods/{told['model']}.md"
            assert (ROOT / "docs" / "reference" / where).exists(), name


def test_a_cell_at_the_longer_budget_is_not_filled_again_in_another_home(tmp_path: Path) -> None:
    longer, plain = script("benchmarks/methods/longer.py"), tomllib.loads(PLAN.read_text("utf-8"))
    budgets, filled = (json.loads(file.read_bytes()) for file in (RESULTS, ROOT / longer.RESULTS))
    place = longer.prepare(plain, budgets["budgets"], tmp_path, filled)
    assert filled and longer.gather(place) == filled


def test_of_every_method_that_draws_the_first_answers_are_kept(kept: dict[str, Any]) -> None:
    tiles, plan = script("benchmarks/methods/tiles.py"), plans.read(PLAN)
    drawn: dict[str, list[str]] = {}
    for record in PAGE.cells(plan, RESULTS):
        if "L1" in record.get("scores", {}) and record["method"] not in tiles.FLOORS:
            drawn.setdefault(record["protocol"], []).append(record["method"])
    assert drawn
    for name, methods in drawn.items():
        shown = tiles.read(ROOT / tiles.PLACE / f"{name}.png")
        assert [*shown.rows] == ["factual", "truth", *dict.fromkeys(methods)]
        assert {*shown.heads} <= {*shown.names} and all(len(row) == len(shown.heads) for row in shown.rows.values())


def test_answers_that_were_kept_are_read_as_they_were(tmp_path: Path) -> None:
    tiles = script("benchmarks/methods/tiles.py")
    rows = {name: np.random.default_rng(k).integers(0, 256, (3, 4, 4, 3), "uint8") for k, name in enumerate("ab")}
    tiles.write(tmp_path / "some.png", tiles.Tiles(["x", "y", "x"], ["x", "y"], [[0, 1], [0, 0]], rows))
    found = tiles.read(tmp_path / "some.png")
    assert (found.heads, found.names, found.truth) == (["x", "y", "x"], ["x", "y"], [[0, 1], [0, 0]])
    assert [*found.rows] == [*rows] and all((found.rows[name] == rows[name]).all() for name in rows)
