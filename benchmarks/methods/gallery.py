"""What the methods answer, beside the truth: a sheet a protocol, of the answers that were scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cdm.benchmark.plan import Plan

_COLUMNS = 8
_LEFT_OUT = ("identity", "oracle")


def write(plan: Plan, home: Path, out: Path) -> list[Path]:
    """A sheet of every protocol of which answers are there: the first pairs in which something was set.

    Args:
        plan: what was run.
        home: where data, answers and caches stand.
        out: a directory of pictures.
    """
    import torch

    from cdm.data import pairs as data
    from cdm.data import shards
    from cdm.data.images import to_floats
    from cdm.evaluation import answered
    from cdm.runs import pictures

    written = []
    for asked in plan.protocols:
        first: dict[str, Path] = {}
        for cell in plan.cells:  # of each method the first seed
            place = home / "cells" / "answers" / cell.key
            if cell.asked == asked and (place / "answers.json").exists():
                first.setdefault(cell.method.name, place)
        if not first:
            continue
        test = data.load(shards.read(str(home / "data" / asked.name)), asked.split, home / "cache")
        acted = torch.tensor(test.arrays["do_mask"][: asked.rows]).any(dim=1).nonzero().flatten()[:_COLUMNS]
        batch = test.batch(acted)
        rows: list[tuple[str, Any]] = [("factual", batch["image"]), ("truth", batch["image_cf"])]
        for name, place in first.items():
            images = answered.read(place, asked, test.code.names).images
            if images is not None and name not in _LEFT_OUT:
                rows.append((name.replace("-", "\n", 1), to_floats(torch.tensor(images[acted.numpy()]))))
        heads = [f"do({test.code.names[int(row.argmax())]})".replace("_", "_\n") for row in batch["do_mask"]]
        picture = out / f"{asked.name}.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        pictures.write(picture, pictures.grid(rows, [heads]))
        written.append(picture)
    return written
