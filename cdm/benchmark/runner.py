"""Filling the cells of a plan: some at once, each in a process of its own; what is there already stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cdm.benchmark import cell as cells
from cdm.benchmark.crew import Crew
from cdm.benchmark.plan import ALL, Cell, Choice, Plan
from cdm.errors import CdmError, Interrupted
from cdm.runs import lock

Say = Callable[[str], None]
_LAST = 300  # characters of what a process said before it ended


def run(
    plan: Plan,
    path: Path,
    place: Path,
    workers: int,
    cache: Path | None,
    say: Say = lambda text: None,
    choice: Choice = ALL,
    executor: Executor | None = None,
) -> None:
    """Fill every cell that is not there, budgets first; a cell that fails is a cell.

    Args:
        plan: what is run.
        path: its file, which each process reads.
        place: the directory of records, answers and budgets.
        workers: processes at once.
        cache: where decoded shards and readers are kept.
        say: told of each cell that is done.
        choice: which cells; all by default.
        executor: starts the processes on whichever machines it has, which see plan, directory and data under the same
            names; without one they run here.

    Raises:
        CdmError: if another process fills these cells, the directory holds cells of other questions, or none are meant.
        Interrupted: if Ctrl-C was pressed; what was at work is ended, and leaves no record.
    """
    crew = Crew(path, place, cache, executor)
    chosen = plan.chosen(choice)
    with _held(place, choice.part, choice.parts):
        _stand(plan, place)
        mine = _lacking(chosen, place)
        try:
            data = {plan.data[one.asked.name]: one for one in mine}  # of which protocols may share one
            crew.each(data.values(), workers, lambda one: crew.apart("data", one))
            _budgets(plan, mine, place, crew, say)
            for first in (True, False):  # those whose model another protocol has trained by then come last
                now = [one for one in mine if (one.asked == one.base) is first]
                crew.each(_lacking(now, place), workers, lambda one: _fill(one, place, crew, say))
        except KeyboardInterrupt:
            raise Interrupted(f"interrupted; the cells in {place} stay, and the same command goes on") from None


@contextmanager
def _held(place: Path, number: int, count: int) -> Iterator[None]:
    """Hold a directory alone, or with those who fill other parts."""
    other = "another run of this benchmark"
    with lock.held(place, other, shared=count > 1), lock.held(place / "parts" / f"{number}-of-{count}", other):
        yield


def records(plan: Plan, place: Path) -> list[dict[str, Any]]:
    """The records of the cells that are there, in the order of the plan."""
    found = [cells.record(place, one.key) for one in plan.cells]
    return [json.loads(file.read_bytes()) for file in found if file.exists()]


def _stand(plan: Plan, place: Path) -> None:
    """Raise if the directory holds cells of other questions, of another budget, or of other methods of these names."""
    file = place / "plan.json"
    told = {"cpu_seconds": plan.cpu_seconds, "threads": plan.threads, "budget_on": plan.budget_on}
    mine = {method.name: method.identity() for method in plan.methods}
    before: Any = {"budget_on": "", **json.loads(file.read_bytes())} if file.exists() else {**told, "methods": {}}
    other = [name for name, method in mine.items() if before["methods"].get(name, method) != method]
    other += [name for name in told if before[name] != told[name]]
    if other:
        raise CdmError(f"{place}: holds cells of another {other[0]}; choose another --out")
    asked = {one.name: one.hash for one in plan.protocols}
    for one in records(plan, place):
        if one["hash"] != asked[one["protocol"]]:
            raise CdmError(f"{place}: holds cells of another protocol {one['protocol']}; choose another --out")
    cells.write(file, {**told, "methods": {**before["methods"], **mine}})


def _lacking(some: Iterable[Cell], place: Path) -> list[Cell]:
    return [one for one in some if not cells.record(place, one.key).exists()]


def _budgets(plan: Plan, mine: list[Cell], place: Path, crew: Crew, say: Say) -> None:
    """Find how long each method may train; where it cannot, that is what its cells tell.

    One after the other: beside another training a CPU-second holds fewer steps.
    """

    def find(cell: Cell) -> None:
        said = _last(crew.apart("budget", cell))
        if cells.budgeted(place, cell).exists():
            say(f"budget of {cell.method.name}, {cell.asked.name}: known")
            return
        for one in mine:
            if cells.budgeted(place, one) == cells.budgeted(place, cell):
                cells.write(cells.record(place, one.key), {**cells.told(one), "status": "failed", "error": said})
                say(f"cell {one.key}: failed: {said}")

    needed = {cells.budgeted(place, one) for one in mine if not one.method.floor}
    telling = {cells.budgeted(place, one): one for one in reversed(plan.cells) if one.asked == one.measured}
    crew.each([one for file, one in reversed(telling.items()) if file in needed and not file.exists()], 1, find)


def _fill(cell: Cell, place: Path, crew: Crew, say: Say) -> None:
    said = _last(crew.apart("cell", cell))
    there = cells.record(place, cell.key)
    if not there.exists():
        cells.write(there, {**cells.told(cell), "status": "crashed", "error": said})
    say(f"cell {cell.key}: {json.loads(there.read_bytes())['status']}")


def _last(said: str) -> str:
    """The last line, which is the one that tells what went wrong."""
    return said.strip().splitlines()[-1][-_LAST:]
