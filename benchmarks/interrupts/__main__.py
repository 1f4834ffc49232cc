"""Interrupt commands at random times: does each end at once, and go on to the same bytes?

    python benchmarks/interrupts -o benchmarks/results/interrupts.json

Builds, checks, exports and trains on small data through the command line, undisturbed. Then again and again, each time
with a signal at a random moment after Python has come to the command: Ctrl-C, as a terminal sends it to all processes,
or to the parent alone; SIGTERM, which schedulers send; one in five twice. Half of the builds are struck when the last
shard is there, two thirds of the trainings once they take steps. A command has to end within five seconds with status
130 (143), no process and no traceback left. After some interrupts the same command runs to its end, and what it leaves
is compared with what the undisturbed one left. The file is written after each round, to be looked at meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from strikes import Strike, finished, strike
from works import Work, works

COUNTS = {"build": 90, "verify": 40, "export": 40, "train": 30}
ROUND = 5  # interrupts before a command may end


def rounds(work: Work, wanted: int, home: Path, chance: random.Random) -> Iterator[tuple[list[Strike], list[bool]]]:
    """Interrupt a command so often; give how it ended, and of each round whether its end was that of a quiet one."""
    quiet = home / "quiet"
    quiet.mkdir(parents=True)
    expected, seconds = finished(work, quiet)
    struck, equal = list[Strike](), list[bool]()
    while len(struck) < wanted:
        place = home / f"struck{len(equal)}"
        for _ in range(min(ROUND, wanted - len(struck))):
            one = strike(work, place, seconds, chance)
            if one.state == "done":
                break
            struck.append(one)
            print(f"{home.name} {len(struck)}: {one.state}, {one.signal} to {one.to}: {one.ended} s {one.faults()}")
        found, seconds = finished(work, place)
        equal.append(found == expected)
        shutil.rmtree(place)
        if struck:
            yield struck, equal


def summary(struck: list[Strike], equal: list[bool], seconds: float) -> dict[str, Any]:
    """What became of the interrupts of one command."""
    ended = [one.ended for one in struck]
    return {
        "interrupts": len(struck),
        "signals": dict(sorted(Counter(f"{one.signal} to the {one.to}" for one in struck).items())),
        "twice": sum(one.twice for one in struck),
        "struck": dict(sorted(Counter(one.state for one in struck).items())),
        "seconds to the end": {"median": round(statistics.median(ended), 2), "most": round(max(ended), 2)},
        "faults": [{**asdict(one), "faults": one.faults()} for one in struck if one.faults()],
        "ends": len(equal),
        "ends equal to the undisturbed one": sum(equal),
        "seconds in all": round(seconds),
        "load": [round(load, 1) for load in os.getloadavg()],
    }


def main() -> None:
    """Interrupt, go on, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/interrupts.json"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=COUNTS, nargs="+", default=[*COUNTS], help="some of the commands")
    parser.add_argument("--share", type=float, default=1.0, help="share of the interrupts, for a quick look")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1"}
    sys.stdout.reconfigure(line_buffering=True)
    results: dict[str, Any] = {"commands": {}}
    with tempfile.TemporaryDirectory() as folder:
        for name, work in works(Path(folder)).items():
            if name in options.only:
                began, chance = time.monotonic(), random.Random(f"{options.seed}/{name}")  # noqa: S311 - reproducible
                wanted = max(1, round(options.share * COUNTS[name]))
                for struck, equal in rounds(work, wanted, Path(folder) / name, chance):
                    told = {"seed": options.seed, **summary(struck, equal, time.monotonic() - began)}
                    results["commands"][name] = told
                    options.out.write_text(json.dumps(results, indent=2) + "\n")
    commands = results["commands"].values()
    sys.exit(any(one["faults"] or one["ends"] != one["ends equal to the undisturbed one"] for one in commands))


if __name__ == "__main__":
    main()
