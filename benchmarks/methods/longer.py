"""The best methods once more with 20 CPU-minutes in place of three: does their order hold?

They get as many times more steps as the line tells that the runner measured for the budget of the benchmark.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import search

RESULTS = Path("benchmarks/results/methods_longer.json")
SECONDS, SEED = 1200, 0
ASKED = ("pendulum", "pendulum-clutter")
BEST = ("cdm", "direct-regression", "deep-scm-vae", "deep-scm-hvae")
"""Those with the least L1 over changed pixels; variants of ours are left out."""
COMPUTE = "compute.png"
_FIGURES = ("all", "changed", "unchanged")
_SECTION = """## At 20 CPU-minutes

The four best methods, seed {seed}, on one thread with {seconds:,} CPU-seconds (`python benchmarks/methods longer --home
HOME -j 2`): L1 over all / changed / unchanged pixels, and the place of each by changed ones among those that have both.

{table}

![L1 over changed pixels against the CPU-seconds of a training, of every method](../images/benchmark/compute.png)

"""
Record = Mapping[str, Any]


def prepare(
    plain: Mapping[str, Any], budgets: Mapping[str, Any], home: Path, filled: Mapping[str, Record] | None = None
) -> Path:
    """Write the plan and its budgets; give the folder.

    Args:
        plain: the plan of the benchmark.
        budgets: of its methods, which tell what a step costs.
        home: where its data stand.
        filled: cells that are not to be filled again, wherever they were filled.
    """
    place = home / "longer"
    for part in ("budgets", "cells"):
        (place / "cells" / part).mkdir(parents=True, exist_ok=True)
    for key, record in (filled or {}).items():
        file = place / "cells" / "cells" / f"{key}.json"
        if not file.exists():
            file.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    head = [f'name = "methods-longer"\nprotocols = {json.dumps(ASKED)}\nseeds = [{SEED}]\ncpu_seconds = {SECONDS}']
    head += [f'threads = {plain["threads"]}\nbudget_on = "{plain["budget_on"]}"\n\n[data]']
    head += [f"{name} = {json.dumps(str((home / plain['data'][name]).resolve()))}" for name in ASKED]
    for name in BEST:
        told = plain["methods"][name]
        head += search.described(name, told, told.get("set", {}))
        key = f"{name}--{plain['budget_on']}"
        known = budgets[key]
        more = {**known, "share": (SECONDS - known["fixed"]) / known["each"], "seconds": SECONDS}
        (place / "cells" / "budgets" / f"{key}.json").write_text(json.dumps(more, indent=1) + "\n", "utf-8")
    (place / "plan.toml").write_text("\n".join(head) + "\n", "utf-8")
    return place


def gather(place: Path) -> dict[str, Record]:
    """The cells that are done, by their keys."""
    records = {file.stem: json.loads(file.read_bytes()) for file in sorted((place / "cells" / "cells").glob("*.json"))}
    return {key: one for key, one in records.items() if one["status"] == "done"}


def section(short: Sequence[Record], longer: Mapping[str, Record]) -> str:
    """What the page says of them; nothing if there are none."""
    lines = []
    for asked in ASKED:
        both = {name: (_cell(short, name, asked), _cell(longer.values(), name, asked)) for name in BEST}
        places = [_places([pair[k] for pair in both.values() if all(pair)]) for k in (0, 1)]
        for name, (few, more) in both.items():
            if few and more:
                cells = [f"{_told(one)} | {place[name]}" for one, place in zip((few, more), places, strict=True)]
                lines.append(f"| {asked} | {name} | {' | '.join(cells)} | {more['CPU-seconds']:.0f} | {more['load']} |")
    if not lines:
        return ""
    lacking = [f"{name} on {asked}" for asked in ASKED for name in BEST if not _cell(longer.values(), name, asked)]
    heads = "| data | method | 3 minutes | place | 20 minutes | place | CPU-s | load |"
    table = [heads, "|---" * 8 + "|", *lines, *(["", f"Not run yet: {', '.join(lacking)}."] if lacking else [])]
    return _SECTION.format(seed=SEED, seconds=SECONDS, table="\n".join(table))


def _cell(records: Any, method: str, asked: str) -> Record | None:
    wanted = (method, asked, SEED)
    return next((one for one in records if (one["method"], one["protocol"], one["seed"]) == wanted), None)


def _told(one: Record) -> str:
    return " / ".join(f"{one['scores']['L1']['model'][part]:.4f}" for part in _FIGURES)


def _places(cells: Sequence[Record]) -> dict[str, int]:
    """Places by changed pixels, the first is 1."""
    ordered = sorted(cells, key=lambda one: one["scores"]["L1"]["model"]["changed"])
    return {one["method"]: k + 1 for k, one in enumerate(ordered)}
