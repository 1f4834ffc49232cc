"""How far long work is: on a terminal a bar, elsewhere a line now and then; all on stderr."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdm.data.pairs import Pairs
    from cdm.data.shards import ShardFolder

_UNTOLD = ("phase", "step", "steps", "after", "edges", "unlearned")
_EVERY = 15.0  # seconds between two lines
_WIDE = 120  # columns of a terminal that has room for losses


def say(text: str) -> None:
    """Write a line for whoever waits; work goes on if nobody can read it."""
    with suppress(OSError, ValueError):
        print(f"cdm: {text}", file=sys.stderr, flush=True)


def _redraws() -> bool:
    """Whether stderr is a terminal that draws over what it shows; that of a notebook's command keeps every bar."""
    return sys.stderr.isatty() and "JPY_PARENT_PID" not in os.environ


def opened(source: ShardFolder, split: str, cache: Path | None) -> Pairs:
    """A split of a data set, with a bar while its shards are decoded."""
    from cdm.data import pairs

    with bar(f"reading {split}", source.count(split)) as advance:
        return pairs.load(source, split, cache, advance)


@contextmanager
def bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Give a function that is called with the number of items done; a bar leaves nothing behind."""
    if not _redraws():
        yield _lines(title, total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(title, total=total)
        yield lambda count: shown.advance(task, count)


def _lines(title: str, total: int) -> Callable[[int], None]:
    """What tells of items that take long; nothing of those that do not."""
    began = told = time.monotonic()
    done = 0

    def advance(count: int) -> None:
        nonlocal done, told
        done, now = done + count, time.monotonic()
        if now - told >= _EVERY and done < total:
            told = now
            say(f"{title}: {done:,} of {total:,}{_left((now - began) * (total - done) / max(1, done))}")

    return advance


@contextmanager
def training(work: Mapping[str, float] | None = None) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Give the function that is called with each line of the log of a training: it shows how far all of it is.

    Args:
        work: of each phase, in any unit, in their order; if it is not known, each phase is shown by itself.
    """
    place = _Place(dict(work or {}))
    if not _redraws():
        yield _Lines(place).tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.table import Column

    losses = TextColumn("{task.fields[losses]}", style="cyan", table_column=Column(no_wrap=True, overflow="ellipsis"))
    left = TimeRemainingColumn(compact=True, elapsed_when_finished=True)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(24), TaskProgressColumn(), left)
    with Progress(*columns, *([losses] if console.width >= _WIDE else []), console=console) as bar:
        task = bar.add_task("starting", total=1.0, losses="")

        def tell(line: dict[str, Any]) -> None:
            if "edges" in line:
                bar.console.print(graph_line(line), highlight=False)
            else:
                share = place.share(line)
                bar.update(task, description=place.spelled(line), completed=share, losses=_losses(line))

        yield tell


class _Place:
    """Where in all of its phases a training is."""

    def __init__(self, work: dict[str, float]) -> None:
        self._work = work

    def share(self, line: Mapping[str, Any]) -> float:
        """Of all work, from 0 to 1."""
        name, here = line["phase"], line["step"] / max(1, line["steps"])
        if name not in self._work:
            return float(here)
        names = list(self._work)
        before = sum(self._work[one] for one in names[: names.index(name)])
        return float((before + here * self._work[name]) / sum(self._work.values()))

    def spelled(self, line: Mapping[str, Any]) -> str:
        """The phase, which of how many it is, and its steps."""
        name, names = line["phase"], list(self._work)
        number = f" ({names.index(name) + 1} of {len(names)})" if name in names else ""
        return f"{name}{number}, step {line['step']:,} of {line['steps']:,}"


class _Lines:
    """A line when a phase begins, and every few seconds."""

    def __init__(self, place: _Place) -> None:
        self._place = place
        self._phase, self._since, self._told = "", (0.0, 0.0), 0.0

    def tell(self, line: dict[str, Any]) -> None:
        """Take a line of the log."""
        if "edges" in line:
            say(graph_line(line))
            return
        now, share = time.monotonic(), self._place.share(line)
        if line["phase"] != self._phase:
            self._phase, self._since = line["phase"], (now, share)
        elif now - self._told < _EVERY:
            return
        self._told = now
        (began, from_), left = self._since, ""
        if from_ < share < 1:
            left = _left((now - began) * (1 - share) / (share - from_))
        say(f"{self._place.spelled(line)}; {share:.0%} of all{left}")


def _left(seconds: float) -> str:
    """About how long it takes.

    >>> _left(40), _left(190), _left(5000)
    (', about 40 s left', ', about 3 min left', ', about 1 h 23 min left')
    """
    minutes = round(seconds / 60)
    hours = f"{minutes // 60} h {minutes % 60} min" if minutes > 60 else f"{minutes} min"
    return f", about {f'{seconds:.0f} s' if seconds < 100 else hours} left"


def graph_line(line: dict[str, Any]) -> str:
    """A graph that was found between two phases, for people."""
    edges = ", ".join(f"{a} -> {b}" for a, b in line["edges"]) or "no edges"
    return f"graph after {line['after']}: {edges}" + (f"; SHD {line['SHD']}" if "SHD" in line else "")


def _losses(line: dict[str, Any]) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in line.items() if name not in _UNTOLD)
