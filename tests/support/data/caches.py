"""Ways in which a cache of decoded arrays may be spoiled: each is told the cache's directory and one of its files."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Spoil = Callable[[Path, Path], object]


def _flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def _rewrite(path: Path, change: Callable[[Any], Any]) -> None:
    np.save(path, change(np.load(path)))


def _elsewhere(place: Path, path: Path) -> None:
    """Put what stands here outside of all caches, and a link in its place."""
    out = place.parents[2] / "outside"
    out.mkdir(exist_ok=True)
    path.rename(out / path.name)
    path.symlink_to(out / path.name)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("")


def _said(place: Path, **changes: Any) -> None:
    """Change what ``cache.json`` says, and its sum with it."""
    said = {**json.loads((place / "cache.json").read_text()), **changes}
    rest = {key: value for key, value in said.items() if key != "sum"}
    said["sum"] = hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
    (place / "cache.json").write_text(json.dumps(said))


def _listed(place: Path, file: Path, **changes: Any) -> None:
    arrays = json.loads((place / "cache.json").read_text())["arrays"]
    arrays[file.stem] |= changes
    _said(place, arrays=arrays)


def _plain(place: Path) -> None:
    shutil.rmtree(place)
    place.write_text("a file")


FILES: dict[str, Spoil] = {
    "a bit of its content": lambda place, file: _flip(file, -7),
    "a bit of its head": lambda place, file: _flip(file, 20),
    "another dtype": lambda place, file: _rewrite(file, lambda array: array.view(np.int8)),
    "another shape": lambda place, file: _rewrite(file, lambda array: array[:3]),
    "other content": lambda place, file: _rewrite(file, lambda array: array[::-1]),
    "objects": lambda place, file: np.save(file, np.array([{"a": 1}], object), allow_pickle=True),
    "missing": lambda place, file: file.unlink(),
    "emptied": lambda place, file: file.write_bytes(b""),
    "cut": lambda place, file: file.write_bytes(file.read_bytes()[:-100]),
    "longer": lambda place, file: file.write_bytes(file.read_bytes() + b"x"),
    "a link": lambda place, file: _elsewhere(place, file),
    "a broken link": lambda place, file: (file.unlink(), file.symlink_to(place / "nowhere")),
    "a pipe": lambda place, file: _pipe(file),
    "a folder": lambda place, file: _folder(file),
}
"""What may happen to one array."""

WHOLE: dict[str, Spoil] = {
    "no proof": lambda place, file: (place / "cache.json").unlink(),
    "an empty proof": lambda place, file: (place / "cache.json").write_text(""),
    "a bit of the proof": lambda place, file: _flip(place / "cache.json", -90),
    "a proof that is a list": lambda place, file: (place / "cache.json").write_text("[" * 9),
    "a proof nested too deep": lambda place, file: (place / "cache.json").write_text("[" * 99_999),
    "a proof that is a folder": lambda place, file: _folder(place / "cache.json"),
    "a proof that is a link": lambda place, file: _elsewhere(place, place / "cache.json"),
    "another source": lambda place, file: _said(place, source="0" * 64),
    "another version": lambda place, file: _said(place, format=2),
    "no arrays": lambda place, file: _said(place, arrays=None),
    "an array without a size": lambda place, file: _said(place, arrays={file.stem: {}}),
    "a forged shape": lambda place, file: _listed(place, file, shape=[1]),
    "a forged dtype": lambda place, file: _listed(place, file, dtype="<f4"),
    "a forged size": lambda place, file: _listed(place, file, bytes=10**30),
    "a forged sum": lambda place, file: _listed(place, file, crc32="x"),
    "a link to another directory": lambda place, file: _elsewhere(place, place),
    "a file in its place": lambda place, file: _plain(place),
}
"""What may happen to all of a cache."""
