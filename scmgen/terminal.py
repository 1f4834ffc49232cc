"""What a person at a terminal sees: of long work a bar, of numbers and lists what can be read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager


def note(text: str) -> None:
    """Say on stderr what a user may want to know and need not act on."""
    print(f"scmgen: {text}", file=sys.stderr)


@contextmanager
def progress(title: str, total: int, unit: str = "samples") -> Iterator[Callable[[int], None]]:
    """A bar with samples (or what else it counts) a second and the time left, on a terminal's stderr only."""
    if not _redraws():
        yield lambda samples: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total, rate="")

        def advance(samples: int) -> None:
            bar.advance(task, samples)
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            bar.update(task, rate=f"{speed:,.0f} {unit}/s" if speed else "")

        yield advance


def _redraws() -> bool:
    """Whether stderr is a terminal that draws over what it shows; that of a notebook's command keeps every bar."""
    return sys.stderr is not None and sys.stderr.isatty() and "JPY_PARENT_PID" not in os.environ


def amount(size: float) -> str:
    """Spell a number of bytes.

    >>> amount(590_575_501)
    '590.6 MB'
    """
    for unit in ("bytes", "KB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.2f} GB"


def listed(names: Sequence[str], most: int = 8) -> str:
    """Some names in a row, and how many more there are.

    >>> listed(["a", "b", "c", "d"], 2)
    'a, b and 2 more'
    """
    more = len(names) - most
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:most])} and {more:,} more"
