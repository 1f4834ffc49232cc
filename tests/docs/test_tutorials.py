"""Every tutorial runs whole, as a reader would run it, in a fresh kernel; and what it says of other pages is there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from checkout import ROOT
from libraries import need

TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.ipynb"))
PICTURES = {"01": 5, "02": 8, "03": 5, "04": 7, "05": 2, "06": 4, "07": 13}
"""How many cells of each show a picture, at least."""


@pytest.fixture(scope="module")
def tutorials() -> ModuleType:
    """The script that keeps and runs them."""
    need("nbclient", "ipykernel", "matplotlib", "torch", "sklearn")
    spec = importlib.util.spec_from_file_location("make_tutorials", ROOT / "docs" / "make_tutorials.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shows(cell: Any) -> bool:
    """Whether there is something to look at: a picture, or a page of a scene, a data set, a model or a graph."""
    given = [output.get("data", {}) for output in cell.outputs]
    return any("image/png" in data or "<svg" in data.get("text/html", "") for data in given)


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_it_runs_whole_and_its_sanity_checks_hold(path: Path, tutorials: ModuleType) -> None:
    ran = tutorials.run(path)
    cells = code(ran)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert any(map(shows, cells[:4])), "a picture comes early"
    assert sum(map(shows, cells)) >= PICTURES[path.stem[:2]]
    told = "".join(str(output.get("text", "")) for cell in cells for output in cell.outputs)
    assert "Traceback" not in told and "Error: " not in told and "\x1b" not in told
    assert sum(cell.source.count("assert ") for cell in cells) >= 3


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_git_holds_no_output_of_it(path: Path, tutorials: ModuleType) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == tutorials.bare(path), "python docs/make_tutorials.py"
    assert len(text) < 50_000


def test_a_false_sanity_check_fails(tutorials: ModuleType, tmp_path: Path) -> None:
    from nbclient.exceptions import CellExecutionError

    false = (ROOT / "docs" / "tutorials" / "01-first-data-set.ipynb").read_text(encoding="utf-8")
    wrong = tutorials.nbformat.reads(false, as_version=4)
    wrong.cells = [tutorials.nbformat.v4.new_code_cell("assert 1 + 1 == 3, 'sums'")]
    tutorials.nbformat.write(wrong, tmp_path / "wrong.ipynb")
    with pytest.raises(CellExecutionError, match=r"assert 1 \+ 1 == 3, 'sums'"):
        tutorials.run(tmp_path / "wrong.ipynb")


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_links_exist(path: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8"))
    missing = [link for link in links if not (path.parent / link.partition("#")[0]).exists()]
    assert links and not missing


def test_they_are_seven_in_the_order_of_a_first_hour() -> None:
    assert [path.stem[:2] for path in TUTORIALS] == sorted(PICTURES)
