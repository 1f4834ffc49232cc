"""Who fills cells: processes that do one thing each, on this machine or on those of an executor."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from cdm.benchmark.plan import Cell

_CODE = "from cdm.benchmark.cell import main; main()"


class Stopped(Exception):
    """The crew was sent home: what a process did not finish is no crash."""


@dataclass
class Crew:
    """Processes in sessions of their own; those of this machine end with this one.

    Attributes:
        path: the file of the plan.
        place: the directory of what is filled.
        cache: where decoded shards and readers are kept.
        executor: starts them elsewhere; None starts them here.
        at_work: those that run here now.
        stopping: whether they were sent home.
    """

    path: Path
    place: Path
    cache: Path | None
    executor: Executor | None = None
    at_work: set[subprocess.Popen[str]] = field(default_factory=set)
    stopping: bool = False

    def leave(self) -> None:
        """Send everybody home."""
        self.stopping = True
        for process in list(self.at_work):
            process.kill()

    def each(self, some: Iterable[Cell], workers: int, work: Callable[[Cell], object]) -> None:
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
        """Do something for a cell in a process of its own; give what it said.

        Raises:
            Stopped: if the crew was sent home meanwhile.
        """
        words = [what, str(self.path), str(self.place), cell.key, "" if self.cache is None else str(self.cache)]
        if self.stopping:
            raise Stopped
        said = self._here(words) if self.executor is None else self.executor.submit(elsewhere, words).result()
        if self.stopping:
            raise Stopped
        return said

    def _here(self, words: list[str]) -> str:
        with _process(words) as process:
            self.at_work.add(process)
            said = process.communicate()[0]
            self.at_work.discard(process)
        return said or f"ended with status {process.returncode}"


def elsewhere(words: list[str]) -> str:
    """What an executor's worker does: the same process, there."""
    with _process(words) as process:
        return process.communicate()[0] or f"ended with status {process.returncode}"


def _process(words: list[str]) -> subprocess.Popen[str]:
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", _CODE, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**threads, **os.environ},
        start_new_session=True,
    )
