"""Data sets, trainings of them, and the state of the machine: what all measures share."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_SCENES = Path(__file__).parent.parent / "scenes"
OPTIONS = {  # of scmgen build: 20,000 pairs at 32 px, where nothing else is said
    "pendulum": ["pendulum"],
    "flow": ["flow"],
    "er4": ["shapes", "--sample-scm", "er:1.5,factors=4", "--scm-seed", "3"],
    "shapes-random-8": ["shapes-random-8"],
    "pendulum at 64 px": ["pendulum", "--size", "64"],
    "collision": ["collision"],  # the levels were not tuned on these two
    "shadow-sun": ["shadow-sun"],
    "spurious-pairs-95": ["spurious-pairs-95"],
    "clutter": [str(_SCENES / "clutter.yaml")],  # 45 tiles and 15 dots as nuisance
    "kiosk": [str(_SCENES / "kiosk.yaml")],  # a hidden cause, a category as a child, a circle
    **{f"er6-{k}": ["shapes", "--sample-scm", "er:1.5,factors=6", "--scm-seed", str(k)] for k in range(1, 6)},
    **{f"d8-{k}": ["shapes", "--sample-scm", "er:1.5,factors=8", "--scm-seed", str(k)] for k in range(1, 6)},
    "ident3d-64": ["ident3d", "--n", "1000", "--size", "64", "--shard-size", "50"],  # rendered, which takes long
    "shapes-random-8 at 64 px": ["shapes-random-8", "--size", "64"],
}
PAIRS, SIZE, SEEDS = 20_000, 32, range(5)
ENCODER_ONLY = {"mechanism_steps": 0, "draft_steps": 0, "denoiser_steps": 0}


def asked(key: str, only: list[str]) -> bool:
    """Whether a figure was asked for: by how its name begins, or all of them."""
    return not only or any(key.startswith(part) for part in only)


def built(name: str, home: Path) -> Path:
    """Build a data set, unless it is there."""
    out = home / name
    words = ["--n", str(PAIRS), "--size", str(SIZE), "--interventions", "hard", "-o", str(out)]
    script = "from scmgen.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", script, "build", *words, *OPTIONS[name]], check=True)  # noqa: S603
    return out


def trained(where: Path, home: Path, preset: str, **changes: Any) -> tuple[Any, Any, float]:
    """A run to its end, its manifest's graph, and the seconds that it took."""
    from cdm import config
    from cdm.data import pairs as data
    from cdm.data import shards
    from cdm.training import run, train

    source = shards.read(str(where))
    pairs = data.load(source, "train", home / "cache")
    began = time.monotonic()
    begun = run.start(pairs, config.make(preset, **changes))
    train.fit(begun)
    return begun, source.manifest["graph"], time.monotonic() - began


def machine() -> dict[str, Any]:
    """The load while something was measured, and the most memory that this process has taken."""
    import resource

    return {
        "load": round(os.getloadavg()[0], 2),
        "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
