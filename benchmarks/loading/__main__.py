"""How fast are pairs read, with our loader and with what else people use?

    python benchmarks/loading -o benchmarks/results/loading.json --page docs/reference/loading-speed.md

Run it with nothing else on the machine. It builds one data set of pairs at 64 px and reads it with every loader
in batches of 64: pixels of both images as uint8 arrays, factors, and the do. Each run is a process of its own;
the rounds go through all loaders one after the other, and the best round counts (a busy host only adds). The
clock starts with the first batch, so that neither imports nor the start of workers is in a rate; how long the
first batch takes stands beside it. A slow loader reads only as many pairs as it is given seconds for.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from formats import WRITERS, installed
from loaders import BATCH, LOADERS, hugging_face

PAIRS, ROUNDS, SECONDS, MOST = 20_000, 3, 10.0, 60_000
MODULES = {"pillow": "PIL"}  # what another name installs
LIBRARIES = ("numpy", "torch", "webdataset", "datasets", "h5py", "pillow", "litdata")


def size(batch: Any) -> int:
    """Pairs in a batch, once it is seen that both images are there in bytes."""
    first, second = (batch["image"], batch["image_cf"]) if isinstance(batch, dict) else batch[:2]
    if first.shape[1:] != (64, 64, 3) or first.shape != second.shape or "uint8" not in str(first.dtype):
        raise SystemExit(f"not a batch of pairs: {first.shape} {first.dtype}")
    return len(first)


def measure(name: str, out: Path, scratch: Path, seconds: float) -> dict[str, float]:
    """Read with one loader in this process: pairs a second after the first batch, and memory."""
    began = time.perf_counter()
    batches = LOADERS[name][3](out, scratch)
    size(next(batches))
    first, read = time.perf_counter(), 0
    while read < MOST and time.perf_counter() - first < seconds:
        read += size(next(batches))
    took, memory = time.perf_counter() - first, _memory()
    figures = {"pairs/s": round(read / took), "pairs": read, "first batch s": round(first - began, 3)}
    return {**figures, "peak MB": memory["VmHWM"], "own MB": memory["RssAnon"]}


def _memory() -> dict[str, int]:
    """Peak of this process, and what of its memory now is no file's: megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return {line.split(":")[0]: round(int(line.split()[1]) / 1024) for line in lines if line[:3] in ("VmH", "Rss")}


def decode(out: Path, scratch: Path) -> dict[str, float]:
    """Decode a data set into a fresh cache in this process."""
    import scmgen

    shutil.rmtree(scratch / "fresh", ignore_errors=True)
    data = scmgen.load(out)
    began = time.perf_counter()
    made = data.samples("train", scratch / "fresh")
    took = time.perf_counter() - began
    figures = {"pairs/s": round(len(made) / took), "seconds": round(took, 2), "MB": round(made.bytes / 1e6)}
    return {**figures, "peak MB": _memory()["VmHWM"]}


