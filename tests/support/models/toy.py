"""A tiny data set written with nothing but tarfile, json, numpy and Pillow: cdm must need no scmgen.

A bar stands at ``a``, another at ``b = 0.1 + 0.6 a^2 + noise``, on a background whose colour tells the level ``k``.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import here
import numpy as np
import orjson
import pytest
from PIL import Image

FACTORS = ("a", "b", "k")
ADJACENCY = [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
SIZE = 16
_COLOURS = np.array([[0.95, 0.6, 0.5], [0.5, 0.9, 0.6], [0.5, 0.6, 0.95]])


def values(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """Draw factors, a do on one of them (or none) and the factors under it, ``(n, 3)`` each."""
    a, e, k = rng.uniform(0, 1, n), rng.uniform(-0.15, 0.15, n), rng.integers(0, 3, n).astype(float)
    target, do = (
        rng.integers(0, 4, n),
        np.stack([rng.uniform(0, 1, n), rng.uniform(0, 0.9, n), rng.integers(0, 3, n)], 1),
    )
    before = np.stack([a, 0.15 + 0.6 * a**2 + e, k], 1)
    a2 = np.where(target == 0, do[:, 0], a)
    b2 = np.where(target == 1, do[:, 1], 0.15 + 0.6 * a2**2 + e)
    after = np.stack([a2, b2, np.where(target == 2, do[:, 2], k)], 1)
    mask = (target[:, None] == np.arange(3)).astype(int)
    return {"factors": before, "factors_cf": after, "do_mask": mask, "do_value": np.where(mask, do, before)}


def draw(factors: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Images ``(n, 16, 16, 3)`` uint8 of factors ``(n, 3)``."""
    x = (np.arange(SIZE) + 0.5) / SIZE
    image = np.broadcast_to(_COLOURS[factors[:, 2].astype(int)][:, None, None], (len(factors), SIZE, SIZE, 3)).copy()
    for rows, column in ((slice(0, 8), 0), (slice(8, 16), 1)):
        bar = np.exp(-(((x - 0.1 - 0.8 * factors[:, column, None]) / 0.08) ** 2))
        image[:, rows] *= 1 - 0.9 * bar[:, None, :, None]
    return np.round(image * 255).astype(np.uint8)


def write(out: Path, n: int = 400, seed: int = 0, pairs: bool = True, without: str = "", **changes: Any) -> Path:
    """Write a data set of two splits with n and n / 4 samples.

    Labels lack the keys that ``without`` names; ``changes`` replace keys of the manifest, and with ``size`` images.
    """
    out.mkdir(parents=True, exist_ok=True)
    counts = {split: count for split, count in (("train", n), ("test", n // 4)) if count}
    moments = {"mean": 0.5, "std": 0.3, "min": 0.0, "max": 1.0}
    factor = {"type": "continuous", "unit": "1", "range": [0.0, 1.0], "levels": [], "circular": False, **moments}
    levels = {**factor, "type": "categorical", "range": [0.0, 2.0], "levels": ["red", "green", "blue"]}
    manifest = {
        "format": 1,
        "origin": "imported",
        "name": "toy",
        "spec_hash": None,
        "size": SIZE,
        "splits": counts,
        "members": [".image.png", ".image_cf.png", ".label.json"] if pairs else [".image.png", ".label.json"],
        "pixels": {"mean": [0.5, 0.5, 0.5], "std": [0.3, 0.3, 0.3], "samples": n},
        "factors": {"a": factor, "b": factor, "k": levels},
        "graph": graph(FACTORS, ADJACENCY),
        "shards": [
            _shard(out, split, count, seed + i, pairs, without, changes.get("size", SIZE))
            for i, (split, count) in enumerate(counts.items())
        ],
    }
    sign(out, {**manifest, **changes})
    return out


def graph(names: Sequence[str], directed: Sequence[Sequence[int]]) -> dict[str, Any]:
    """The part ``graph`` of a manifest, without what interventions leave of it."""
    there = [(i, j) for i, row in enumerate(directed) for j, edge in enumerate(row) if edge]
    edges = [{"source": names[i], "target": names[j]} for i, j in there]
    linked = {"nodes": [{"id": name} for name in names], "edges": edges}
    matrices = {"names": list(names), "directed": directed, "bidirected": [[0] * len(names)] * len(names)}
    return {"full": linked, "factors": linked, "adjacency": matrices, "mutilated": [], "variants": {}}


def sign(out: Path, manifest: Mapping[str, Any]) -> None:
    """Write a manifest with its digest."""
    rest = {key: value for key, value in manifest.items() if key != "digest"}
    digest = hashlib.sha256(orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)).hexdigest()
    (out / "manifest.json").write_bytes(orjson.dumps({**rest, "digest": digest}))


def change(out: Path, alter: Callable[[dict[str, Any]], object]) -> None:
    """Change a manifest as somebody would who knows of its digest."""
    manifest = json.loads((out / "manifest.json").read_text())
    alter(manifest)
    sign(out, manifest)


def _shard(out: Path, split: str, n: int, seed: int, pairs: bool, without: str, size: int) -> dict[str, Any]:
    table, name = values(np.random.default_rng(seed), n), f"toy-{split}-000000.tar"
    images = {"image": draw(table["factors"]), "image_cf": draw(table["factors_cf"])}
    with tarfile.open(out / name, "w") as archive:
        for i in range(n):
            for member in ("image", "image_cf") if pairs else ("image",):
                _add(archive, f"{split}-{i:09d}.{member}.png", _png(images[member][i], size))
            told = {k: dict(zip(FACTORS, table[k][i].tolist(), strict=True)) for k in ("factors", "factors_cf")}
            done = {"do_mask": table["do_mask"][i].tolist(), "do_value": table["do_value"][i].tolist()}
            label = {**told, **done} if pairs else {"factors": told["factors"]}
            label = {key: value for key, value in label.items() if key not in without.split()}
            _add(archive, f"{split}-{i:09d}.label.json", json.dumps({"index": i, "split": split, **label}).encode())
    content = (out / name).read_bytes()
    return {
        "name": name,
        "split": split,
        "samples": n,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _png(pixels: np.ndarray[Any, Any], size: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).resize((size, size), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def call(*arguments: str, home: Path) -> CompletedProcess[str]:
    """Run the trainer's command line in this process, with its caches under ``home``."""
    from cdm.cli.main import main

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(home))
        return here.run(main, "cdm", *arguments)
