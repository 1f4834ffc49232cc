"""Kill builds at random points and let them finish: is every byte the same?

    python benchmarks/chaos.py --clusters 5 -o benchmarks/chaos.json

Builds a data set of many shards with two workers through the command line. Again and again, after a random
time, one of its processes is killed with SIGKILL: the parent, or one of the workers. Then the same command
runs again. After 50 kills the shards, the manifest and all beside it are compared with an undisturbed build.
With ``--clusters`` builds follow that run on a dask cluster of two processes, which start again after each
kill; where the cluster gives up, the same command finishes without it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

KILLS, PAIRS, SHARD = 50, 24_000, 100


def command(out: Path) -> list[str]:
    """The command line of one build."""
    program = "from scmgen.cli.main import main; main()"
    line = f"build pendulum -j 2 --n {PAIRS} --shard-size {SHARD} -o"
    return [sys.executable, "-c", program, *line.split(), str(out)]


def children(pid: int) -> list[int]:
    """The worker processes of a build (Linux)."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    pids = [int(child) for child in text.split()]
    return [child for child in pids if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def kill_cluster(out: Path, chance: random.Random) -> list[str]:
    """Build on a dask cluster whose workers are killed one by one after random times; name the victims."""
    from distributed import LocalCluster

    victims = []
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        line = [*command(out), "--executor", cluster.scheduler_address.replace("tcp", "dask")]
        build = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        time.sleep(chance.uniform(1.0, 3.0))
        while build.poll() is None:
            with suppress(IndexError, ProcessLookupError):  # a worker may just be starting again
                os.kill(chance.choice([nanny.pid for nanny in cluster.workers.values() if nanny.pid]), signal.SIGKILL)
                victims.append("dask worker")
            time.sleep(chance.uniform(1.0, 3.0))
    return victims


def sums(out: Path) -> dict[str, str]:
    """Sha256 of every file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir())}


def kill_once(out: Path, chance: random.Random) -> str:
    """Start the build and kill one of its processes after a random time; say which, or that it was done before."""
    build = subprocess.Popen(command(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    time.sleep(chance.uniform(0.3, 3.5))
    victim = chance.choice(["parent", "worker"])
    try:
        workers = children(build.pid)
        victim = victim if workers else "parent"
        os.kill(chance.choice(workers) if victim == "worker" else build.pid, signal.SIGKILL)
    except OSError:
        victim = "nobody: the build was complete"
    build.wait()
    return victim


def main() -> None:
    """Kill, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/chaos.json"))
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--clusters", type=int, default=0, metavar="BUILDS", help="builds on a dask cluster")
    options = parser.parse_args()
    chance, victims, builds, equal = random.Random(0), [], 0, 0  # noqa: S311 - reproducible on purpose
    with tempfile.TemporaryDirectory() as folder:
        quiet, out = Path(folder) / "quiet", Path(folder) / "killed"
        subprocess.run(command(quiet), check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        expected = sums(quiet)
        while len(victims) < options.kills or options.clusters:
            if len(victims) < options.kills:
                struck = [kill_once(out, chance) for _ in range(5)]
                victims += [victim for victim in struck if not victim.startswith("nobody")]
            else:
                victims += kill_cluster(out, chance)
                options.clusters -= 1
            subprocess.run(command(out), check=True, stdout=subprocess.DEVNULL)  # noqa: S603
            builds += 1
            equal += sums(out) == expected
            shutil.rmtree(out)
    counts = {victim: victims.count(victim) for victim in sorted(set(victims))}
    result = {"kills": counts, "builds": builds, "builds equal to the undisturbed one": equal}
    print(json.dumps(result))
    options.out.write_text(json.dumps({**result, "load": os.getloadavg()[0]}, indent=2) + "\n")
    sys.exit(equal != builds)


if __name__ == "__main__":
    main()
