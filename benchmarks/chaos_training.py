"""Kill trainings at random points and let them go on: are the weights the same, bit for bit?

    python benchmarks/chaos_training.py -o benchmarks/results/chaos_training.json

Builds a small data set, and trains on it through the command line, undisturbed. Then trains anew, from shards that are
not decoded yet, and kills the process with SIGKILL again and again: the first time while the cache is being decoded,
then at random moments of the training. After some kills the same command runs to its end, and weights, log and cache
are compared with those of the undisturbed run. Some minutes on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

KILLS, A_RUN = 20, 5  # in all, and before a run may end
LINES = 14  # at most, of the log, that a training may tell before it is killed: 50 steps each
PAIRS, SIZE = 3000, 16
STEPS = {"encoder_steps": 900, "mechanism_steps": 520, "draft_steps": 520, "denoiser_steps": 260}
SMALL = {"encoder_batch": 8, "mechanism_batch": 64, "draft_batch": 4, "denoiser_batch": 4}
_LEFT: dict[tuple[Path, float], int] = {}  # lines of a log when a training that went on was first seen to write
_CALL = "from {0}.cli.main import main; main()"


def command(home: Path, name: str) -> list[str]:
    """The command line of one training, in a directory and with a cache of its own."""
    settings = [word for option, count in {**STEPS, **SMALL}.items() for word in ("--set", f"{option}={count}")]
    places = [str(home / "data"), "-o", str(home / name / "run"), "--cache", str(home / name / "cache")]
    return [sys.executable, "-c", _CALL.format("cdm"), "train", *places, "--device", "cpu", *settings]


def run(home: Path, name: str) -> dict[str, Any]:
    """Train to the end; give the sum of all that there is then."""
    subprocess.run(command(home, name), check=True, capture_output=True)  # noqa: S603
    return told(home / name)


def told(place: Path) -> dict[str, Any]:
    """What a training left: the sum of its checkpoint, which covers header and weights, its log, and its cache."""
    from cdm.models import checkpoint

    arrays = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.rglob("cache/*/*/*.*")}
    log = [json.loads(line) for line in (place / "run" / "log.jsonl").read_text().splitlines()]
    return {"sum": checkpoint.read(place / "run")[0]["sum"], "log": log, "cache": arrays}


def where(place: Path) -> str:
    """What a training that was killed had come to."""
    from cdm.models import checkpoint

    if not list(place.rglob("cache.json")):
        return "decoding" if list(place.rglob("cache/*/*/.*.tmp")) else "before decoding"
    if not (place / "run" / checkpoint.FILE).exists():
        return "no checkpoint yet"
    header = checkpoint.read(place / "run")[0]
    return f"a checkpoint of phase {header['phase']}" + (f" at step {header['step']}" if header["step"] else "")


def kill(home: Path, name: str, chance: random.Random, decoding: bool) -> str:
    """Start a training and kill it; say what it had come to, or that it was done before."""
    began, seen = time.time(), 0
    wanted = 1 if decoding else chance.randint(1, LINES)
    started = subprocess.Popen(command(home, name), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    while started.poll() is None and seen < wanted:
        time.sleep(0.01)
        seen = len(list((home / name).glob("cache/*/*/.*.tmp"))) if decoding else _told(home / name, began)
    time.sleep(chance.uniform(0, 0.5))
    done = started.poll() is not None
    started.send_signal(signal.SIGKILL)
    started.wait()
    return "nobody: the training was done" if done else where(home / name)


def _told(place: Path, began: float) -> int:
    """Lines that the log of a training has got since it began, the one at the first step included."""
    log = place / "run" / "log.jsonl"
    try:
        return _lines(log) - _LEFT.setdefault((log, began), _lines(log)) + 1 if log.stat().st_mtime > began else 0
    except FileNotFoundError:
        return 0


def _lines(log: Path) -> int:
    return log.read_bytes().count(b"\n")


def main() -> None:
    """Kill, go on, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/chaos_training.json"))
    parser.add_argument("--kills", type=int, default=KILLS)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    chance, struck, runs, equal, began = random.Random(0), list[str](), 0, 0, time.time()  # noqa: S311 - reproducible
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        line = f"build pendulum --n {PAIRS} --size {SIZE} --shard-size 500 --interventions -o {home / 'data'}"
        subprocess.run([sys.executable, "-c", _CALL.format("scmgen"), *line.split()], check=True, capture_output=True)  # noqa: S603
        expected = run(home, "quiet")
        while len(struck) < options.kills:
            name, runs = f"killed{runs}", runs + 1
            found = [kill(home, name, chance, number == 0) for number in range(A_RUN)]
            struck += [place for place in found if not place.startswith("nobody")]
            equal += run(home, name) == expected
            print(f"{len(struck)} kills, {equal} of {runs} equal, {time.time() - began:.0f} s", flush=True)
    result = {
        "kills": len(struck),
        "struck": dict(sorted(Counter(struck).items())),
        "runs": runs,
        "runs equal to the undisturbed one": equal,
        "seconds": round(time.time() - began),
        "load": os.getloadavg()[0],
    }
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    sys.exit(equal != runs)


if __name__ == "__main__":
    main()
