"""The page that `benchmarks/methods page` writes, from the cells."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import again
import glance
import longer
import search
from glance import FLOORS, OURS

from cdm.benchmark import plan as plans
from cdm.benchmark import tables
from cdm.benchmark.plan import Plan
from cdm.evaluation.protocol import Protocol

_TABLE = re.compile(r"(<!-- table: python benchmarks/methods page -->\n).*?(<!-- end of the table -->)", re.DOTALL)
IMAGES = Path("docs/images/benchmark")  # a sheet a protocol
_GLANCE = ("L1, all", "changed", "unchanged", "what was set")
_MAIN = ("L1, all", "changed", "unchanged", "what was set", "SHD")
_LEVEL = 0.05  # of a figure: what is nearer than that is called level
_FIGURES = {
    "": "The first pairs of the test split in which something was set, and what each method answers",
    "-effectiveness": "The error of each factor under a do on each, as a reader sees it in what each method draws",
    "-graphs": "Learned graphs beside the true one",
}
Record = Mapping[str, Any]


def cells(plan: Plan, results: Path) -> list[Record]:
    """The records of a results file, in the order of the plan."""
    kept = json.loads(results.read_bytes())
    return [kept["cells"][cell.key] for cell in plan.cells if cell.key in kept["cells"]]


def write(file: Path, results: Path, page: Path, readme: Path | None) -> None:
    """Write the page, and the table of the README."""
    plan = plans.read(file)
    records = cells(plan, results)
    page.write_text(text(plan, records, sections(records)), encoding="utf-8")
    if readme is not None:
        there, table = readme.read_text(encoding="utf-8"), glance.table(plan, records, ("L1, all", "changed"))
        readme.write_text(_TABLE.sub(lambda found: found[1] + table + found[2], there), encoding="utf-8")


def sections(records: Sequence[Record]) -> str:
    """What else was run: at a longer budget, for learning rates, and once more."""
    more = _read(longer.RESULTS) if longer.RESULTS.exists() else {}
    parts = (longer.section(records, more), search.section(_read(search.RESULTS)), again.section(_read(again.RESULTS)))
    return "".join(parts)


def text(plan: Plan, records: Sequence[Record], section: str) -> str:
    """The whole page."""
    scored = {one["protocol"] for one in records if one["method"] not in FLOORS}
    asked = [one for one in plan.protocols if one.name in scored]
    head = _HEAD.read_text(encoding="utf-8").format(seconds=plan.seconds(plan.protocols[0]), threads=plan.threads)
    parts = [head, glance.section(plan, records, _GLANCE), _methods(plan, records)]
    for one in asked:
        parts += [_results(plan, one, records), _places(plan, one, records)]
    parts += [_lacking(plan, records), section, _all(plan, records)]
    return "\n".join(parts)


_HEAD = Path(__file__).parent / "head.md"


def _methods(plan: Plan, records: Sequence[Record]) -> str:
    lines = ["## Methods", "", "| row | kind | told | parameters | options |", "|---|---|---|---|---|"]
    for method in plan.methods:
        own = [one for one in records if one["method"] == method.name and "parameters" in one]
        kind = f"[`{method.model}`](methods/{method.model}.md)" if method.model else "floor"
        kind = kind.replace("[`causal_diffusion`](methods/causal_diffusion.md)", "[`causal_diffusion`](cdm.md)")
        count = f"{own[0]['parameters']:,}" if own else "-"
        told = ", ".join(f"{name}={value}" for name, value in method.settings.items()) or "-"
        lines.append(f"| {method.name} | {kind} | {method.told or '-'} | {count} | {told} |")
    return "\n".join(lines) + "\n"


def _results(plan: Plan, asked: Protocol, records: Sequence[Record]) -> str:
    """The table of a protocol, best first in what changes."""
    heads = ["method", "told", "seeds", *tables.COLUMNS, "CPU-s"]
    found = tables.rows(plan, asked.name, records)
    there = [row for row in found if row[2] != "0" or len(row[3]) > 1]
    place = {name: k for k, name in enumerate(heads)}["changed"]
    ordered = sorted(there, key=lambda row: (row[0] not in FLOORS, _number(row[place])))
    own = [one for one in records if one["protocol"] == asked.name and "load" in one]
    loads = f"{min(one['load'] for one in own):.1f} to {max(one['load'] for one in own):.1f}"
    told = f"{asked.rows} pairs of {asked.split}, protocol {asked.hash[:12]}; medians over seeds; load {loads}."
    lines = [f"## {asked.name}", "", told, "", _line(heads), _line(["---"] * len(heads)), *map(_line, ordered)]
    for name, about in _FIGURES.items():
        if (IMAGES / f"{asked.name}{name}.png").exists():
            lines += ["", f"![{about}](../images/benchmark/{asked.name}{name}.png)"]
    return "\n".join(lines) + "\n"


def _places(plan: Plan, asked: Protocol, records: Sequence[Record]) -> str:
    """Where our model stands among the others, column by column; where it is not first, that is said."""
    heads = ["method", "told", "seeds", *tables.COLUMNS, "CPU-s"]
    found = [row for row in tables.rows(plan, asked.name, records) if row[0] in _others(plan) - {*FLOORS} | {OURS}]
    lines = list[str]()
    for name in ("L1, all", "changed", "unchanged", "what was set", "all else", "FD over floor", "SHD"):
        place = heads.index(name)
        told = sorted((_number(row[place]), row[0]) for row in found if _number(row[place]) < float("inf"))
        names = [method for _, method in told]
        if OURS not in names or len(names) < 2:
            continue
        mine = dict((method, value) for value, method in told)[OURS]
        better = [method for value, method in told if value < mine * (1 - _LEVEL)]
        level = [method for value, method in told if abs(value - mine) <= mine * _LEVEL and method != OURS]
        rest = [f"behind {', '.join(better)}"] if better else [f"first of {len(told)}"] if not level else []
        rest += [f"level with {', '.join(level)}"] if level else []
        lines.append(f"- {name}: {OURS} is {', and '.join(rest)}.")
    return "\n".join([f"Where our model stands (level: within {_LEVEL:.0%}):", "", *lines]) + "\n" if lines else ""


def _lacking(plan: Plan, records: Sequence[Record]) -> str:
    there = {(one["method"], one["protocol"], one["seed"]) for one in records}
    cells = [cell for cell in plan.cells if (cell.method.name, cell.asked.name, cell.seed) not in there]
    cannot = [one for one in records if one["status"] == "cannot"]
    took = median(one["all CPU-seconds"] for one in records if one["method"] not in FLOORS)
    cost = (
        f"One took {took:.0f} CPU-seconds (median), training, answers and scores, so that the others would take about"
    )
    lines = ["## What is not there", "", f"{len(records)} of {len(plan.cells)} cells are filled, first the first seed."]
    lines += [cost, f"{took * len(cells) / 3600:.0f} hours on one core.", ""]
    for asked in plan.protocols:
        own = [cell for cell in cells if cell.asked.name == asked.name]
        if own:
            lines.append(f"- {asked.name}: {len(own)} cells have not been run.")
    lines += [f"- {one['method']}, {one['protocol']}: cannot: {one['error']}" for one in cannot]
    return "\n".join(lines) + "\n"


def _all(plan: Plan, records: Sequence[Record]) -> str:
    heads = ["method", "protocol", "seed", *_MAIN, "CPU-s", "wall s", "peak MB", "load"]
    lines = ["## Every cell", "", _line(heads), _line(["---"] * len(heads))]
    for one in records:
        if one["status"] == "done":
            figures = [tables.COLUMNS[name] for name in _MAIN]
            cells = [_told(read(one["scores"]), form) for read, form in figures]
            more = [_told(one.get(name), ".0f") for name in ("CPU-seconds", "wall seconds", "peak MB")]
            head = [one["method"], one["protocol"], str(one["seed"])]
            lines.append(_line([*head, *cells, *more, _told(one.get("load"), ".1f")]))
    return "\n".join(lines) + "\n"


def _others(plan: Plan) -> set[str]:
    """The methods that are not ours; variants of our model are compared with it in its own table."""
    return {method.name for method in plan.methods if method.model != "causal_diffusion"}


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_bytes())
    return found


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("inf")


def _told(value: Any, form: str) -> str:
    return "-" if value is None else format(value, form)
