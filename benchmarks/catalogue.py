"""Does every data set of the catalogue build, verify and pass its audit, at full size?

    python benchmarks/catalogue.py -o benchmarks/results/catalogue.json

Runs the commands a user would: `scmgen build NAME`, `scmgen verify --all` and `scmgen audit` on the
directory. Names of data sets after the command measure these only; what the file says of others stays.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from scmgen.dataset import catalogue


def call(*line: str) -> tuple[int, str, float]:
    """Exit status, output (and errors, if it failed) and seconds of a command of scmgen."""
    program = "from scmgen.cli.main import main; main()"
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program, *line], capture_output=True, text=True)  # noqa: S603
    said = done.stdout if done.returncode == 0 else done.stdout + done.stderr
    return done.returncode, said, round(time.perf_counter() - began, 1)


def measure(name: str, folder: str) -> dict[str, Any]:
    """Build, verify and audit one entry."""
    out = f"{folder}/{name}"
    figures: dict[str, Any] = {"n": catalogue.entries()[name].n, "load": os.getloadavg()[0]}
    for word, line in (
        ("build", ["build", name, "-o", out]),
        ("verify", ["verify", out, "--all"]),
        ("audit", ["audit", out]),
    ):
        status, text, seconds = call(*line)
        figures[word] = {"status": status, "seconds": seconds, "says": text.strip().splitlines()[-1].replace(out, name)}
    return figures


def main() -> None:
    """Go through the catalogue and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/catalogue.json"))
    parser.add_argument("names", nargs="*", help="data sets; all of the catalogue if none is named")
    options = parser.parse_args()
    results = json.loads(options.out.read_text()) if options.out.exists() else {}
    for name in options.names or list(catalogue.entries()):
        with tempfile.TemporaryDirectory() as folder:
            results[name] = measure(name, folder)
        print(name, json.dumps(results[name]), flush=True)
        results = {entry: results[entry] for entry in catalogue.entries() if entry in results}
        options.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
