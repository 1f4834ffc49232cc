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
            bar.update(task, rate=f"{speed:,.{0 if speed >= 10 else 1}f} {unit}/s" if speed else "")

        yield advance


def _redraws() -> bool:
    """Whether stderr is a terminal that draws over what it shows; that of a notebook's command keeps every bar."""
    return sys.stderr is not None and sys.stderr.isatty() and "JPY_PARENT_PID" not in os.environ


def counted(number: int, thing: str) -> str:
    """Spell how many there are of a thing.

    >>> counted(1, "shard"), counted(2_000, "sample")
    ('1 shard', '2,000 samples')
    """
    return f"{number:,} {thing}{'s' * (number != 1)}"


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


def lasting(seconds: float) -> str:
    """Spell about how long something takes.

    >>> lasting(95), lasting(5_400), lasting(200_000)
    ('2 minutes', '1.5 hours', '2.3 days')
    """
    for unit, most, step in (("minutes", 5_400, 60), ("hours", 172_800, 3_600)):
        if seconds < most:
            return f"{round(seconds / step):,} minutes" if unit == "minutes" else f"{seconds / step:.1f} {unit}"
    return f"{seconds / 86_400:.1f} days"
