"""Robustness to a spurious correlation: do(object) must leave the background alone, however often the two agree.

    python benchmarks/robustness run --home HOME -j 2     # builds the data, trains each method on each, measures it
    python benchmarks/robustness page --page docs/reference/robustness.md

Figures stand in `benchmarks/results/robustness.json`; what is there is not measured again. `HOME` holds data, models
and answers, some gigabytes.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import page

from cdm.benchmark import plan as plans
from cdm.benchmark.plan import Cell, Plan

PLACE, RESULTS = Path(__file__).parent, Path("benchmarks/results/robustness.json")
BENCHMARK = Path("benchmarks/results/methods.json")
CONTROL, _MEASURED = "data/spurious-pairs-50", "pendulum"


def run(home: Path, workers: int, only: list[str], trained: Path | None) -> None:
    """Train what is lacking, and measure it.

    Args:
        home: where data, models and answers stand.
        workers: trainings at once.
        only: patterns of cells, as of the runner; all of the plan if there are none.
        trained: the home of the benchmark, if what it trained on the same data is to be asked, and not trained again.
    """
    home.mkdir(parents=True, exist_ok=True)
    for file in PLACE.glob("*.toml"):
        shutil.copy(file, home / file.name)
    plan = plans.read(home / "plan.toml")
    for asked in plan.protocols:
        words = shlex.split(asked.build)
        _called("scmgen", *words[1 : words.index("-o")], "-o", plan.data[asked.name])
    _budget(plan, home / "cells" / "budgets")
    if trained is not None:
        _take(plan, home / "cells", plans.read(trained / "plan.toml"), trained / "cells")
    patterns = [f"--only={one}" for one in only]
    places = ["-o", str(home / "cells"), "--cache", str(home / "cache")]
    try:
        _called("cdm", "benchmark", str(home / "plan.toml"), *places, "-j", str(workers), *patterns)
    finally:
        measure(plan, home)


def _budget(plan: Plan, out: Path) -> None:
    """As many steps for each method as in the benchmark, whose budgets were measured when little else ran."""
    budgets = json.loads(BENCHMARK.read_bytes())["budgets"]
    out.mkdir(parents=True, exist_ok=True)
    for method in (method for method in plan.methods if method.model):
        told = json.dumps(budgets[f"{method.name}--{_MEASURED}"], indent=1)
        (out / f"{method.name}--{plan.budget_on}.json").write_text(told + "\n", encoding="utf-8")


def _take(plan: Plan, place: Path, other: Plan, there: Path) -> None:
    """Take the models of the benchmark that were told the same, and trained on the same data with the same seed."""
    from cdm.benchmark import cell as cells

    def told(cell: Cell) -> object:
        return cell.method.name, cell.method.identity(), cell.asked.data, cell.seed

    known = {repr(told(cell)): cells.trained(there, cell) for cell in other.cells}
    for cell in plan.cells:
        model, here = known.get(repr(told(cell))), cells.trained(place, cell)
        if model is not None and model.exists() and not here.exists():
            shutil.copytree(model, here)
            print(f"{cell.key}: trained for the benchmark", flush=True)


def measure(plan: Plan, home: Path) -> None:
    """Measure what was trained and is not in the file yet."""
    from cdm.benchmark import cell as cells

    kept: dict[str, Any] = json.loads(RESULTS.read_bytes()) if RESULTS.exists() else {"cells": {}, "classifiers": {}}
    for cell in plan.cells:
        record = cells.record(home / "cells", cell.key)
        told = json.loads(record.read_bytes()) if record.exists() else {}
        if told.get("status") == "done" and cell.key not in kept["cells"]:
            kept["cells"][cell.key] = _measured(plan, home, cell, told, kept["classifiers"])
            RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
            print(cell.key, flush=True)


def _measured(plan: Plan, home: Path, cell: Cell, told: dict[str, Any], classifiers: dict[str, Any]) -> dict[str, Any]:
    import study

    from cdm.benchmark import cell as cells
    from cdm.data import pairs as data
    from cdm.data import shards
    from cdm.evaluation import answered
    from cdm.runs import models

    cache, source = home / "cache", shards.read(plan.data[cell.asked.name])
    test = data.load(source, cell.asked.split, cache)
    judged = study.judge(home, CONTROL, cache)
    answers = answered.read(home / "cells" / "answers" / cell.key, cell.asked, test.code.names)
    found = {"method": cell.method.name, "data": cell.asked.data["name"], "CPU-seconds": told.get("CPU-seconds")}
    found["load"] = told["load"]
    found["failures"] = study.failures(judged, answers.images, test, cell.asked.rows)
    known = data.load(source, "train", cache)
    rows = study.turned(known)
    images, objects = known.arrays["image"], known.arrays["factors"][:, study.OBJECT]
    if cell.method.floor == "oracle":  # the true twins; and what there is without any
        twins = known.arrays["image_cf"][rows]
        more = study.others(known, rows)
        observed = study.worth([images[rows], images[more]], [objects[rows], objects[more]], known, test)
        classifiers[cell.asked.data["name"]] = observed
    elif cell.method.floor:
        return found
    else:
        twins = study.made(models.load(cells.trained(home / "cells", cell)), known, rows)
    return {**found, "classifier": study.worth([images[rows], twins], [objects[rows], objects[rows]], known, test)}


def _called(package: str, *words: str) -> None:
    script = f"from {package}.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", script, *words], check=True)  # noqa: S603


def main() -> None:
    """What the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run")
    running.add_argument("--home", type=Path, required=True)
    running.add_argument("-j", "--workers", type=int, default=2)
    running.add_argument("--only", action="append", default=[])
    running.add_argument("--trained", type=Path, metavar="HOME", help="of the benchmark, whose models are asked again")
    paging = commands.add_parser("page")
    paging.add_argument("--page", type=Path, required=True)
    asked = parser.parse_args()
    if asked.command == "run":
        run(asked.home, asked.workers, asked.only, asked.trained)
    else:
        page.write(plans.read(PLACE / "plan.toml"), json.loads(RESULTS.read_bytes()), asked.page)


if __name__ == "__main__":
    main()
