"""Progress on a terminal: bars and losses on stderr; nothing at all where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdm.data.pairs import Pairs
    from cdm.data.shards import ShardFolder

_UNTOLD = ("phase", "step", "steps", "after", "edges", "unlearned")


def opened(source: ShardFolder, split: str, cache: Path | None) -> Pairs:
    """A split of a data set, with a bar while its shards are decoded."""
    from cdm.data import pairs

    total = sum(shard["samples"] for shard in source.shards(split))
    with bar(f"reading {split}", total) as advance:
        return pairs.load(source, split, cache, advance)


@contextmanager
def bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar that leaves nothing behind; the function that it gives is called with the number of items done."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(title, total=total)
        yield lambda count: shown.advance(task, count)


@contextmanager
def training() -> Iterator[Callable[[dict[str, Any]], None]]:
    """A line a phase: bar, steps, time left and losses; above them the graphs that were found.

    Gives the function that is called with each line of the log.
    """
    if not sys.stderr.isatty():
        yield lambda line: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    losses = TextColumn("{task.fields[losses]}", style="cyan", table_column=Column(no_wrap=True, overflow="ellipsis"))
    left = TimeRemainingColumn(compact=True, elapsed_when_finished=True)
    columns = (TextColumn("{task.description:10}"), BarColumn(16), MofNCompleteColumn(), left, losses)
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, Any] = {}

        def tell(line: dict[str, Any]) -> None:
            name = line["phase"]
            if name == "graph":
                bar.console.print(graph_line(line), highlight=False)
                return
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=line["steps"], completed=line["step"], losses="")
            bar.update(tasks[name], completed=line["step"], losses=_losses(line))

        yield tell


def graph_line(line: dict[str, Any]) -> str:
    """A graph that was found between two phases, for people."""
    edges = ", ".join(f"{a} -> {b}" for a, b in line["edges"]) or "no edges"
    return f"graph after {line['after']}: {edges}" + (f"; SHD {line['SHD']}" if "SHD" in line else "")


def _losses(line: dict[str, Any]) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in line.items() if name not in _UNTOLD)
