"""The pipeline that docs/how-to/recipes.md begins with runs as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from checkout import ROOT
from libraries import need


def test_the_first_recipe_reads_every_pair(small: Path, tmp_path: Path) -> None:
    need("torch", "webdataset")
    page = (ROOT / "docs" / "how-to" / "recipes.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pendulum").symlink_to(small)
    program = block + "    print(tuple(batch['image'].shape), sorted(batch))\n"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert sum(int(re.findall(r"\d+", line)[0]) for line in lines) == 240
    assert all(line.endswith("64, 64, 3) ['do_mask', 'factors', 'image', 'image_cf']") for line in lines)
