"""What the methods answer, beside the truth: a sheet a protocol of images, and one of graphs, as they were scored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import figures

from cdm.benchmark.plan import Plan
from cdm.evaluation.protocol import Protocol

_COLUMNS = 8
_LEFT_OUT = ("identity", "oracle")


def write(plan: Plan, home: Path, out: Path) -> list[Path]:
    """A sheet of images, one of graphs and one of effectiveness for every protocol of which answers are there.

    Args:
        plan: what was run.
        home: where data, answers and caches stand.
        out: a directory of pictures.
    """
    from cdm.benchmark import runner

    out.mkdir(parents=True, exist_ok=True)
    records = runner.records(plan, home / "cells")
    written = []
    for asked in plan.protocols:
        first: dict[str, Path] = {}
        for cell in plan.cells:  # of each method the first seed
            place = home / "cells" / "answers" / cell.key
            if cell.asked == asked and (place / "answers.json").exists():
                first.setdefault(cell.method.name, place)
        if not {*first} - {*_LEFT_OUT}:  # nothing but what every method is compared with
            continue
        written += _sheets(asked, Path(plan.data[asked.name]), home, first, out)
        file = out / f"{asked.name}-effectiveness.png"
        written += [file] if figures.effectiveness(plan, asked, records, file) else []
    return written


def _sheets(asked: Protocol, data: Path, home: Path, first: Mapping[str, Path], out: Path) -> list[Path]:
    """Images of the first pairs in which something was set, and graphs."""
    import torch

    from cdm.data import pairs, shards
    from cdm.data.images import to_floats
    from cdm.evaluation import answered
    from cdm.runs import pictures

    source = shards.read(str(data))
    test = pairs.load(source, asked.split, home / "cache")
    acted = torch.tensor(test.arrays["do_mask"][: asked.rows]).any(dim=1).nonzero().flatten()[:_COLUMNS]
    batch = test.batch(acted)
    rows: list[tuple[str, Any]] = [("factual", batch["image"]), ("truth", batch["image_cf"])]
    graphs = {}
    for name, place in first.items():
        there = answered.read(place, asked, test.code.names)
        if there.images is not None and name not in _LEFT_OUT:
            rows.append((name.replace("-", "\n", 1), to_floats(torch.tensor(there.images[acted.numpy()]))))
        if there.graph is not None:
            graphs[name] = there.graph
    heads = [f"do({test.code.names[int(row.argmax())]})".replace("_", "_\n") for row in batch["do_mask"]]
    pictures.write(out / f"{asked.name}.png", pictures.grid(rows, [heads]))
    file, truth = out / f"{asked.name}-graphs.png", source.manifest["graph"]["adjacency"]["directed"]
    found = figures.graphs(asked, test.code.names, truth, graphs, file)
    return [out / f"{asked.name}.png", *([file] if found else [])]
