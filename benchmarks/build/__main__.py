"""How fast is a build, and where does the time go?

    python benchmarks/build -o benchmarks/results/build.json --million
    python benchmarks/yardsticks page docs/reference/performance.md

Run it with nothing else on the machine. It prints CPU-microseconds a sample for each stage of every data
set at 64, 96 and 128 px (the best of five rounds), pairs a second end to end with one and two workers, and
the bound: the same payload, only concatenated. `benchmarks/yardsticks` compares with what else draws.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import page
from PIL import Image

import scmgen
from scmgen.dataset import catalogue
from scmgen.dataset.interventions import steps
from scmgen.dataset.labels import key, labels
from scmgen.dataset.members import images, suffixes
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.render.frame import framed
from scmgen.storage import png, tar
from scmgen.storage.places.place import Local
from scmgen.storage.shards import plan as shards_of
from scmgen.storage.shards import write_shard

SIZES, SAMPLES, ROUNDS, PAIRS = (64, 96, 128), 500, 5, 100_000
LONG = 0.01  # seconds an image; such scenes have benchmarks/rendering, and clips benchmarks/clips.py
PROGRAM = """
import sys
from scmgen.cli.main import main
try:
    main()
finally:
    import resource
    own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss), file=sys.stderr)
"""


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU-microseconds a sample of a stage, the best round (a busy host only adds), and what it gave."""
    times, result = [], None
    for _ in range(ROUNDS):
        began = time.process_time()
        result = work()
        times.append((time.process_time() - began) / SAMPLES * 1e6)
    return min(times), result


def stages(dataset: Dataset) -> dict[str, float]:
    """CPU-microseconds a sample (a pair where there are interventions) for each stage of a shard."""
    split = next(iter(dataset.scenes))
    took: dict[str, float] = {}
    took["evaluate"], batch = cpu(lambda: dataset.evaluate(split, 0, SAMPLES))
    images(dataset, batch, slice(0, 2))  # compiles
    took["draw"], drawn = cpu(lambda: images(dataset, batch, slice(None)))
    took["encode"], encoded = cpu(lambda: [png.encode(array) for array in drawn])
    took["label"], written = cpu(lambda: [orjson.dumps(label) for label in labels(dataset, batch)])
    names, endings = [key(split, i) for i in range(SAMPLES)], suffixes(dataset.spec)

    def pack() -> list[bytes]:
        rows = zip(*encoded, written, strict=True)
        return [
            b"".join(tar.member(name + ending, data) for ending, data in zip(endings, row, strict=True))
            for name, row in zip(names, rows, strict=True)
        ]

    took["pack"], packed = cpu(pack)
    with tempfile.TemporaryDirectory() as folder:

        def write() -> None:
            dataset.openings.clear()  # or only the first round would evaluate
            write_shard(dataset, shards_of(dataset.spec)[0], Local(Path(folder)))

        whole, _ = cpu(write)
    took["write"] = max(0.0, whole - sum(took.values()))
    took["whole shard"] = whole
    took["bound"], _ = cpu(lambda: b"".join(packed))
    took["bytes"] = sum(map(len, packed)) / SAMPLES
    took["png over Pillow's"] = sum(map(len, encoded[0][:100])) / sum(pillow(image) for image in drawn[0][:100])
    return {name: round(value, 3) for name, value in took.items()}


def shard(name: str) -> dict[str, float]:
    """The stages of a data set's pairs at 64 px, pairs a second on one core, and the load while they were measured."""
    source = catalogue.find(name)
    spec = catalogue.spec(source, n=10 * SAMPLES, size=64, shard_size=SAMPLES, interventions=steps.parse("hard"))
    dataset = compile_spec(spec, source.scene)
    images(dataset, dataset.evaluate(next(iter(dataset.scenes)), 0, SAMPLES), slice(None))  # prepares pictures
    took = stages(dataset)
    drawn = 1e6 / (took["evaluate"] + took["draw"])
    return {**took, "drawn/s": round(drawn), "on disk/s": round(1e6 / took["whole shard"]), "load": os.getloadavg()[0]}


