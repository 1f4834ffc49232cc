"""Every method of the field under one protocol, at one budget: the cells behind docs/reference/benchmark.md.

    python benchmarks/methods run --home HOME -j 2        # builds the data, fills the cells that are not there
    python benchmarks/methods run --home HOME --protocol pendulum --method cdm --method causal-diffae
    python benchmarks/methods search --home HOME -j 2     # learning rates, before the cells: what plan.toml then has
    python benchmarks/methods again --home HOME -j 2      # three cells, drawn by lot, once more: the same bytes?
    python benchmarks/methods longer --home HOME -j 2     # the best four at 20 CPU-minutes
    python benchmarks/methods gallery                     # sheets of the answers that were scored, and figures
    python benchmarks/methods page --page docs/reference/benchmark.md --readme README.md \\
        --published docs/reference/published-protocols.md

Cells and budgets stand in `benchmarks/results/methods.json`, the first answers of each method beside it in pictures.
What is in that file is not run again, wherever it was measured, so the machine of each stands in it. `HOME` holds data,
decoded samples, answers: some gigabytes.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import again
import figures
import gallery
import longer
import page
import published
import search
import tiles

from cdm.benchmark import plan as plans

PLAN = Path(__file__).parent / "plan.toml"
RESULTS = Path("benchmarks/results/methods.json")
_PARTS = ("cells", "budgets")


def run(home: Path, workers: int, protocols: list[str], methods: list[str]) -> None:
    """Fill cells, first what the file has, and put what there is then into the file.

    Args:
        home: where data, answers and caches stand.
        workers: cells at once.
        protocols, methods: those to be asked; all of the plan if there are none.
    """
    from cdm.evaluation import protocol as known

    text = PLAN.read_text(encoding="utf-8")
    plain = tomllib.loads(text)
    out = home / "cells"
    _restore(out)
    for name in protocols or plain["protocols"]:
        _build(known.find(name).build, home / plain["data"][name])
    (home / "plan.toml").write_text(text, encoding="utf-8")
    only = [f"--only={one}--{other}--*" for one in methods or "*" for other in protocols or "*"]
    command = ["benchmark", str(home / "plan.toml"), "-o", str(out), "-j", str(workers), "--cache", str(home / "cache")]
    try:
        _called("cdm", *command, *only)
    finally:
        _gather(home)


def look_for_rates(home: Path, workers: int) -> None:
    """Train what the search asks for, as far as it is lacking, and put what was found into its file."""
    plain = search.read(PLAN)
    place = search.prepare(plain, json.loads(RESULTS.read_bytes())["budgets"], home)
    places = ["-o", str(place / "cells"), "--cache", str(home / "cache")]
    try:
        _called("cdm", "benchmark", str(place / "plan.toml"), *places, "-j", str(workers))
    finally:
        before = json.loads(search.RESULTS.read_bytes()) if search.RESULTS.exists() else {}
        found = {name: one for name, one in before.items() if name in plain["methods"]} | search.gather(place, plain)
        search.RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(search.chosen(found), indent=1))


def train_longer(home: Path, workers: int, only: list[str]) -> None:
    """Fill the cells of the best methods at the longer budget, and put them into their file."""
    filled = json.loads(longer.RESULTS.read_bytes()) if longer.RESULTS.exists() else {}
    place = longer.prepare(search.read(PLAN), json.loads(RESULTS.read_bytes())["budgets"], home, filled)
    places = ["-o", str(place / "cells"), "--cache", str(home / "cache")]
    patterns = [f"--only={one}" for one in only]
    try:
        _called("cdm", "benchmark", str(place / "plan.toml"), *places, "-j", str(workers), *patterns)
    finally:
        longer.RESULTS.write_text(json.dumps(longer.gather(place), indent=1) + "\n", encoding="utf-8")


def _build(command: str, out: Path) -> None:
    """The data of a protocol, unless they are there."""
    words = shlex.split(command)
    _called("scmgen", *words[1 : words.index("-o")], "-o", str(out))


def _called(package: str, *words: str) -> None:
    script = f"from {package}.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", script, *words], check=True)  # noqa: S603


def _restore(out: Path) -> None:
    """Lay out what the file has, as the runner left it, unless it is there."""
    kept: dict[str, Any] = json.loads(RESULTS.read_bytes()) if RESULTS.exists() else {}
    for part in _PARTS:
        for name, record in kept.get(part, {}).items():
            there = out / part / f"{name}.json"
            if not there.exists():
                there.parent.mkdir(parents=True, exist_ok=True)
                there.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    if "plan" in kept and not (out / "plan.json").exists():  # by which the runner knows cells of other methods
        (out / "plan.json").write_text(json.dumps(kept["plan"], indent=1) + "\n", encoding="utf-8")


def _gather(home: Path) -> None:
    """Put all cells and budgets into the file, and what they show into pictures.

    A cell that crashed or failed is to be run anew, and is left out.
    """
    out = home / "cells"
    found: dict[str, Any] = {"plan": json.loads((out / "plan.json").read_bytes())}
    for part in _PARTS:
        records = {file.stem: json.loads(file.read_bytes()) for file in sorted((out / part).glob("*.json"))}
        found[part] = {name: one for name, one in records.items() if one.get("status", "done") in ("done", "cannot")}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    tiles.gather(plans.read(home / "plan.toml"), home)


def main() -> None:
    """What the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run")
    running.add_argument("--home", type=Path, required=True)
    running.add_argument("-j", "--workers", type=int, default=2)
    running.add_argument("--protocol", action="append", default=[])
    running.add_argument("--method", action="append", default=[])
    looking = commands.add_parser("search")
    looking.add_argument("--home", type=Path, required=True)
    looking.add_argument("-j", "--workers", type=int, default=2)
    gathering = commands.add_parser("gather")
    gathering.add_argument("--home", type=Path, required=True)
    repeating = commands.add_parser("again")
    repeating.add_argument("--home", type=Path, required=True)
    repeating.add_argument("-j", "--workers", type=int, default=2)
    repeating.add_argument("--seed", type=int, default=0, help="of the lot")
    lengthening = commands.add_parser("longer")
    lengthening.add_argument("--home", type=Path, required=True)
    lengthening.add_argument("-j", "--workers", type=int, default=2)
    lengthening.add_argument("--only", action="append", default=[], help="cells, as of the runner: 'cdm--pendulum--0'")
    commands.add_parser("gallery")
    paging = commands.add_parser("page")
    paging.add_argument("--page", type=Path, required=True)
    paging.add_argument("--readme", type=Path)
    paging.add_argument("--published", type=Path)
    asked = parser.parse_args()
    if asked.command == "run":
        run(asked.home, asked.workers, asked.protocol, asked.method)
    elif asked.command == "search":
        look_for_rates(asked.home, asked.workers)
    elif asked.command == "gather":
        _gather(asked.home)
    elif asked.command == "again":
        compared = again.run(asked.home, asked.workers, asked.seed, _called)
        again.RESULTS.write_text(json.dumps(compared, indent=1) + "\n", encoding="utf-8")
    elif asked.command == "longer":
        train_longer(asked.home, asked.workers, asked.only)
    elif asked.command == "gallery":
        plan = plans.read(PLAN)
        print("\n".join(str(file) for file in gallery.write(plan, page.cells(plan, RESULTS), page.IMAGES)))
    else:
        short = page.cells(plans.read(PLAN), RESULTS)
        if longer.RESULTS.exists():
            more = json.loads(longer.RESULTS.read_bytes())
            figures.compute(longer.ASKED, [*short, *more.values()], page.IMAGES / longer.COMPUTE)
        page.write(PLAN, RESULTS, asked.page, asked.readme)
        if asked.published:
            asked.published.write_text(published.text(short), encoding="utf-8")


if __name__ == "__main__":
    main()
