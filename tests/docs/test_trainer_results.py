"""What the README and docs/reference/trainer-results.md say of the trainer is what was measured."""

from __future__ import annotations

import json
from types import SimpleNamespace
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
    table = [
        line for line in PAGE.headline(kept).replace(" †", "").replace(" ‡", "").splitlines() if line.startswith("| ")
    ][1:]
    rows = [line.removeprefix("| ").split(" | ")[:2] for line in table]
    seeds = {
        name: [key for key in kept["models"] if key.startswith(f"{name}, standard,")]
        for name, _ in (row for row in rows)
    }
    assert [(name, str(len(found))) for name, found in seeds.items()] == [tuple(row) for row in rows]


def test_codes_without_names_are_matched_with_factors_of_any_kind() -> None:
    torch = pytest.importorskip("torch", reason="needs scmgen[cdm]")
    from cdm.scm.codes import Code, Factor
    from cdm.scm.domains import Categorical, Circular, Continuous
    from cdm.training.supervision.levels import nameless

    kinds = (Continuous(0, 1), Circular(0, 360), Categorical(("tea", "juice", "water")))
    code = Code(tuple(Factor(name, kind) for name, kind in zip("abc", kinds, strict=True)))
    draw = torch.Generator().manual_seed(0)
    values = torch.rand(500, 3, generator=draw) * torch.tensor([1.0, 360.0, 3.0])
    values[:, 2] = values[:, 2].floor()
    factors = code.encode(values)
    of_c = factors[:, code.blocks[2]] @ torch.tensor([0.1, -0.7, 0.3])
    of_b = factors[:, code.blocks[1]] @ torch.tensor([0.6, 0.8])
    z = torch.stack([of_c, -factors[:, 0], of_b], dim=1)  # c, a, b
    chain = torch.tensor([[0, 1, 0], [0, 0, 1], [0, 0, 0]])  # a -> b -> c
    model = SimpleNamespace(code=nameless(3), untold={"order"}, adjacency=torch.zeros(3, 3))
    model.adjacency[1, 2] = model.adjacency[2, 0] = 1
    found = script("benchmarks/trainer/levels.py").matched(model, z, code, factors, chain)
    assert found["matching"] == {"z1": "c", "z2": "a", "z3": "b"}
    assert found["SHD"] == 0 and found["MCC"] > 0.999


def test_levels_that_are_permuted_and_angles_that_are_turned_are_read_as_well() -> None:
    torch = pytest.importorskip("torch", reason="needs scmgen[cdm]")
    from cdm.scm.codes import Code, Factor
    from cdm.scm.domains import Categorical, Circular

    code = Code((Factor("b", Circular(0, 360)), Factor("c", Categorical(("tea", "juice", "water")))))
    values = torch.rand(500, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([360.0, 3.0])
    values[:, 1] = values[:, 1].floor()
    factors = code.encode(values)
    z = factors[:, [1, 0, 4, 2, 3]]
    model = SimpleNamespace(code=code, untold={"sign"}, adjacency=torch.zeros(2, 2))
    found = script("benchmarks/trainer/levels.py").matched(model, z, code, factors, torch.zeros(2, 2))
    assert found["MCC"] > 0.999 and found["matching"] == {"b": "b", "c": "c"}
