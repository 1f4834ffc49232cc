"""Hostile inputs, by the thousand: is each refused in one message, or found, and nothing outside touched?

    python benchmarks/hostile -j 2 -o benchmarks/results/hostile.json

50,000 texts for whatever reads text; 5,000 documents (scenes, recipes, catalogues, manifests with fresh digests);
1,500 damaged files (shards with and without fresh sums, what stands beside them, caches, checkpoints). Input i of a
kind is a function of (seed, kind, i). Each part of them runs in a process of its own, whose peak memory counts;
an audit hook notes every change of a file outside the place of that part. Counted are tracebacks, silent
acceptances, paths outside, and inputs that took more than a minute; the exit status is 1 if there is any.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import parts

LIMIT = 1_200  # megabytes that a process may take, torch and numba included


def summed(results: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """What became of all inputs, by kind."""
    kinds: dict[str, dict[str, Any]] = {}
    for kind, counts in results:
        one = kinds.setdefault(
            kind, {"inputs": 0, "refused or found": 0, "taken": 0, "peak MB": 0}
            | {bad: [] for bad in ("tracebacks", "silent", "hangs", "outside")},
        )  # fmt: skip
        one["inputs"] += counts["inputs"]
        one["refused or found"] += sum(counts["refused"].values())
        one["taken"] += sum(counts["accepted"].values())
        one["peak MB"] = max(one["peak MB"], counts["megabytes"])
        for bad in ("tracebacks", "silent", "hangs", "outside"):
            one[bad] += counts[bad]
    return kinds


def main() -> None:
    """Run all parts, say what became of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/hostile.json"))
    parser.add_argument("-j", "--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0, help="share of the inputs, for a quick look")
    parser.add_argument("--only", help="one kind")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    began, results = time.perf_counter(), []
    with tempfile.TemporaryDirectory(prefix="sound-") as sound:
        parts.prepare(Path(sound))
        work = parts.tasks(options.seed, options.share, sound, options.only)
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(options.workers, spawn, max_tasks_per_child=1) as pool:
            for done in pool.map(parts.part, work):
                results.append(done)
                bad = {name: len(done[1][name]) for name in ("tracebacks", "silent", "hangs", "outside")}
                print(done[0], done[1]["inputs"], {k: v for k, v in bad.items() if v}, file=sys.stderr, flush=True)
    kinds = summed(results)
    faults = Counter(
        {bad: sum(len(kind[bad]) for kind in kinds.values()) for bad in ("tracebacks", "silent", "hangs", "outside")}
    )
    peak = max(kind["peak MB"] for kind in kinds.values())
    whole = {
        "seed": options.seed,
        "inputs": sum(kind["inputs"] for kind in kinds.values()),
        **faults,
        "peak MB": peak,
        "limit MB": LIMIT,
        "minutes": round((time.perf_counter() - began) / 60, 1),
        "load": os.getloadavg()[0],
        "kinds": kinds,
    }
    options.out.write_text(json.dumps(whole, indent=1) + "\n")
    print(json.dumps({key: value for key, value in whole.items() if key != "kinds"}))
    sys.exit(bool(sum(faults.values()) or peak > LIMIT))


if __name__ == "__main__":
    main()
