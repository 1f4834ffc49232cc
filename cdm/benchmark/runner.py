"""Filling the cells of a plan: some at once, each in a process of its own; what is there already stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cdm.benchmark import cell as cells
from cdm.benchmark.plan import Cell, Plan
from cdm.errors import CdmError, Interrupted
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
        Interrupted: if Ctrl-C was pressed; what was at work is ended, and leaves no record.
    """
    crew = _Crew(path, place, cache)
    with lock.held(place):
        _stand(plan, place)
        try:
            first = {cells.budgeted(place, one): one for one in plan.cells if not one.method.floor}
            lacking = [one for file, one in first.items() if not file.exists()]
            crew.each(lacking, workers, lambda one: _budget(one, plan, place, crew, say))
            lacking = [one for one in plan.cells if not cells.record(place, one.key).exists()]
            crew.each(lacking, workers, lambda one: _fill(one, place, crew, say))
        except KeyboardInterrupt:
            raise Interrupted(f"interrupted; the cells in {place} stay, and the same command goes on") from None


def records(plan: Plan, place: Path) -> list[dict[str, Any]]:
    """The records of the cells that are there, in the order of the plan."""
    found = [cells.record(place, one.key) for one in plan.cells]
    return [json.loads(file.read_bytes()) for file in found if file.exists()]


def _stand(plan: Plan, place: Path) -> None:
    """Raise if the directory holds cells of other questions, of another budget, or of other methods of these names."""
    file, told = place / "plan.json", {"cpu_seconds": plan.cpu_seconds, "threads": plan.threads}
    mine = {method.name: {**asdict(method), "told": ""} for method in plan.methods}  # which changes no cell
    before: Any = json.loads(file.read_bytes()) if file.exists() else {**told, "methods": {}}
    other = [name for name, method in mine.items() if before["methods"].get(name, method) != method]
    other += [name for name in told if before[name] != told[name]]
    if other:
        raise CdmError(f"{place}: holds cells of another {other[0]}; choose another --out")
    asked = {one.name: one.hash for one in plan.protocols}
    for one in records(plan, place):
        if one["hash"] != asked[one["protocol"]]:
            raise CdmError(f"{place}: holds cells of another protocol {one['protocol']}; choose another --out")
    cells.write(file, {**told, "methods": {**before["methods"], **mine}})


def _budget(cell: Cell, plan: Plan, place: Path, crew: _Crew, say: Say) -> None:
    """Find how long a method may train; where it cannot, that is what its cells tell."""
    said = crew.apart("budget", cell)
    if cells.budgeted(place, cell).exists():
        say(f"budget of {cell.method.name}, {cell.asked.name}: known")
        return
    for one in plan.cells:
        if (one.method, one.asked) == (cell.method, cell.asked) and not cells.record(place, one.key).exists():
            cells.write(cells.record(place, one.key), {**cells.told(one), "status": "failed", "error": said})
            say(f"cell {one.key}: failed: {said}")


def _fill(cell: Cell, place: Path, crew: _Crew, say: Say) -> None:
    said = crew.apart("cell", cell)
    there = cells.record(place, cell.key)
    if not there.exists():
        cells.write(there, {**cells.told(cell), "status": "crashed", "error": said})
    say(f"cell {cell.key}: {json.loads(there.read_bytes())['status']}")


class _Stopped(Exception):
    """The crew was sent home: what a process did not finish is no crash."""


@dataclass
class _Crew:
    """Processes that do one thing each, in sessions of their own; they end with this one."""

    path: Path
    place: Path
    cache: Path | None
    at_work: set[subprocess.Popen[str]] = field(default_factory=set)
    stopping: bool = False

    def leave(self) -> None:
        """Send everybody home."""
        self.stopping = True
        for process in list(self.at_work):
            process.kill()

    def each(self, some: Iterable[Cell], workers: int, work: Callable[[Cell], None]) -> None:
        """Do something for each cell, so many at once."""
        pool = ThreadPoolExecutor(workers)
        try:
            for future in [pool.submit(work, one) for one in some]:
                future.result()
        except BaseException:
            self.leave()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def apart(self, what: str, cell: Cell) -> str:
        """Do something for a cell in a process of its own; give the last that it said.

        Raises:
            _Stopped: if the crew was sent home meanwhile.
        """
        words = [what, str(self.path), str(self.place), cell.key, "" if self.cache is None else str(self.cache)]
        code = "from cdm.benchmark.cell import main; main()"
        threads = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        if self.stopping:
            raise _Stopped
        with subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", code, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**threads, **os.environ},
            start_new_session=True,
        ) as process:
            self.at_work.add(process)
            said = process.communicate()[0].strip().splitlines()
            self.at_work.discard(process)
        if self.stopping:
            raise _Stopped
        return said[-1][-_LAST:] if said else f"ended with status {process.returncode}"
