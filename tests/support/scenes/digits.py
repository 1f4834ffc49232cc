"""A bank of drawn digits, for scenes whose pictures are brought: no real ones are kept in the repository."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from scmgen.pictures.bank import Bank, bank

_EACH, _SIDE, _FINER = 4, 28, 8
_PATHS = [  # on a grid of 2 by 4, from the top
    "00 20 24 04 00",
    "11 20 24",
    "00 20 22 02 04 24",
    "00 20 22 12 22 24 04",
    "00 02 22 20 24",
    "20 00 02 22 24 04",
    "20 02 04 24 22 02",
    "00 20 04",
    "00 20 24 04 00 02 22",
    "22 02 00 20 24 04",
]


def pictures() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Forty pictures ``(40, 28, 28)``, white on black, and what they show ``(40,)``."""
    drawn = [_digit(_PATHS[k % 10], np.random.default_rng(k)) for k in range(10 * _EACH)]
    return np.stack(drawn), (np.arange(10 * _EACH) % 10).astype(np.uint8)


def digits() -> Bank:
    """The same as a bank."""
    images, labels = pictures()
    return bank("digits", list(images), labels.astype(np.int64), tuple(map(str, range(10))))


def idx_files(folder: Path) -> Path:
    """The same as two IDX files."""
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = pictures()
    head = struct.pack(">4I", 0x803, *images.shape)
    (folder / "train-images-idx3-ubyte").write_bytes(head + images.tobytes())
    (folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, len(labels)) + labels.tobytes())
    return folder


def _digit(path: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    image = Image.new("L", (_SIDE * _FINER, _SIDE * _FINER))
    wide, lean, left = rng.uniform(4, 5.5), rng.uniform(-0.4, 0.4), rng.uniform(8, 10)
    corners = [(left + wide * int(x) + lean * (4 - int(y)), 6 + 4 * int(y)) for x, y in path.split()]
    points = [(_FINER * x, _FINER * y) for x, y in corners]
    ImageDraw.Draw(image).line(points, 255, round(_FINER * rng.uniform(2.2, 3.2)), "curve")
    return np.asarray(image.resize((_SIDE, _SIDE), Image.Resampling.BOX))
