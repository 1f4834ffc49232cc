"""How fast is it beside what else draws, beside an earlier version, with two workers, and at scale: all in one run.

    python benchmarks/yardsticks -o benchmarks/results/yardsticks.json --before REF
    python benchmarks/yardsticks scale --pairs 10000000
    python benchmarks/yardsticks page docs/reference/performance.md

The first measures (at most eight minutes), the second builds at scale alone (36 GB, an hour of two cores), the third
writes the page from the files of results. Every ratio has both
sides from this run; CPU time is compared, of a process and its workers, so that what else runs here matters little.
`--before` compares with a commit; `--script` with a script that somebody brought, such as the one that CausalVAE was
published with: it is run in an empty folder, and the PNG files that it leaves there are counted.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import json
import os
import platform
import resource
import shlex
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import drawers
import page

from scmgen import loops
from scmgen.dataset import catalogue

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "benchmarks" / "results" / "yardsticks.json"
SIZE, IMAGES, PAIRS, SMALL, MANY = 96, 60, 20_000, 200, 100_000
COMPARED = ("pendulum", "shadow-sun", "shapes-fixed", "flow", "spurious-pairs-50")
COMMAND = "from scmgen.cli.start import main; main()"
STAGES = """
import json, sys, tempfile, time
from pathlib import Path
from scmgen.dataset import catalogue
from scmgen.dataset.interventions import steps
from scmgen.dataset.members import images
from scmgen.dataset.sampling import compile_spec
from scmgen.storage import png
from scmgen.storage.places.place import Local
from scmgen.storage.shards import plan, write_shard

def cpu(work):
    times = []
    for _ in range(4):
        began = time.process_time()
        result = work()
        times.append(time.process_time() - began)
    return min(times) / 500 * 1e6, result

found = {}
for name in sys.argv[1:]:
    source = catalogue.find(name)
    spec = catalogue.spec(source, n=5000, size=64, shard_size=500, interventions=steps.parse("hard"))
    dataset = compile_spec(spec, source.scene)
    shard = plan(spec)[1]
    with tempfile.TemporaryDirectory() as folder:
        write_shard(dataset, shard, Local(Path(folder)))  # whatever is compiled is compiled
        whole, _ = cpu(lambda: write_shard(dataset, shard, Local(Path(folder))))
    batch = dataset.evaluate(shard.split, shard.start, shard.stop)
    draw, drawn = cpu(lambda: images(dataset, batch, slice(None)))
    encode, _ = cpu(lambda: [png.encode(array) for array in drawn])
    found[name] = {"whole shard": whole, "draw": draw, "encode": encode}
print(json.dumps(found))
"""


def spent(command: list[str], tree: Path = ROOT, folder: Path | None = None) -> dict[str, Any]:
    """Run a command on the package of a checkout: CPU and wall seconds, with its workers, and what it printed."""
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**usual, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=environment, cwd=folder or tree, capture_output=True, text=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit status {done.returncode}: {done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu": round(cpu, 3), "seconds": round(time.perf_counter() - began, 2), "printed": done.stdout}


def scmgen(*line: str, tree: Path = ROOT, rounds: int = 1) -> dict[str, float]:
    """The best of some builds, each into a new folder: CPU and wall seconds, bytes, and MB of the largest process."""
    runs = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            took = spent([sys.executable, "-c", COMMAND, "build", *line, "-o", f"{folder}/d"], tree)
            size = sum(path.stat().st_size for path in Path(folder).glob("d/*.tar"))
        del took["printed"]
        runs.append({**took, "bytes": size, "peak MB": peak()})
    return min(runs, key=lambda run: run["cpu"])


def peak() -> int:
    """MB of the largest process that this one waited for so far."""
    return round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


def drawn(script: str | None) -> dict[str, Any]:
    """CPU-microseconds an image of every way to draw that is installed, and of a whole build of pairs."""
    scene = catalogue.load_scene("pendulum")
    values = scene.scm.solve(scene.noise(IMAGES))
    rows = [{name: float(array[i]) for name, array in values.items()} for i in range(IMAGES)]
    found: dict[str, Any] = {}
    for name, (needs, draw) in drawers.DRAWERS.items():
        if drawers.installed(needs):
            list(draw(SIZE, rows[:2]))
            began = time.process_time()
            list(draw(SIZE, rows))
            found[name] = round((time.process_time() - began) / IMAGES * 1e6, 1)
    if script:
        with tempfile.TemporaryDirectory() as folder:
            took = spent([sys.executable, *shlex.split(script)], folder=Path(folder))
            found[f"script: {Path(shlex.split(script)[0]).name}"] = round(
                took["cpu"] / max(1, len(list(Path(folder).rglob("*.png")))) * 1e6, 1
            )
    built = scmgen("pendulum", "--n", str(PAIRS), "--size", str(SIZE), "--interventions", "hard", "-j", "1")
    found["scmgen, a whole build"] = round(built["cpu"] / (2 * PAIRS) * 1e6, 1)
    return found


@contextmanager
def checkout(ref: str) -> Iterator[Path]:
    """The files of a commit in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        told = ["git", "-C", str(ROOT), "archive", ref]
        archive = subprocess.run(told, capture_output=True, check=True).stdout  # noqa: S603
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        yield Path(folder)


