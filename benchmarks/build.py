"""How fast is a build, and where does the time go?

    python benchmarks/build.py -o benchmarks/build.json --page docs/performance.md

Run it with nothing else on the machine. It prints CPU-microseconds a sample for each stage of every data
set at 64, 96 and 128 px (medians of five rounds), pairs a second end to end with one and two workers, and
two yardsticks: the bound (the same payload, only concatenated) and a plain matplotlib loop (if installed).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from PIL import Image

from scmgen import catalogue, interventions, png, tar
from scmgen.dataset import Dataset, compile_spec
from scmgen.files import Local
from scmgen.shards import images, key, labels, suffixes, write_shard
from scmgen.shards import plan as shards_of

SIZES, SAMPLES, ROUNDS, PAIRS = (64, 96, 128), 500, 5, 100_000


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Median CPU-microseconds a sample of a stage, and what it gave."""
    times, result = [], None
    for _ in range(ROUNDS):
        began = time.process_time()
        result = work()
        times.append((time.process_time() - began) / SAMPLES * 1e6)
    return statistics.median(times), result


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
        whole, _ = cpu(lambda: write_shard(dataset, shards_of(dataset.spec)[0], Local(Path(folder))))
    took["write"] = max(0.0, whole - sum(took.values()))
    took["whole shard"] = whole
    took["bound"], _ = cpu(lambda: b"".join(packed))
    took["bytes"] = sum(map(len, packed)) / SAMPLES
    took["png over Pillow's"] = sum(map(len, encoded[0][:100])) / sum(pillow(image) for image in drawn[0][:100])
    return {name: round(value, 3) for name, value in took.items()}


def pillow(image: np.ndarray[Any, Any]) -> int:
    """Bytes of Pillow's PNG at its default level."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.tell()


def end_to_end(workers: int) -> dict[str, float]:
    """Build the pendulum on disk in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        program = "from scmgen.cli import main; main()"
        line = ["build", "pendulum", "--n", str(PAIRS), "-j", str(workers), "-o", f"{folder}/d"]
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", program, *line], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        wall = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"workers": workers, "seconds": round(wall, 2), "pairs/s": round(PAIRS / wall), "peak MB": round(peak)}


def matplotlib_loop(size: int, count: int = 40) -> float | None:
    """CPU-microseconds an image of the way plotting scripts do it, or None without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return None
    matplotlib.use("Agg")
    from matplotlib import patches, pyplot

    values = catalogue.load_scene("pendulum").sample(count)
    began = time.process_time()
    for row in range(count):
        angle, light, length, middle = (
            float(values[name][row]) for name in ("pendulum_angle", "light_angle", "shadow_length", "shadow_position")
        )
        figure = pyplot.figure(figsize=(1, 1), dpi=size)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(-2, 22), ylim=(-1.5, 22.5))
        axes.axis("off")
        x, y = 10 + 8 * np.sin(angle), 10.5 - 8 * np.cos(angle)
        axes.plot((10, x), (10.5, y), color="black")
        axes.add_patch(patches.Circle((x, y), 1.5, color="firebrick"))
        axes.add_patch(patches.Circle((10 + 10 / np.tan(light), 20.5), 1.5, color="orange"))
        axes.add_patch(patches.Rectangle((middle - length / 2, -1), length, 1, color="black"))
        figure.savefig(io.BytesIO(), format="png")
        pyplot.close(figure)
    return round((time.process_time() - began) / count * 1e6)


def measure() -> dict[str, Any]:
    """Take every figure, one after the other."""
    load = os.getloadavg()[0]
    table = {}
    for name in catalogue.entries():
        source = catalogue.find(name)
        for size in SIZES:
            pairs = interventions.parse("hard")
            spec = catalogue.spec(source, n=10 * SAMPLES, size=size, shard_size=SAMPLES, interventions=pairs)
            table[f"{name} {size} px"] = stages(compile_spec(spec, source.scene))
    machine = {"processor": processor(), "cores": os.cpu_count(), "python": platform.python_version(), "load": load}
    runs = [end_to_end(workers) for workers in (2, 1, 2)][1:]
    return {"machine": machine, "stages": table, "end to end": runs, "matplotlib 96 px": matplotlib_loop(96)}


def processor() -> str:
    """The processor's name, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def page(results: dict[str, Any]) -> str:
    """The figures as docs/performance.md."""
    machine, table = results["machine"], results["stages"]
    columns = list(next(iter(table.values())))
    head = [f"| data set | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    rows = [f"| {name} | {' | '.join(f'{took[c]:.4g}' for c in columns)} |" for name, took in table.items()]
    ends = results["end to end"]
    runs = [f"| {run['workers']} | {run['seconds']} | {run['pairs/s']:,} | {run['peak MB']} |" for run in ends]
    one, two = ends
    ours = table["pendulum 96 px"]["whole shard"] / 2
    plain = results["matplotlib 96 px"]
    beside = (
        ""
        if plain is None
        else (
            f"A plain matplotlib loop took {plain:,} CPU-microseconds for an image of this scene at 96 px, our whole "
            f"shard {ours:.0f} an image: {plain / ours:.0f} times less.\n"
        )
    )
    return "\n".join(
        [
            "# Performance",
            "",
            "Made by `python benchmarks/build.py -o benchmarks/build.json --page docs/performance.md`; the figures are",
            f"in `benchmarks/build.json`. Machine: {machine['processor']}, {machine['cores']} cores, Python",
            f"{machine['python']}, load average at the start {machine['load']:.2f}. Trust ratios more than figures.",
            "",
            "CPU-microseconds a pair (two images, one label), medians of five rounds of 500 pairs; `bound` only",
            "concatenates the payload; `png over Pillow's` is a ratio of bytes at Pillow's default level.",
            "",
            *head,
            *rows,
            "",
            f"End to end on disk, {PAIRS:,} pairs of `pendulum` at 64 px, the start of Python included:",
            "",
            "| workers | seconds | pairs/s | peak MB of a process |",
            "|---|---|---|---|",
            *runs,
            "",
            f"Two workers against one: {one['seconds'] / two['seconds']:.2f} times as fast.",
            "",
            beside,
        ]
    )


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/build.json"))
    parser.add_argument("--page", type=Path, help="write the figures as a page too")
    options = parser.parse_args()
    results = measure()
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    text = page(results)
    print(text)
    if options.page:
        options.page.write_text(text)


if __name__ == "__main__":
    main()
