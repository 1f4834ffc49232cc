"""Loops that are compiled ahead of time draw what numba's draw, byte for byte, and need no numba."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import ROOT

from scmgen import loops

DRAW = """
import hashlib, sys
from scmgen.dataset import catalogue
found = []
for name in ("pendulum", "shapes", "morpho-digits", "clutter"):
    scene = catalogue.load_scene(name)
    world = scene.scm.solve(scene.noise(3))
    found += [scene.render(world, 24).tobytes(), scene.masks(world, 24).tobytes()]
print(*(hashlib.sha256(one).hexdigest() for one in found), "numba" in sys.modules)
"""


def drawn(by: str) -> list[str]:
    command = [sys.executable, "-c", DRAW]
    environment = {**os.environ, "SCMGEN_LOOPS": by}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.split()


@pytest.mark.skipif(sys.platform == "win32", reason="is not linked there")
def test_a_library_draws_the_same_bytes_without_numba(tmp_path: Path) -> None:
    file = loops.library()
    if not file.exists():  # an editable install makes it
        subprocess.run([sys.executable, str(ROOT / "hatch_build.py"), str(tmp_path)], check=True)
        file = tmp_path / file.name
    *ahead, with_numba = drawn(str(file))
    *here, by_numba = drawn("numba")
    assert ahead == here
    assert (with_numba, by_numba) == ("False", "True")