def apart(*arguments: object) -> dict[str, float]:
    """Run this script in a process of its own, and give what it prints."""
    settings = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore"}
    line = [sys.executable, __file__, *map(str, arguments)]
    done = subprocess.run(line, env=settings, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))}: exit status {done.returncode}: {done.stderr}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def prepare(out: Path, scratch: Path, pairs: int) -> dict[str, float]:
    """Write the data set, its cache, its HDF5 file and the tables of datasets: seconds of each."""
    import scmgen
    from scmgen.build.generated import build
    from scmgen.dataset import catalogue
    from scmgen.dataset.spec import Split
    from scmgen.publish import exports

    split = (Split(name="train", share=1),)
    shape: dict[str, Any] = {"n": pairs, "size": 64, "splits": split, "shard_size": min(1000, pairs // 4)}
    build(catalogue.spec(catalogue.find("pendulum"), **shape), out, workers=os.cpu_count() or 1)
    steps: dict[str, Callable[[], Any]] = {
        "cache of scmgen": lambda: scmgen.load(out).samples("train", scratch / "cache"),
        "HDF5 file": lambda: exports.export(scmgen.load(out), "hdf5", scratch / "data.h5"),
        "tables of datasets": lambda: hugging_face(out, scratch, streaming=False),
    }
    forms = {form: write for form, (needs, write) in WRITERS.items() if installed(needs)}
    steps |= {form: functools.partial(write, out, scratch) for form, write in forms.items()}
    took = {}
    for name, step in steps.items():
        began = time.perf_counter()
        step()
        took[name] = round(time.perf_counter() - began, 2)
    return took


def compare(pairs: int, seconds: float) -> dict[str, Any]:
    """Take every figure, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        out, scratch = Path(folder) / "pendulum", Path(folder)
        load = os.getloadavg()[0]
        prepared = prepare(out, scratch, pairs)
        there = [name for name, (_, _, needs, _) in LOADERS.items() if installed(needs)]
        rounds = []
        for _ in range(ROUNDS):
            rounds.append({"decoding": apart("--decode", out, scratch)})
            rounds[-1] |= {name: apart("--only", name, "--seconds", seconds, out, scratch) for name in there}
    best = {
        name: max((measured[name] for measured in rounds), key=lambda figures: figures["pairs/s"]) for name in rounds[0]
    }
    versions = {name: version(name) for name in LIBRARIES if installed(MODULES.get(name, name))}
    machine = {"processor": processor(), "cores": os.cpu_count(), "python": platform.python_version(), "load": load}
    after = {**machine, "load after": os.getloadavg()[0]}
    decoding = best.pop("decoding")
    return {
        "machine": after,
        "versions": versions,
        "pairs": pairs,
        "prepare s": prepared,
        "decoding": decoding,
        "loaders": best,
    }


def processor() -> str:
    """The processor's name, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def page(results: dict[str, Any]) -> str:
    """The figures as docs/reference/loading-speed.md."""
    machine, decoding, loaders = results["machine"], results["decoding"], results["loaders"]
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    ours = loaders["scmgen: cache, batches"]["pairs/s"]
    lines = [
        "# How fast pairs are read",
        "",
        "Made by `python benchmarks/loading -o benchmarks/results/loading.json "
        "--page docs/reference/loading-speed.md`; the",
        "figures are in `benchmarks/results/loading.json`. "
        f"{results['pairs']:,} pairs of `pendulum` at 64 px in batches of {BATCH}, the best",
        f"of {ROUNDS} rounds, all loaders in one run, each in a process of its own. Machine: {machine['processor']},",
        f"{machine['cores']} cores, Python {machine['python']}, load average {machine['load']:.2f} before and",
        f"{machine['load after']:.2f} after. Trust ratios more than figures.",
        "",
        f"Versions: {versions}.",
        "",
        "MosaicML streaming (0.13.0) is not among them: it asks for torchvision, numpy below 2.2, and transformers "
        "below 5.",
        "",
        f"The promise: at least 50,000 pairs a second from the cache on one core; measured: {ours:,}.",
    ]
    for group in dict.fromkeys(group for group, *_ in LOADERS.values()):
        lines += ["", f"## {group.capitalize()}", "", "| loader | order | pairs/s | first batch | peak MB | own MB |"]
        lines += ["|---|---|---|---|---|---|"]
        names = [name for name, (heading, *_) in LOADERS.items() if heading == group and name in loaders]
        for name in sorted(names, key=lambda name: -loaders[name]["pairs/s"]):
            row = loaders[name]
            cells = [name, LOADERS[name][1], f"{row['pairs/s']:,}", f"{row['first batch s']:.2f} s"]
            lines += [f"| {' | '.join([*cells, str(row['peak MB']), str(row['own MB'])])} |"]
    lines += [
        "",
        "`peak MB` is the largest resident memory of the process that reads, libraries and the pages of mapped files",
        "included, `own MB` what of it at the end is no file's and cannot be dropped; workers are not counted.",
        "",
        "## Once, before",
        "",
        f"Decoding into an empty cache: {decoding['pairs/s']:,} pairs/s ({decoding['seconds']} s,",
        f"{decoding['MB']} MB on disk, peak {decoding['peak MB']} MB of memory). In comparison, once each: "
        + ", ".join(f"{name} {took} s" for name, took in results["prepare s"].items())
        + ".",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/loading.json"))
    parser.add_argument("--page", type=Path, help="write the figures as a page too")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="how many the data set has")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="what a loader may take in a round at most")
    parser.add_argument("--only", choices=LOADERS, help="read FOLDERS with one loader and print its figures")
    parser.add_argument("--decode", action="store_true", help="decode FOLDERS and print the figures")
    parser.add_argument("folders", nargs="*", type=Path, help="data set and scratch folder, for --only and --decode")
    options = parser.parse_args()
    if options.only or options.decode:
        figures = (
            decode(*options.folders) if options.decode else measure(options.only, *options.folders, options.seconds)
        )
        print(json.dumps(figures))
        return
    results = compare(options.pairs, options.seconds)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    text = page(results)
    print(text)
    if options.page:
        options.page.write_text(text)


if __name__ == "__main__":
    main()
