"""What the methods answer, beside the truth: a sheet a protocol of images, and one of graphs, as they were scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import figures
import tiles
from tiles import Tiles

from cdm.benchmark.plan import Plan
from cdm.evaluation.protocol import Protocol

Record = Mapping[str, Any]


def write(plan: Plan, records: Sequence[Record], out: Path) -> list[Path]:
    """A sheet of images, one of graphs and one of effectiveness for every protocol of which answers were kept.

    Args:
        plan: what was run.
        records: its cells.
        out: a directory of pictures.
    """
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for asked in plan.protocols:
        kept = tiles.PLACE / f"{asked.name}.png"
        if kept.exists():
            shown = tiles.read(kept)
            written += [_sheet(shown, out / f"{asked.name}.png")]
            written += _graphs(asked, shown, records, out / f"{asked.name}-graphs.png")
            file = out / f"{asked.name}-effectiveness.png"
            written += [file] if figures.effectiveness(plan, asked, records, file) else []
    return written


def _sheet(shown: Tiles, file: Path) -> Path:
    """Images of the first pairs in which something was set."""
    import torch

    from cdm.data.images import to_floats
    from cdm.runs import pictures

    rows = [(name.replace("-", "\n", 1), to_floats(torch.tensor(images))) for name, images in shown.rows.items()]
    pictures.write(file, pictures.grid(rows, [[f"do({name})".replace("_", "_\n") for name in shown.heads]]))
    return file


def _graphs(asked: Protocol, shown: Tiles, records: Sequence[Record], file: Path) -> list[Path]:
    """Graphs that were learned, of the first seed of each method."""
    found: dict[str, list[list[int]]] = {}
    for record in records:
        scores = record.get("scores", {})
        if record["protocol"] == asked.name and "edges" in scores:
            edges = {(cause, effect) for cause, effect in scores["edges"]}
            graph = [[int((cause, effect) in edges) for effect in shown.names] for cause in shown.names]
            found.setdefault(record["method"], graph)
    return [file] if figures.graphs(asked, shown.names, shown.truth, found, file) else []