def compared(ref: str) -> dict[str, Any]:
    """CPU-microseconds a pair at 64 px, and CPU seconds of a small build, of a commit and of this checkout in turns."""
    stages: dict[str, dict[str, dict[str, float]]] = {"before": {}, "now": {}}
    small: dict[str, Any] = {}
    line = ("pendulum", "--n", str(SMALL), "--size", "64", "--interventions", "hard", "-j", "1")
    with checkout(ref) as old:
        for _ in range(2):
            for name, tree in (("before", old), ("now", ROOT)):
                found = json.loads(spent([sys.executable, "-c", STAGES, *COMPARED], tree)["printed"])
                for key, took in found.items():
                    known = stages[name].setdefault(key, took)
                    stages[name][key] = {stage: round(min(known[stage], took[stage]), 1) for stage in took}
        for name, tree in (("before", old), ("now", ROOT)):
            small[name] = scmgen(*line, tree=tree, rounds=3)
    return {"ref": ref, "stages": stages, "small": small}


def spread() -> dict[str, Any]:
    """Seconds of builds with one worker and with two; and of two halves built by two programs that share nothing.

    What the halves lose against one worker, no way of sharing the work could win: cores of one machine share its
    memory and, with two threads a core, much of the core.
    """
    line = ("pendulum", "--n", str(MANY), "--size", "64", "--interventions", "hard")
    found: dict[str, Any] = {str(workers): scmgen(*line, "-j", str(workers), rounds=2) for workers in (1, 2)}
    command = [sys.executable, "-c", COMMAND, "build", *line, "-j", "1"]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        halves = [
            subprocess.Popen([*command, "--shards", f"{half}/2", "-o", f"{folder}/{half}"], stdout=subprocess.DEVNULL)  # noqa: S603
            for half in range(2)
        ]
        if any(half.wait() for half in halves):
            raise SystemExit("a half of the build failed")
        found["apart"] = {"seconds": round(time.perf_counter() - began, 2)}
    return found


def scaled(pairs: int) -> dict[str, Any]:
    """A build in parts as the processes of an array of jobs write it, and one on a cluster of dask, at 32 px."""
    line = ["pendulum", "--n", str(pairs), "--size", "32", "--interventions", "hard"]
    found: dict[str, Any] = {"pairs": pairs}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", COMMAND]
        parts = []
        for part in range(4):
            took = spent([*command, "build", *line, "--shards", f"{part}/4", "-o", f"{folder}/d"])
            parts.append({key: took[key] for key in ("cpu", "seconds")})
        final = spent([*command, "finalize", f"{folder}/d", "-j", "1"])
        found["bytes"] = sum(path.stat().st_size for path in Path(folder).glob("d/*.tar"))
        found["manifest bytes"] = (Path(folder) / "d" / "manifest.json").stat().st_size
        found["shards"] = len(list(Path(folder).glob("d/*.tar")))
    found |= {"parts": parts, "finalize": {key: final[key] for key in ("cpu", "seconds")}, "peak MB": peak()}
    if importlib.util.find_spec("distributed"):
        program = (
            "import sys\nfrom distributed import LocalCluster\nfrom scmgen.cli.main import main\n"
            "if __name__ == '__main__':\n"
            "    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:\n"
            "        address = cluster.scheduler_address.replace('tcp://', 'dask://')\n"
            "        sys.argv += ['--executor', address]\n"
            "        main()\n"
        )
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "cluster.py"
            script.write_text(program)
            took = spent([sys.executable, str(script), "build", *line, "-o", f"{folder}/d"])
            found["dask"] = {key: took[key] for key in ("cpu", "seconds")}
    return found


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All of it."""
    began = [round(load, 2) for load in os.getloadavg()]
    results: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.machine()},
        "ahead of time": loops.library().exists(),
        "images": drawn(options.script),
        "workers": spread(),
        "scale": scaled(options.pairs),
    }
    if options.before:
        results["before"] = compared(options.before)
    results["load"] = {"at the start": began, "at the end": [round(load, 2) for load in os.getloadavg()]}
    return results


def main() -> None:
    """Measure, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["scale", "page"], help="build at scale only; write the page")
    parser.add_argument("file", nargs="?", type=Path, help="the page")
    parser.add_argument("-o", "--out", type=Path, default=OUT)
    parser.add_argument("--before", metavar="REF", help="a commit to compare with")
    parser.add_argument("--script", metavar="'FILE ARGUMENTS'", help="a script to compare with, which writes PNG files")
    parser.add_argument("--pairs", type=int, default=100_000, help="pairs of the builds at scale")
    options = parser.parse_args()
    if options.what == "scale":
        kept = json.loads(options.out.read_text())
        kept["scale"] = {**scaled(options.pairs), "load": round(os.getloadavg()[0], 2)}
        options.out.write_text(json.dumps(kept, indent=2) + "\n")
        return
    if options.what == "page":
        told = page.page(json.loads((OUT.parent / "build.json").read_text()), json.loads(options.out.read_text()))
        _, mark, others = options.file.read_text().partition(page.OTHERS)  # tables that other scripts write
        options.file.write_text(told + mark + others)
        return
    results = measure(options)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
