"""How long a training of a kind may be for so many CPU-seconds: every kind is given the same, whatever a step costs.

What a training costs is a line in the share of its preset's steps: two short trainings tell the line. So no kind need
know of budgets, and what is fixed (reading all codes, searching a graph) is counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

_SHARES = (0.01, 0.06)  # so far apart that what a machine adds to one of them matters little
_LEAST = 0.002  # of the steps: what a budget that is used up before it begins still gets


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
    spent = []
    for part in _SHARES:
        began = time.process_time()
        train(scaled(options, part))
        spent.append(time.process_time() - began)
    each = max((spent[1] - spent[0]) / (_SHARES[1] - _SHARES[0]), 1e-6)
    fixed = max(spent[0] - each * _SHARES[0], 0.0)
    return {"share": max((seconds - fixed) / each, _LEAST), "fixed": fixed, "each": each}


def _steps(options: Any) -> dict[str, int]:
    """The steps of each phase that has any."""
    found = {one.name: getattr(options, one.name) for one in fields(options) if one.name.endswith("steps")}
    return {name: count for name, count in found.items() if count}
