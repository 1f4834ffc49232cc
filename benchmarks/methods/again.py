"""Cells drawn by lot and filled once more, elsewhere: are their answers and scores the same to the last bit?"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cdm.benchmark import plan as plans

RESULTS = Path("benchmarks/results/methods_again.json")
COUNT = 3
TEXT = """
## Once more

{count} cells, drawn by lot, were filled a second time in another directory, training included
(`python benchmarks/methods again --home HOME --seed {seed}`, load {load}). Every file
of answers and every score {verdict}:

| cell | files of answers | the same bytes | the same scores |
|---|---|---|---|
{rows}
"""


def drawn(cells: list[str], seed: int) -> list[str]:
    """Some cells of trained methods, by lot."""
    return sorted(random.Random(seed).sample(sorted(cells), COUNT))  # noqa: S311


def sums(answers: Path) -> dict[str, str]:
    """SHA-256 of each file of a cell's answers."""
    return {
        str(file.relative_to(answers)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(answers.rglob("*"))
        if file.is_file()
    }


def run(home: Path, workers: int, seed: int, called: Callable[..., None]) -> dict[str, Any]:
    """Fill three cells again, from the data on, with the budgets that were measured, and compare.

    Args:
        home: where the cells were filled.
        workers: cells at once.
        seed: of the lot.
        called: runs a command of cdm.
    """
    first, second = home / "cells", home / "again"
    plan = plans.read(home / "plan.toml")
    trained = {method.name for method in plan.methods if not method.floor}
    there = [file.name for file in (first / "answers").iterdir() if file.name.split("--")[0] in trained]
    names = drawn(there, seed)
    shutil.rmtree(second, ignore_errors=True)
    shutil.copytree(first / "budgets", second / "budgets")
    only = [f"--only={name}" for name in names]
    place = ["-o", str(second), "--cache", str(home / "cache"), "-j", str(workers)]
    called("cdm", "benchmark", str(home / "plan.toml"), *place, *only)
    compared = {name: _same(first, second, name) for name in names}
    return {"seed": seed, "load": round(os.getloadavg()[0], 2), "cells": compared}


def section(found: dict[str, Any]) -> str:
    """What the page says of it."""
    same = all(cell["answers"] and cell["scores"] for cell in found["cells"].values())
    told = {True: "yes", False: "no"}
    rows = [
        f"| {name} | {cell['files']} | {told[cell['answers']]} | {told[cell['scores']]} |"
        for name, cell in found["cells"].items()
    ]
    verdict = "came out the same to the last bit" if same else "should have come out the same, and did not"
    lot = {"count": len(rows), "seed": found["seed"], "load": found["load"]}
    return TEXT.format(**lot, verdict=verdict, rows="\n".join(rows))


def _same(first: Path, second: Path, name: str) -> dict[str, Any]:
    """Whether answers and scores of a cell are the same in both places."""
    answers = [sums(place / "answers" / name) for place in (first, second)]
    records = [json.loads((place / "cells" / f"{name}.json").read_bytes())["scores"] for place in (first, second)]
    return {"files": len(answers[0]), "answers": answers[0] == answers[1], "scores": records[0] == records[1]}
