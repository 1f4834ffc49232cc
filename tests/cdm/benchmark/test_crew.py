"""The crew: what a process said, here and elsewhere, and that nobody stays behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.benchmark.crew import Crew, Stopped
from cdm.benchmark.plan import Cell, Method
from cdm.evaluation import protocol

ASKED = protocol.find("pendulum")
ONE = Cell(Method("mine", model="x"), ASKED, 0, ASKED, ASKED)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_a_process_says_comes_back(elsewhere: bool, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as executor:
        crew = Crew(tmp_path / "plan.toml", tmp_path, None, executor if elsewhere else None)
        assert "plan.toml: cannot be read: No such file or directory" in crew.apart("cell", ONE)
    assert not crew.at_work


def test_one_that_fails_sends_everybody_home(tmp_path: Path) -> None:
    crew = Crew(tmp_path / "plan.toml", tmp_path, None)

    def fail(cell: Cell) -> None:
        raise ValueError

    with pytest.raises(ValueError):
        crew.each([ONE, ONE], 1, fail)
    with pytest.raises(Stopped):
        crew.apart("cell", ONE)
