"""Forty digits of a user's own: four of each class of those that come with scmgen, so another bank than all of them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scmgen.pictures import brought
from scmgen.pictures.bank import Bank, Pixels, bank

_EACH = 4


def pictures() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Forty pictures ``(40, 28, 28)``, white on black, and what they show ``(40,)``, in mixed order."""
    whole = brought.bundled("digits")
    assert whole is not None
    drawn = [whole.items[whole.starts[k % 10] + k // 10] for k in range(10 * _EACH)]
    return np.stack(drawn), (np.arange(10 * _EACH) % 10).astype(np.uint8)


def digits() -> Bank[Pixels]:
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
