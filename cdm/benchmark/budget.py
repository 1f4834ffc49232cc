"""How long a training of a kind may be for so many CPU-seconds: every kind is given the same, whatever a step costs.

What a training costs is a line in the share of its preset's steps: short trainings tell the line, the longest of which
costs a tenth of the budget more than the shortest. So no kind need know of budgets, and what is fixed (reading codes,
searching a graph) is counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

_FIRST, _SECOND, _MORE = 0.01, 0.03, 3  # shares of the steps that are tried, and how much larger the next one is
_CLEAR = 0.1  # of the budget: what the larger must cost more, lest what a machine adds to either count as steps
_LEAST, _MOST = 0.002, 100.0  # of the steps: what a budget that is used up before it begins still gets, and the most


def scaled(options: Any, share: float) -> Any:
    """Options with this share of all steps, one at least of each that has any."""
    return replace(options, **{name: max(1, round(share * count)) for name, count in _steps(options).items()})


def share(train: Callable[[Any], Any], options: Any, seconds: float) -> dict[str, float]:
    """The share of the steps that takes so many CPU-seconds, of this process and its threads.

    Args:
        train: trains with options.
        options: whose steps are to be scaled.
        seconds: the budget.

    Returns:
        ``share``, and the line: ``fixed`` CPU-seconds and those ``each``, of all steps. A kind without steps takes
        what it takes, and is not tried.
    """
    if not _steps(options):
        return {"share": 1.0, "fixed": 0.0, "each": 0.0}
    least, part = _cost(train, options, _FIRST), _SECOND
    while (more := _cost(train, options, part) - least) < _CLEAR * seconds and part < 1:
        part = min(_MORE * part, 1.0)
    each = max(more / (part - _FIRST), seconds / _MOST)
    fixed = max(least - each * _FIRST, 0.0)
    return {"share": max((seconds - fixed) / each, _LEAST), "fixed": fixed, "each": each}


def _cost(train: Callable[[Any], Any], options: Any, part: float) -> float:
    """CPU-seconds of a training of a share of the steps."""
    began = time.process_time()
    train(scaled(options, part))
    return time.process_time() - began


def _steps(options: Any) -> dict[str, int]:
    """The steps of each phase that has any."""
    found = {one.name: getattr(options, one.name) for one in fields(options) if one.name.endswith("steps")}
    return {name: count for name, count in found.items() if count}
