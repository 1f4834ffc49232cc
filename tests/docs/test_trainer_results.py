"""What the README and docs/reference/trainer-results.md say of the trainer is what was measured."""

from __future__ import annotations

import json
from typing import Any

import pytest
from checkout import ROOT, script

PAGE = script("benchmarks/trainer/page.py")


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(ROOT)
    results = ROOT / "benchmarks" / "results"
    real = results / "real_images.json"
    figures: dict[str, Any] = json.loads((results / "trainer.json").read_text())
    return figures | {"real": json.loads(real.read_text()) if real.exists() else {}}


def test_the_page_is_not_stale(kept: dict[str, Any]) -> None:
    assert (ROOT / "docs" / "reference" / "trainer-results.md").read_text() == PAGE.page(kept)


def test_the_table_of_the_readme_is_not_stale(kept: dict[str, Any]) -> None:
    text = (ROOT / "README.md").read_text()
    table = PAGE.headline(kept)
    assert table in text and PAGE.in_readme(text, table) == text


def test_each_scene_stands_once_with_all_its_seeds(kept: dict[str, Any]) -> None:
    table = [line for line in PAGE.headline(kept).replace(" †", "").splitlines() if line.startswith("| ")][1:]
    rows = [line.removeprefix("| ").split(" | ")[:2] for line in table]
    seeds = {
        name: [key for key in kept["models"] if key.startswith(f"{name}, standard,")]
        for name, _ in (row for row in rows)
    }
    assert [(name, str(len(found))) for name, found in seeds.items()] == [tuple(row) for row in rows]
