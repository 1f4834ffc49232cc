"""A copy of the small data set that a test may damage, and ways to do it that leave no trace in any sum."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from PIL import Image

from scmgen.checks.verify.verify import verify
from scmgen.storage import manifest, tar

TRAIN = "pendulum-train-000000.tar"


Samples = dict[str, dict[str, bytes]]
"""Key -> ending -> bytes."""


@pytest.fixture
def data(small: Path, tmp_path: Path) -> Path:
    """Give a copy of the small data set that a test may damage."""
    return Path(shutil.copytree(small, tmp_path / "pendulum"))


def read(path: Path) -> Samples:
    samples: Samples = {}
    with tarfile.open(path) as archive:
        for member in archive:
            name, _, ending = member.name.partition(".")
            samples.setdefault(name, {})[ending] = archive.extractfile(member).read()  # type: ignore[union-attr]
    return samples


def sign(out: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a manifest as somebody would who knows of its digest."""
    path = out / manifest.FILE
    data = orjson.loads(path.read_bytes())
    change(data)
    path.write_bytes(orjson.dumps({**data, "digest": manifest.digest(data)}))


def replace(out: Path, shard: str, content: bytes) -> None:
    """Put other bytes into a shard and make the manifest agree."""
    (out / shard).write_bytes(content)

    def change(data: dict[str, Any]) -> None:
        entry = next(entry for entry in data["shards"] if entry["name"] == shard)
        entry.update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))

    sign(out, change)


def forge(out: Path, shard: str, change: Callable[[Samples], None]) -> None:
    """Change the samples of a shard and leave no trace in any sum."""
    samples = read(out / shard)
    change(samples)
    members = [
        tar.member(f"{name}.{ending}", part) for name, sample in samples.items() for ending, part in sample.items()
    ]
    replace(out, shard, b"".join([*members, tar.END]))


def relabel(out: Path, shard: str, name: str, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Change one label of a shard; give it as it was."""
    before: dict[str, Any] = {}

    def edit(samples: Samples) -> None:
        label = orjson.loads(samples[name]["label.json"])
        before.update(orjson.loads(samples[name]["label.json"]))
        change(label)
        samples[name]["label.json"] = orjson.dumps(label)

    forge(out, shard, edit)
    return before


def repaint(out: Path, shard: str, name: str, ending: str, change: Callable[[Any], None]) -> None:
    """Change the pixels of one image of a shard."""

    def edit(samples: Samples) -> None:
        with Image.open(io.BytesIO(samples[name][ending])) as image:
            pixels = np.array(image)
        change(pixels)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        samples[name][ending] = buffer.getvalue()

    forge(out, shard, edit)


def faults(out: Path, samples: int | None = None) -> list[tuple[str, str]]:
    return verify(out, samples=samples).faults


def targeted(out: Path, factor: int) -> str:
    """Find a sample of the first shard whose target is a factor."""
    labels = {name: orjson.loads(sample["label.json"]) for name, sample in read(out / TRAIN).items()}
    return next(name for name, label in labels.items() if label["do_mask"][factor])


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
