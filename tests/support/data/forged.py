"""Data sets to be damaged: pictures from elsewhere, and manifests that somebody changed and signed again."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from scmgen.storage import manifest, png, tar

Json = dict[str, Any]


Damage = Callable[[Json], object]


def signed(out: Path, data: Mapping[str, Any]) -> Path:
    """Write a manifest with a digest that fits it."""
    out.mkdir(exist_ok=True)
    (out / manifest.FILE).write_bytes(orjson.dumps({**data, "digest": manifest.digest(data)}))
    return out


def damaged(plain: Json, out: Path, damage: Damage) -> Path:
    """Write a manifest in which one thing was changed by somebody who knows of its digest."""
    data = copy.deepcopy(plain)
    damage(data)
    return signed(out, data)


def rewrite(out: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a manifest and sign it again."""
    data = json.loads((out / "manifest.json").read_text())
    change(data)
    (out / "manifest.json").write_bytes(orjson.dumps({**data, "digest": manifest.digest(data)}))


def replace(out: Path, name: str, content: bytes) -> None:
    """Give a shard another content, and the manifest its sum."""
    (out / name).write_bytes(content)

    def sign(data: dict[str, Any]) -> None:
        for shard in data["shards"]:
            for file in filter(None, (shard, shard.get("truth"))):
                if file["name"] == name:
                    file.update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))

    rewrite(out, sign)


def imported(out: Path, images: list[bytes], labels: list[Any]) -> Path:
    """Write a set of real images as docs/reference/format.md has it, with factors ``x`` and ``kind``, and no graph."""
    out.mkdir()
    pieces = []
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        pieces += [tar.member(f"train-{i:09d}.image.png", image)]
        pieces += [tar.member(f"train-{i:09d}.label.json", orjson.dumps(label))]
    content = b"".join([*pieces, tar.END])
    (out / "faces-train-000000.tar").write_bytes(content)
    sums = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    plain = {"unit": "1", "long_name": "", "levels": [], "circular": False, "mean": 0.5, "std": 0.5, "min": 0, "max": 1}
    data = {
        "format": 1,
        "origin": "imported",
        "name": "faces",
        "spec": None,
        "spec_hash": None,
        "size": 16,
        "splits": {"train": len(images)},
        "members": [".image.png", ".label.json"],
        "pixels": {"mean": [0.5] * 3, "std": [0.25] * 3, "samples": len(images)},
        "factors": {
            "x": {**plain, "type": "continuous", "range": [0, 1]},
            "kind": {**plain, "type": "categorical", "range": [0, 1], "levels": ["not smiling", "smiling"]},
        },
        "hidden": [],
        "environments": [],
        "graph": None,
        "shards": [{"name": "faces-train-000000.tar", "split": "train", "samples": len(images), **sums}],
    }
    (out / "manifest.json").write_bytes(orjson.dumps({**data, "digest": manifest.digest(data)}))
    return out


def faces(out: Path) -> Path:
    pictures = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), np.uint8)
    rows = [
        {"index": i, "split": "train", "source": f"{i}.jpg", "factors": {"x": i / 2, "kind": float(i % 2)}}
        for i in range(3)
    ]
    return imported(out, png.encode(pictures), rows)
