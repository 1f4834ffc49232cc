"""All data sets at a glance: of every method that is asked about each, one figure a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

from cdm.benchmark import tables
from cdm.benchmark.plan import Method, Plan

OURS, FLOORS = "cdm", ("identity", "oracle")
_TITLE = """## At a glance

The methods that are asked about every data set; medians over seeds ({seeds} a cell); the least in bold, and ordered by
the mean of their places over changed pixels.
"""
Record = Mapping[str, Any]
Cells = dict[tuple[str, str], str]  # by method and protocol


def section(plan: Plan, records: Sequence[Record], shown: Sequence[str]) -> str:
    """A table for each of some columns."""
    parts = [_TITLE.format(seeds=_seeds(plan, records))]
    parts += [f"{name}:\n\n{table(plan, records, [name])}" for name in shown]
    return "\n".join(parts)


def table(plan: Plan, records: Sequence[Record], shown: Sequence[str]) -> str:
    """A row a method, a column a data set; in a cell the columns of :data:`tables.COLUMNS` that are ``shown``."""
    names = protocols(plan, records)
    methods = [one for one in plan.methods if _everywhere(one)]
    cells = [figures(methods, names, records, name) for name in shown]
    rows = []
    for method in ordered(methods, names, records):
        pairs = [[part.get((method, name), "-") for part in cells] for name in names]
        if any(_number(text) for pair in pairs for text in pair):  # the oracle is wrong about no pixel
            rows.append([method, *("-" if {*pair} == {"-"} else " / ".join(pair) for pair in pairs)])
    lines = [["method", *names], ["---"] * (1 + len(names)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def protocols(plan: Plan, records: Sequence[Record]) -> list[str]:
    """Those that our model and another method have answered."""
    answered = {(one["method"], one["protocol"]) for one in records if one["method"] not in FLOORS}
    several = [one.name for one in plan.protocols if len({m for m, p in answered if p == one.name}) > 1]
    return [name for name in several if (OURS, name) in answered]


def figures(methods: Sequence[Method], names: Sequence[str], records: Sequence[Record], column: str) -> Cells:
    """What stands in the cells for one column; the least of those that are no floors in bold."""
    read, form = tables.COLUMNS[column]
    found: Cells = {}
    for name in names:
        told = {}
        for method in methods:
            values = [value for one in _done(records, method.name, name) if (value := read(one["scores"])) is not None]
            if values:
                told[method.name] = format(median(values), form)
        least = min((text for method, text in told.items() if method not in FLOORS), default="", key=float)
        bold = {method for method, text in told.items() if text == least and method not in FLOORS}
        found |= {(method, name): f"**{text}**" if method in bold else text for method, text in told.items()}
    return found


def ordered(methods: Sequence[Method], names: Sequence[str], records: Sequence[Record]) -> list[str]:
    """Floors first, then by the mean of their places over changed pixels; who answers nothing in images is left out."""
    cells = figures(methods, names, records, "changed")
    places: dict[str, list[int]] = {}
    for name in names:
        told = {method: _number(text) for (method, asked), text in cells.items() if asked == name}
        raced = sorted((value, method) for method, value in told.items() if method not in FLOORS)
        for method in told:
            places.setdefault(method, []).append(next((k for k, one in enumerate(raced) if one[1] == method), -1))
    return sorted(places, key=lambda method: (method not in FLOORS, fmean(places[method]), method))


def _everywhere(method: Method) -> bool:
    """Whether a method is asked about all data sets, and is no variant of ours."""
    return not method.protocols and (method.model != "causal_diffusion" or method.name == OURS)


def _number(text: str) -> float:
    return float("nan") if text == "-" else float(text.strip("*"))


def _done(records: Sequence[Record], method: str, protocol: str) -> list[Record]:
    asked = (method, protocol, "done")
    return [one for one in records if (one["method"], one["protocol"], one["status"]) == asked]


def _seeds(plan: Plan, records: Sequence[Record]) -> str:
    """How many seeds there are in a cell: one number, or from the least to the most."""
    there = [
        len(_done(records, method.name, name))
        for name in protocols(plan, records)
        for method in plan.methods
        if _everywhere(method) and method.name not in FLOORS
    ]
    counts = sorted({count for count in there if count})
    return " to ".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))