def pillow(image: np.ndarray[Any, Any]) -> int:
    """Bytes of Pillow's PNG at its default level."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.tell()


def run(*line: str) -> dict[str, float]:
    """Run scmgen in a process of its own: seconds of the wall clock, and the peak of its largest process."""
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", PROGRAM, *line]
    began = time.perf_counter()
    done = subprocess.run(command, env=usual, capture_output=True, text=True)  # noqa: S603
    took = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"scmgen {' '.join(line)}: exit status {done.returncode}: {done.stderr}")
    return {"seconds": round(took, 2), "peak MB": round(int(done.stderr.split()[-1]) / 1024)}


def end_to_end(workers: int, pairs: int, *more: str, checked: bool = False) -> dict[str, Any]:
    """Build the pendulum on disk, and verify every image of it if that is asked for."""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/d"
        built = run("build", "pendulum", "--n", str(pairs), "-j", str(workers), "-o", out, *more)
        size = sum(path.stat().st_size for path in Path(out).glob("*.tar"))
        figures = {"workers": workers, "pairs": pairs, **built, "pairs/s": round(pairs / built["seconds"])}
        figures["bytes a pair"] = round(size / pairs)
        return {**figures, "verify --all": run("verify", out, "--all", "-j", str(workers))} if checked else figures


def best(workers: int, pairs: int) -> dict[str, Any]:
    """The faster of two builds."""
    return min((end_to_end(workers, pairs) for _ in range(2)), key=lambda figures: figures["seconds"])


def streaming() -> float:
    """Pairs a second of ``scmgen.stream`` on one core, in batches of 64 at 64 px."""
    batches = scmgen.stream("pendulum", batch_size=64, size=64, intervene="hard")
    batches[0]
    began = time.process_time()
    for batch in batches[1:101]:
        batch["image_cf"].sum()
    return round(6_400 / (time.process_time() - began))


def measure() -> dict[str, Any]:
    """Take every figure, one after the other."""
    load = os.getloadavg()[0]
    table = {}
    scenes = {entry.scene: name for name, entry in reversed(catalogue.entries().items())}
    for name in reversed(scenes.values()):
        source = catalogue.find(name)
        if source.scene.frames or source.scene.renderer.seconds(framed(64)) > LONG:
            continue
        for size in SIZES:
            pairs = steps.parse("hard")
            spec = catalogue.spec(source, n=10 * SAMPLES, size=size, shard_size=SAMPLES, interventions=pairs)
            table[f"{name} {size} px"] = stages(compile_spec(spec, source.scene))
    machine = {"processor": processor(), "cores": os.cpu_count(), "python": platform.python_version(), "load": load}
    return {"machine": machine, "stages": table, **whole(), "stream pairs/s": streaming()}


def whole() -> dict[str, Any]:
    """What takes processes of its own: builds, and the commands that should answer at once."""
    end_to_end(2, 2_000)  # warms the disk
    commands = {name: min(run(name)["seconds"] for _ in range(3)) for name in ("--help", "list")}
    runs = [best(workers, pairs) for pairs in (PAIRS, 5 * PAIRS) for workers in (1, 2)]
    return {"end to end": runs, "commands": commands}


def processor() -> str:
    """The processor's name, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/build.json"))
    parser.add_argument("--million", action="store_true", help="build and verify a million pairs at 32 px too")
    parser.add_argument("--keep", action="store_true", help="measure whole builds and commands only, keep the rest")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="measure shards of these data sets at 64 px, keep the rest"
    )
    options = parser.parse_args()
    if options.only:
        results = json.loads(options.out.read_text())
        results["shards"] = {**results.get("shards", {}), **{name: shard(name) for name in options.only}}
    else:
        results = {**json.loads(options.out.read_text()), **whole()} if options.keep else measure()
    if options.million:
        results["million"] = end_to_end(2, 1_000_000, "--size", "32", checked=True)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    print(page.page(results))


if __name__ == "__main__":
    main()
