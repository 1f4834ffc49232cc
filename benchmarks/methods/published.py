"""The page of figures that others published, with our cells beside: docs/reference/published-protocols.md."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any

FIGURES = Path(__file__).parent / "published.toml"
_HEAD = """# Beside published figures

What others published about scenes that we have, and what our re-implementations and our model come to in the same
units: the cells of [benchmark.md](benchmark.md), medians over their seeds, of about three CPU-minutes a training; the
authors' trainings were far longer. Written by `python benchmarks/methods page` from `benchmarks/methods/published.toml`
and `benchmarks/results/methods.json`. Data, sizes and regressors are not the same on both sides, so that a difference
says little unless it is large.
"""
_NONE = "Of ours there is no cell yet."
Record = Mapping[str, Any]


def text(records: Sequence[Record]) -> str:
    """The page.

    Args:
        records: of the cells that are there.
    """
    told = tomllib.loads(FIGURES.read_text(encoding="utf-8"))
    parts = [_HEAD]
    for one in told["effectiveness"]:
        parts += [f"## Effectiveness on {one['protocol']}", _effectiveness(one, records)]
    for one in told["disentanglement"]:
        parts += [f"## DCI on {one['protocol']}, beside {one['origin'].split(',')[1].strip()}", _dci(one, records)]
    return "\n\n".join(parts).rstrip("\n") + "\n"


def _effectiveness(told: Mapping[str, Any], records: Sequence[Record]) -> str:
    """Each factor under a do on each; the diagonal, which is what was set, in bold."""
    names = told["factors"]
    heads = ["row", "origin", "factor", *(f"do({name})" for name in names), "mean of the diagonal"]
    lines = [heads, ["---"] * len(heads)]
    for row, cells in told["rows"].items():
        lines += _matrix(row, "published", names, cells)
    own = _matrices(told["protocol"], told["scale"], records)
    for row, cells in own.items():
        lines += _matrix(row, "ours", names, cells)
    said = f"Mean absolute error in units of {_spelled(told['scale'])}. Published: {told['origin']}."
    parts = [f"{said}\n{told['note']}", "\n".join(f"| {' | '.join(line)} |" for line in lines)]
    return "\n\n".join([*parts, *([] if own else [_NONE])])


def _matrices(protocol: str, scale: Sequence[float], records: Sequence[Record]) -> dict[str, list[list[float]]]:
    """Of each method that draws images the median over seeds, and the reader's own error."""
    found: dict[str, list[Any]] = {}
    for one in records:
        if one["protocol"] == protocol and "effectiveness" in one.get("scores", {}):
            cells = one["scores"]["effectiveness"]
            found.setdefault(one["method"], []).append(cells["model"])
            found.setdefault("reader, in the true images", []).append(cells["reader"])
    found.pop("oracle", None)  # which is the reader's row
    size = range(len(scale))
    return {
        name: [[median(cells[do][factor] for cells in seeds) / scale[factor] for do in size] for factor in size]
        for name, seeds in found.items()
    }


def _matrix(row: str, origin: str, names: Sequence[str], cells: Sequence[Sequence[float]]) -> list[list[str]]:
    diagonal = fmean(cells[k][k] for k in range(len(names)))
    lines = []
    for k, name in enumerate(names):
        figures = [f"**{cell:.3f}**" if j == k else f"{cell:.3f}" for j, cell in enumerate(cells[k])]
        lines.append([*([row, origin] if not k else ["", ""]), name, *figures, f"{diagonal:.3f}" if not k else ""])
    return lines


def _dci(told: Mapping[str, Any], records: Sequence[Record]) -> str:
    heads = ["row", "origin", *told["measures"]]
    lines = [heads, ["---"] * len(heads)]
    lines += [[row, "published", *(f"{cell:.3f}" for cell in cells)] for row, cells in told["rows"].items()]
    found: dict[str, list[Any]] = {}
    for one in records:
        if one["protocol"] == told["protocol"] and "DCI" in one.get("scores", {}).get("latents", {}):
            found.setdefault(one["method"], []).append(one["scores"]["latents"]["DCI"])
    for row, seeds in found.items():
        lines.append([row, "ours", *(f"{median(cells[name] for cells in seeds):.3f}" for name in told["measures"])])
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    said = "Ours of one number a factor where a method names its factors, and of all latents where it does not."
    rest = [] if found else [_NONE]
    return "\n\n".join([f"Published: {told['origin']}. {said}", table, *rest])


def _spelled(scale: Sequence[float]) -> str:
    return ", ".join(f"{one:g}" for one in scale)
