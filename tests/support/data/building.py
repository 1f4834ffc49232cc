"""Small data sets to build, in this process or by a command line of its own, and sums of what was written."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.catalogue import Recipe, Resolved
from scmgen.dataset.spec import Spec
from scmgen.scene.document import parse
from scmgen.scene.scene import read_scene

MAIN = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from scmgen.cli.main import main; main()",
]
"""The command line, with Ctrl-C working even where the tests run in the background."""


posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits as POSIX has them")


def pendulum(n: int = 300, **overrides: Any) -> Spec:
    return catalogue.spec(catalogue.find("pendulum"), n=n, **{"size": 16, "shard_size": 50, **overrides})


def swing(**overrides: Any) -> Spec:
    """A small scene with a parameter."""
    text = """
name: swing
parameters: {wobble: 0.01}
equations:
  angle: uniform(-0.7, 0.7)
  length: 0.3 + 0.2 * abs(angle) + uniform(-wobble, wobble)
factors:
  angle: {range: [-0.7, 0.7]}
  length: {range: [0.2, 0.5]}
draw:
  - {mark: fill, rgb: [1, 1, 1]}
  - {mark: line, x1: 0.5, y1: 1, x2: 0.5 + length * sin(angle), y2: 1 - length * cos(angle), width: 0.1, rgb: [0, 0, 0]}
"""
    return catalogue.spec(
        Resolved("swing", read_scene(parse(text, "swing.yaml")), Recipe(scene="swing")),
        **{"n": 100, "size": 16, **overrides},
    )


def sums(out: Path) -> dict[str, str]:
    """Give name -> sha256 of every file of a directory, hidden ones included."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir())}


def built(spec: Spec, out: Path, **how: Any) -> dict[str, str]:
    build(spec, out, **how)
    return sums(out)


def shards(out: Path) -> set[str]:
    return {path.name for path in out.glob("*.tar")}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*MAIN, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)


def interrupt(samples: int) -> None:
    raise KeyboardInterrupt
