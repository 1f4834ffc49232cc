"""How long `cdm train --preset quick` and `cdm evaluate` take, and what they reach, now and at an earlier commit.

    python benchmarks/training_speed.py --before REF     # measure, keep the figures, and write the table anew
    python benchmarks/training_speed.py --write          # write the table from the figures that are kept

Run it with nothing else on the machine; it takes some fifteen minutes. Each of the two checkouts builds 20,000 pairs of
the pendulum at 32 px, trains and evaluates with its own code, one after the other, with as many threads as it takes by
itself. The figures are kept in `benchmarks/results/training_speed.json`.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "benchmarks" / "results" / "training_speed.json"
PAGE = ROOT / "docs" / "reference" / "performance.md"
BEGIN, END = "<!-- table: python benchmarks/training_speed.py -->\n", "<!-- end of the table of trainings -->"
HALF = {"encoder_steps": 600, "mechanism_steps": 500, "draft_steps": 1000, "denoiser_steps": 1100}  # of quick's steps
RUNS = {
    "before": ("quick", {}),
    "now": ("quick", {}),
    "now, half the steps": ("quick", HALF),
    "now, tiny": ("tiny", {}),
}
PROGRAM = """
import importlib, sys
name, sys.argv = sys.argv[1], sys.argv[1:]
for place in (f"{name}.cli.main", f"{name}.cli"):  # as it is now, and as it was
    try:
        main = importlib.import_module(place).main
        break
    except ModuleNotFoundError:
        continue
main()
"""


def spent(tree: Path, *line: str) -> dict[str, float]:
    """Run a command of a checkout: seconds of the wall clock and of the processor."""
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-c", PROGRAM, *line]
    done = subprocess.run(command, env=environment, cwd=tree, capture_output=True, text=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(line)}: exit status {done.returncode}: {done.stderr[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": round(time.perf_counter() - began, 1), "cpu": round(cpu, 1)}


def tried(tree: Path, preset: str, options: dict[str, int]) -> dict[str, Any]:
    """Build, train and evaluate with the code of a checkout."""
    told = [word for name, value in options.items() for word in ("--set", f"{name}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        data, run, cache = (f"{folder}/{name}" for name in ("data", "run", "cache"))
        began = os.getloadavg()[0]
        build = ("scmgen", "build", "pendulum", "--n", "20000", "--size", "32", "--interventions", "hard", "-o", data)
        found: dict[str, Any] = {"build": spent(tree, *build)}
        found["train"] = spent(tree, "cdm", "train", data, "--preset", preset, *told, "-o", run, "--cache", cache)
        found["evaluate"] = spent(tree, "cdm", "evaluate", run, "--data", data, "--cache", cache)
        found["again"] = spent(tree, "cdm", "evaluate", run, "--data", data, "--cache", cache)
        found["evaluation"] = json.loads((Path(run) / "evaluation.json").read_text("utf-8"))
        return {**found, "load": [round(began, 2), round(os.getloadavg()[0], 2)]}


def checkout(ref: str, folder: Path) -> Path:
    """The files of a commit, in a folder; so nobody who writes meanwhile is measured."""
    told = ["git", "-C", str(ROOT), "archive", ref]
    with tarfile.open(fileobj=io.BytesIO(subprocess.run(told, capture_output=True, check=True).stdout)) as files:  # noqa: S603
        files.extractall(folder, filter="data")
    return folder


def measured(name: str, ref: str) -> dict[str, Any]:
    """One of the runs, by the code of a commit or of the last one."""
    with tempfile.TemporaryDirectory() as folder:
        return tried(checkout(ref if name == "before" else "HEAD", Path(folder)), *RUNS[name])


def table(kept: dict[str, Any]) -> str:
    """A row a run: what it took, what it reached."""
    lines = [
        "| code, preset | train, s | CPU-s | evaluate, s | again, s | L1, all | changed | unchanged | SHD | MCC |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, run in kept["runs"].items():
        found, code = run["evaluation"], f"`{kept['ref']}`, quick" if name == "before" else name
        l1 = found["L1"]["model"]
        cells = [f"{run['train']['seconds']:.0f}", f"{run['train']['cpu']:.0f}"]
        cells += [f"{run[part]['seconds']:.0f}" for part in ("evaluate", "again")]
        cells += [f"{l1[part]:.4f}" for part in ("all", "changed", "unchanged")]
        lines.append(f"| {' | '.join([code, *cells, str(found['graph']['SHD']), format(found['MCC'], '.4f')])} |")
    old, half = (kept["runs"][name] for name in ("before", "now, half the steps"))
    time = half["train"]["seconds"] / old["train"]["seconds"]
    error = {
        part: half["evaluation"]["L1"]["model"][part] / l1 for part, l1 in old["evaluation"]["L1"]["model"].items()
    }
    told = (
        f"Half the steps take {time:.2f} of the time that the preset took before (must be: 2/3, at the same figures),\n"
        f"for {error['all']:.2f} of its error over all pixels and {error['changed']:.2f} of that over what changes.\n"
        "`evaluate` must take 45 s and is aimed at 20: most of the first one trains the reader."
    )
    loads = [load for run in kept["runs"].values() for load in run["load"]]
    return "\n".join(
        [*lines, "", told, "", f"Load averages {min(loads)} to {max(loads)}: the trainings' own, nothing else ran.", ""]
    )


def main() -> None:
    """Measure, or only write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", metavar="REF", default="9a77c0c", help="the commit to compare with")
    parser.add_argument("--write", action="store_true", help="write the table from what was measured")
    parser.add_argument("--only", choices=RUNS, help="measure one of the runs anew, keep the others")
    options = parser.parse_args()
    if not options.write:
        kept = json.loads(KEPT.read_text("utf-8")) if options.only else {"ref": options.before, "runs": {}}
        for name in [options.only] if options.only else RUNS:
            kept["runs"][name] = measured(name, kept["ref"])
        KEPT.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")
    text = PAGE.read_text("utf-8")
    inside = re.compile(f"(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", re.DOTALL)
    PAGE.write_text(inside.sub(lambda _: table(json.loads(KEPT.read_text("utf-8"))), text), "utf-8")


if __name__ == "__main__":
    main()
