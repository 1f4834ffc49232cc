"""The memory that large scenes take: what docs/reference/language.md says of its limits.

    python benchmarks/memory.py -o benchmarks/results/memory.json

Each command reads each scene in a process of its own, whose peak counts (Linux): 800 polygons of 64 corners that all
follow a factor, written as one repeat block, and 2,000 variables that all have noise.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT, OF_VALIDATE = 1_200, 400  # megabytes
MARK = "{mark: polygon, x: 0.5, y: 0.5 + 0.1 * a, radius: '0.001 * {k}', sides: 64, rgb: [a, 0, 0]}"
DISC = "{mark: disc, x: a, y: 0.5, radius: 0.1, rgb: [1, 0, 0]}"
COMMANDS = {
    "validate": "validate SCENE",
    "show": "show SCENE -o sheet.png",
    "build": "build SCENE --n 100 --interventions hard -j 1 -o out --force",
    "audit": "audit SCENE",  # takes minutes
}
PEAK = """
import sys
from scmgen.cli.main import main
try:
    main()
finally:
    lines = open("/proc/self/status").read().splitlines()
    print("PEAK", next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


def scene(name: str, more: str, draw: str) -> str:
    """A scene of one factor and more."""
    head = f"name: {name}\nversion: 1\nequations:\n  a: uniform(0.2, 0.8)\n{more}"
    return f"{head}factors:\n  a: {{range: [0.2, 0.8]}}\n{draw}\n"


def scenes() -> dict[str, str]:
    """The scenes, by name."""
    counts = ", ".join(map(str, range(1, 801)))
    variables = "".join(f"  v{i}: normal(0, 1)\n" for i in range(1_999))
    return {
        "polygons": scene("polygons", "", f"draw: []\nrepeat:\n- for: {{k: [{counts}]}}\n  draw:\n  - {MARK}"),
        "variables": scene("variables", variables, f"draw:\n  - {DISC}"),
    }


def peak(line: list[str], place: Path) -> int:
    """Megabytes that a command takes at its peak; it may find faults."""
    done = subprocess.run([sys.executable, "-c", PEAK, *line], cwd=place, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr[-500:])
    return int(done.stdout.split()[-1]) // 1024


def main() -> None:
    """Measure every command on every scene."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/memory.json"))
    parser.add_argument("--only", nargs="+", choices=COMMANDS, default=list(COMMANDS), help="some of the commands")
    options, found = parser.parse_args(), {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in scenes().items():
            (Path(folder) / f"{name}.yaml").write_text(text)
            for command, line in ((command, COMMANDS[command]) for command in options.only):
                found[f"{command} {name}"] = peak(line.replace("SCENE", f"{name}.yaml").split(), Path(folder))
                print(command, name, found[f"{command} {name}"], "MB", flush=True)
    options.out.write_text(json.dumps({"peak MB": found, "load": os.getloadavg()[0]}, indent=1) + "\n")
    over = [name for name, size in found.items() if size > (OF_VALIDATE if name.startswith("validate") else LIMIT)]
    sys.exit(bool(over))


if __name__ == "__main__":
    main()
