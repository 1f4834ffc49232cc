"""What the cells of a benchmark tell, as tables: medians over seeds, in Markdown, LaTeX, or every cell as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, median
from typing import Any

from cdm.benchmark.plan import Plan

Record = Mapping[str, Any]


def _part(name: str) -> Callable[[Record], float | None]:
    return lambda scores: scores.get("L1", {}).get("model", {}).get(name)


def _diagonal(scores: Record) -> float | None:
    told = [cell for cell in scores.get("effectiveness", {}).get("diagonal", {}).get("model", ()) if cell is not None]
    return fmean(told) if told else None


def _beside(scores: Record) -> float | None:
    found: float | None = scores.get("effectiveness", {}).get("off diagonal", {}).get("model")
    return found


def _told_beside(scores: Record) -> float | None:
    found: float | None = scores.get("counterfactual factors", {}).get("off diagonal", {}).get("model")
    return found


def _distance(scores: Record) -> float | None:
    found: float | None = scores.get("counterfactuals", {}).get("FD (random convolutions)", {}).get("ratio")
    return found


def _correlation(scores: Record) -> float | None:
    """Of named factors as they are named, of unnamed latents under the best matching."""
    found: float | None = scores.get("MCC", scores.get("latents", {}).get("MCC"))
    return found


COLUMNS: dict[str, tuple[Callable[[Record], Any], str]] = {
    "L1, all": (_part("all"), ".4f"),
    "changed": (_part("changed"), ".4f"),
    "unchanged": (_part("unchanged"), ".4f"),
    "what was set": (_diagonal, ".4f"),
    "all else": (_beside, ".4f"),
    "all else, told": (_told_beside, ".4f"),
    "FD over floor": (_distance, ".2f"),
    "DCI": (lambda scores: scores.get("latents", {}).get("DCI", {}).get("disentanglement"), ".3f"),
    "SHD": (lambda scores: scores.get("graph", {}).get("SHD"), "g"),
    "MCC": (_correlation, ".4f"),
}
"""The figures of a row: from the scores of a cell, and how they are written."""


def rows(plan: Plan, protocol: str, records: Sequence[Record]) -> list[list[str]]:
    """A row a method: its name, what it was told, seeds, medians, CPU-seconds; of one without a score why."""
    found, asked = [], {cell.method.name for cell in plan.cells if cell.asked.name == protocol}
    for method in [one for one in plan.methods if one.name in asked]:
        own = [one for one in records if (one["method"], one["protocol"]) == (method.name, protocol)]
        done = [one for one in own if one["status"] == "done"]
        cells = [_median([read(one["scores"]) for one in done], form) for read, form in COLUMNS.values()]
        if own and not done:
            cells = [own[0]["status"], *([""] * (len(COLUMNS) - 1))]
        seconds = _median([one.get("CPU-seconds") for one in done], ".0f")
        found.append([method.name, method.told, str(len(done)), *cells, seconds])
    return found


def markdown(plan: Plan, records: Sequence[Record]) -> str:
    """A table a protocol; what failed is told below it."""
    parts = []
    for asked in plan.protocols:
        head = ["method", "told", "seeds", *COLUMNS, "CPU-s"]
        lines = [head, ["---"] * len(head), *rows(plan, asked.name, records)]
        parts.append(f"## {asked.name}\n\n{asked.rows} pairs of {asked.split}; protocol {asked.hash[:12]}.\n")
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n")
        wrong = [one for one in records if one["protocol"] == asked.name and one["status"] != "done"]
        parts += [f"- {one['method']}, seed {one['seed']}: {one['status']}: {one['error']}" for one in wrong]
    return "\n".join(parts) + "\n"


def latex(plan: Plan, records: Sequence[Record]) -> str:
    """A tabular a protocol."""
    parts = []
    for asked in plan.protocols:
        head = ["method", "told", "seeds", *COLUMNS, "CPU-s"]
        lines = [" & ".join(map(_escaped, line)) + r" \\" for line in rows(plan, asked.name, records)]
        parts += [f"% {asked.name}, protocol {asked.hash[:12]}", rf"\begin{{tabular}}{{ll{'r' * (len(head) - 2)}}}"]
        parts += [r"\hline", " & ".join(map(_escaped, head)) + r" \\", r"\hline", *lines, r"\hline", r"\end{tabular}"]
    return "\n".join(parts) + "\n"


def comma_separated(plan: Plan, records: Sequence[Record]) -> str:
    """Every cell, a line each."""
    file = io.StringIO(newline="")
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["protocol", "method", "seed", "status", *COLUMNS, "CPU-seconds", "load", "peak MB"])
    for one in records:
        scores = [read(one["scores"]) if one["status"] == "done" else None for read, _ in COLUMNS.values()]
        more = [one.get(key) for key in ("CPU-seconds", "load", "peak MB")]
        table.writerow([one["protocol"], one["method"], one["seed"], one["status"], *scores, *more])
    return file.getvalue()


FORMS: dict[str, Callable[[Plan, Sequence[Record]], str]] = {
    ".md": markdown,
    ".tex": latex,
    ".csv": comma_separated,
}


def _median(values: Sequence[Any], form: str) -> str:
    there = [value for value in values if value is not None]
    return format(median(there), form) if there else "-"


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "&%$#_{}" else sign for sign in text)
