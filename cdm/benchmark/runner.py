"""Filling the cells of a plan: some at once, each in a process of its own; what is there already stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cdm.benchmark import cell as cells
from cdm.benchmark.plan import Cell, Plan
from cdm.errors import CdmError
from cdm.runs import lock

Say = Callable[[str], None]
_LAST = 300  # characters of what a process said before it ended


def run(plan: Plan, path: Path, place: Path, workers: int, cache: Path | None, say: Say = lambda text: None) -> None:
    """Fill every cell that is not there, budgets first; a cell that fails is a cell.

    Args:
        plan: what is run.
        path: its file, which each process reads.
        place: the directory of records, answers and budgets.
        workers: processes at once.
        cache: where decoded shards and readers are kept.
        say: told of each cell that is done.

    Raises:
        CdmError: if another process fills this directory, or it holds cells of other questions.
    """
    with lock.held(place):
        _stand(plan, place)
        first = {cells.budgeted(place, one): one for one in plan.cells if not one.method.floor}
        lacking = [one for file, one in first.items() if not file.exists()]
        _each(lacking, workers, lambda one: _budget(one, plan, path, place, cache, say))
        lacking = [one for one in plan.cells if not cells.record(place, one.key).exists()]
        _each(lacking, workers, lambda one: _fill(one, path, place, cache, say))


def records(plan: Plan, place: Path) -> list[dict[str, Any]]:
    """The records of the cells that are there, in the order of the plan."""
    found = [cells.record(place, one.key) for one in plan.cells]
    return [json.loads(file.read_bytes()) for file in found if file.exists()]


def _stand(plan: Plan, place: Path) -> None:
    """Raise if the directory holds cells of other questions."""
    asked = {one.name: one.hash for one in plan.protocols}
    for told in records(plan, place):
        if told["hash"] != asked[told["protocol"]]:
            raise CdmError(f"{place}: holds cells of another protocol {told['protocol']}; choose another --out")


def _each(some: Iterable[Cell], workers: int, work: Callable[[Cell], None]) -> None:
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, some))


def _budget(cell: Cell, plan: Plan, path: Path, place: Path, cache: Path | None, say: Say) -> None:
    """Find how long a method may train; where it cannot, that is what its cells tell."""
    said = _apart("budget", cell, path, place, cache)
    if cells.budgeted(place, cell).exists():
        say(f"budget of {cell.method.name}, {cell.asked.name}: known")
        return
    for one in plan.cells:
        if (one.method, one.asked) == (cell.method, cell.asked) and not cells.record(place, one.key).exists():
            cells.write(cells.record(place, one.key), {**cells.told(one), "status": "failed", "error": said})
            say(f"cell {one.key}: failed: {said}")


def _fill(cell: Cell, path: Path, place: Path, cache: Path | None, say: Say) -> None:
    said = _apart("cell", cell, path, place, cache)
    there = cells.record(place, cell.key)
    if not there.exists():
        cells.write(there, {**cells.told(cell), "status": "crashed", "error": said})
    say(f"cell {cell.key}: {json.loads(there.read_bytes())['status']}")


def _apart(what: str, cell: Cell, path: Path, place: Path, cache: Path | None) -> str:
    """Do something for a cell in a process of its own; give the last that it said."""
    words = [what, str(path), str(place), cell.key, "" if cache is None else str(cache)]
    code = "from cdm.benchmark.cell import main; main()"
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False, env={**threads, **os.environ}
    )
    said = (done.stderr or done.stdout).strip().splitlines()
    return said[-1][-_LAST:] if said else f"ended with status {done.returncode}"
