"""What sheets show of the answers that were scored, kept: the first images of each method, one picture a protocol.

A machine that fills some cells has not the answers of the others. In the picture a row of images belongs to a method;
which one, what was set above each column, and the true graph stand in the text of the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cdm.benchmark.plan import Cell, Plan
from cdm.data import files
from cdm.evaluation.protocol import Protocol

PLACE = Path("benchmarks/results/methods_answers")
FLOORS = ("identity", "oracle")
_COLUMNS = 8
Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Tiles:
    """The first pairs of a test split in which something was set.

    Attributes:
        heads: the factor that was set in each.
        names: of all factors.
        truth: the true graph, 1 from cause to effect.
        rows: images ``(n, size, size, 3)`` by ``factual``, ``truth`` and names of methods, in this order.
    """

    heads: list[str]
    names: list[str]
    truth: list[list[int]]
    rows: Mapping[str, Images]


def read(file: Path) -> Tiles:
    """The tiles of a protocol."""
    with Image.open(file) as picture:
        told, pixels = json.loads(picture.info["tiles"]), np.asarray(picture.convert("RGB"))
    size = len(pixels) // len(told["rows"])
    rows = pixels.reshape(len(told["rows"]), size, -1, size, 3).swapaxes(1, 2)
    return Tiles(told["heads"], told["names"], told["truth"], dict(zip(told["rows"], rows, strict=True)))


def write(file: Path, tiles: Tiles) -> None:
    """Write the tiles of a protocol as a picture."""
    info = PngInfo()
    told = {"heads": tiles.heads, "names": tiles.names, "truth": tiles.truth, "rows": [*tiles.rows]}
    info.add_text("tiles", json.dumps(told))
    rows = [np.concatenate([*row], axis=1) for row in tiles.rows.values()]
    with files.replacing(file) as there:
        Image.fromarray(np.concatenate(rows)).save(there, "PNG", optimize=True, pnginfo=info)


def gather(plan: Plan, home: Path) -> list[Path]:
    """Put what was answered here in the place of what was answered before, of the first seed of each method.

    Args:
        plan: what was run.
        home: where data, answers and caches stand.
    """
    PLACE.mkdir(parents=True, exist_ok=True)
    firsts: dict[tuple[str, str], Cell] = {}
    for cell in plan.cells:
        firsts.setdefault((cell.asked.name, cell.method.name), cell)
    written = []
    for asked in plan.protocols:
        places = {
            name: home / "cells" / "answers" / cell.key for (other, name), cell in firsts.items() if other == asked.name
        }
        there = {name: place for name, place in places.items() if (place / "answers.json").exists()}
        if {*there} - {*FLOORS}:  # something but what every method is compared with
            file = PLACE / f"{asked.name}.png"
            now = _answered(asked, Path(plan.data[asked.name]), home, there)
            before = read(file).rows if file.exists() else {}
            rows = {**before, **now.rows}
            write(file, replace(now, rows={name: rows[name] for name in _ordered(plan, rows)}))
            written.append(file)
    return written


def _ordered(plan: Plan, rows: Iterable[str]) -> list[str]:
    order = ["factual", "truth", *(method.name for method in plan.methods)]
    return sorted({*rows} & {*order}, key=order.index)


def _answered(asked: Protocol, data: Path, home: Path, there: Mapping[str, Path]) -> Tiles:
    import torch

    from cdm.data import pairs, shards
    from cdm.evaluation import answered

    source = shards.read(str(data))
    test = pairs.load(source, asked.split, home / "cache")
    acted = torch.tensor(test.arrays["do_mask"][: asked.rows]).any(dim=1).nonzero().flatten()[:_COLUMNS].numpy()
    names: Any = test.code.names
    rows = {"factual": test.arrays["image"][acted], "truth": test.arrays["image_cf"][acted]}
    for name, place in there.items():
        images = answered.read(place, asked, names).images if name not in FLOORS else None
        if images is not None:
            rows[name] = images[acted]
    heads = [names[int(row.argmax())] for row in test.arrays["do_mask"][acted]]
    return Tiles(heads, [*names], source.manifest["graph"]["adjacency"]["directed"], rows)
