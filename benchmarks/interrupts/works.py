"""What is interrupted: commands on small data, what each leaves, and the moments that are aimed at."""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAIRS, SIZE, SHARD = 480, 16, 24
RECIPE = f"pendulum --n {PAIRS} --size {SIZE} --shard-size {SHARD} --interventions"
STEPS = {"encoder_steps": 90, "mechanism_steps": 60, "draft_steps": 60, "denoiser_steps": 40}
SMALL = {"encoder_batch": 4, "mechanism_batch": 16, "draft_batch": 2, "denoiser_batch": 2}
Left = Callable[[Path, str], Any]


@dataclass(frozen=True)
class Work:
    """A command that is interrupted.

    Attributes:
        words: its command line, of the directory that it may fill.
        left: what its end leaves, to be compared: of that directory, and of what it said.
        aims: moments that are aimed at besides any, and within which share of the undisturbed command's time after
            them: each tells of that directory, and of the time at which the command began, whether it has come.
    """

    words: Callable[[Path], list[str]]
    left: Left
    aims: tuple[tuple[Callable[[Path, float], bool], float], ...] = ()


def program(name: str, line: str) -> list[str]:
    """A command as it is installed beside this Python."""
    return [str(Path(sys.executable).with_name(name)), *line.split()]


def works(home: Path) -> dict[str, Work]:
    """All works, by name; the data set that three of them read is built here."""
    data = home / "data"
    subprocess.run(program("scmgen", f"build {RECIPE} -j 2 -o {data}"), check=True, capture_output=True)  # noqa: S603
    return {
        "build": Work(
            lambda place: program("scmgen", f"build {RECIPE} -j 2 -o {place / 'd'}"), _sums, ((_all_shards, 0.1),)
        ),
        "verify": Work(lambda place: program("scmgen", f"verify {data} --all -j 2"), functools.partial(_told, data)),
        "export": Work(
            lambda place: program("scmgen", f"export {data} --to causalvae --force -o {place / 'e'}"), _sums
        ),
        "train": Work(functools.partial(_training, data), _trained, ((_steps, 0.5), (_steps, 0.5))),
    }


def _training(data: Path, place: Path) -> list[str]:
    settings = " ".join(f"--set {name}={count}" for name, count in {**STEPS, **SMALL}.items())
    return program("cdm", f"train {data} -o {place / 'run'} --cache {place / 'cache'} --device cpu {settings}")


def _sums(place: Path, said: str) -> dict[str, str]:
    files = [path for path in sorted(place.rglob("*")) if path.is_file()]
    return {str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _told(data: Path, place: Path, said: str) -> Any:
    """What a check said, and that it left the data set as it was."""
    return said, _sums(data, said)


def _trained(place: Path, said: str) -> Any:
    """The sum of a checkpoint, which covers header and weights, the log, and the cache."""
    from cdm.models import checkpoint

    log = [json.loads(line) for line in (place / "run" / "log.jsonl").read_text().splitlines()]
    return checkpoint.read(place / "run")[0]["sum"], log, _sums(place / "cache", said)


def _all_shards(place: Path, began: float) -> bool:
    """Whether the last shard is there: the pool shuts down, and the data set is committed."""
    return len(list(place.glob("d/*.tar"))) == PAIRS // SHARD


def _steps(place: Path, began: float) -> bool:
    """Whether a training takes steps."""
    log = place / "run" / "log.jsonl"
    return log.exists() and log.stat().st_mtime > began
