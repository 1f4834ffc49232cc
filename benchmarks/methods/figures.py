"""Figures of the benchmark's page: the effectiveness of every method, and learned graphs beside the true one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm, to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cdm import metrics
from cdm.benchmark.plan import Plan
from cdm.evaluation.protocol import Protocol

_ACROSS = 6  # panels in a line
_SIDE = 1.6  # inches a panel
_ENDS = (0.002, 0.5)  # of the range of a factor: colours run between
_DARK = 0.03
_WRONG = ("white", "#3a6ea5", "#c8452f", "#f0b59a")  # no edge, found, invented, missed
_MARKS = "osD^v<>pP*Xhd"
_SPENT, _ERRORS = (150, 200, 500, 1000), (0.02, 0.05, 0.1, 0.2)  # CPU-seconds and errors that an axis names
Record = Mapping[str, Any]


def effectiveness(plan: Plan, asked: Protocol, records: Sequence[Record], out: Path) -> bool:
    """Draw a panel a method: the error of each factor (across) under a do on each (down), as shares of the ranges.

    Args:
        plan: whose order the methods have.
        asked: the protocol.
        records: of the cells that are there.
        out: the picture.

    Returns:
        Whether there was anything to draw.
    """
    seeds: dict[str, list[NDArray[np.float64]]] = {}
    for one in records:
        cells = one.get("scores", {}).get("effectiveness")
        if one["protocol"] == asked.name and cells:
            spans = np.array(cells["ranges"])
            seeds.setdefault(one["method"], []).append(np.array(cells["model"], dtype=float) / spans)
            names = one["scores"]["factors"]
    shown = [method.name for method in plan.methods if method.name in seeds]
    if not shown:
        return False
    panels = {name: np.median(np.stack(seeds[name]), axis=0) for name in shown}
    panels = dict(sorted(panels.items(), key=lambda panel: (panel[0] != "oracle", np.nanmean(np.diag(panel[1])))))
    figure, axes = _grid(len(panels))
    for axis, (name, matrix) in zip(axes, panels.items(), strict=True):
        picture = axis.imshow(matrix.clip(*_ENDS), norm=LogNorm(*_ENDS), cmap="viridis_r")
        for (row, column), cell in np.ndenumerate(matrix):
            told = {"ha": "center", "va": "center", "fontsize": 5.5, "color": "w" if cell > _DARK else "k"}
            axis.text(column, row, f"{cell:.3f}"[1:], **told)
        _named(axis, "oracle: the reader" if name == "oracle" else name, names)
    bar = figure.colorbar(picture, ax=list(axes), shrink=0.6, pad=0.01)
    bar.set_label("error, of the factor's range", fontsize=7)
    bar.ax.tick_params(labelsize=6)
    figure.supxlabel("factor", fontsize=8)
    figure.supylabel("do on", fontsize=8)
    figure.savefig(out, dpi=140)
    return True


def graphs(asked: Protocol, names: Sequence[str], truth: Any, found: Mapping[str, Any], out: Path) -> bool:
    """Draw learned graphs as matrices, causes down and effects across: found, invented and missed edges.

    Args:
        asked: the protocol, for the title.
        names: of the factors.
        truth: 1 from cause to effect, ``(d, d)``.
        found: by names of methods the same.
        out: the picture.
    """
    if not found:
        return False
    true = np.array(truth) > 0
    figure, axes = _grid(len(found) + 1)
    for axis, (name, graph) in zip(axes, {"truth": truth, **found}.items(), strict=True):
        there = np.array(graph) > 0
        kind = np.where(there & true, 1, np.where(there, 2, np.where(true, 3, 0)))
        axis.imshow(np.array([to_rgb(colour) for colour in _WRONG])[kind])
        axis.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
        axis.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
        axis.grid(which="minor", color="#bbbbbb", linewidth=0.5)
        axis.tick_params(which="minor", length=0)
        title = name if name == "truth" else f"{name.removesuffix('-on-labels')}: SHD {metrics.shd(there, true):g}"
        _named(axis, title, names)
    told = f"{asked.name}: edges from the left to below; blue found, red invented, pale missed"
    figure.suptitle(told, fontsize=8, wrap=True)
    figure.savefig(out, dpi=140)
    return True


def compute(asked: Sequence[str], records: Sequence[Record], out: Path) -> None:
    """Draw quality against compute: changed pixels over the CPU-seconds of a training; lines join budgets of a method.

    Args:
        asked: names of protocols, a panel each.
        records: of cells of all budgets; of a method and a budget the median of its seeds is shown.
        out: the picture.
    """
    figure = Figure(figsize=(4.6 * len(asked), 4.8), layout="constrained")
    axes = figure.subplots(1, len(asked), squeeze=False, sharey=True).ravel()
    drawn: dict[tuple[str, str], dict[float, list[tuple[float, float]]]] = {}
    for one in records:
        if one["protocol"] in asked and one.get("budget") and "L1" in one.get("scores", {}):
            point = (one["CPU-seconds"], one["scores"]["L1"]["model"]["changed"])
            drawn.setdefault((one["method"], one["protocol"]), {}).setdefault(one["budget"], []).append(point)
    methods, shown = sorted({method for method, _ in drawn}), dict[str, Any]()
    for (method, name), budgets in drawn.items():
        points = [np.median(np.array(budgets[budget]), axis=0) for budget in sorted(budgets)]
        k = methods.index(method)  # one mark and one colour in all panels
        look = {"marker": _MARKS[k % len(_MARKS)], "color": f"C{k % 10}", "ms": 5, "lw": 1}
        [shown[method]] = axes[list(asked).index(name)].plot(*zip(*points, strict=True), **look)
    for axis, name in zip(axes, asked, strict=True):
        axis.set(xscale="log", yscale="log", title=name, xlabel="CPU-seconds of the training")
        axis.minorticks_off()
        axis.set_xlim(_SPENT[0], 2 * _SPENT[-1])
        axis.set_xticks(_SPENT, map(str, _SPENT))
        axis.set_yticks(_ERRORS, map(str, _ERRORS))
        axis.grid(color="#e4e4e4", linewidth=0.5)
    axes[0].set_ylabel("L1 over changed pixels")
    lines = [shown[method] for method in methods]
    figure.legend(lines, methods, loc="outside lower center", fontsize=6, ncols=6, frameon=False)
    figure.savefig(out, dpi=140)


def _grid(count: int) -> tuple[Figure, list[Any]]:
    """A figure with so many panels."""
    across = min(count, _ACROSS)
    down = -(-count // across)
    figure = Figure(figsize=(across * _SIDE + 1.0, down * (_SIDE + 0.55)), layout="constrained")
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for axis in axes[count:]:
        axis.set_visible(False)
    return figure, list(axes[:count])


def _named(axis: Any, title: str, names: Sequence[str]) -> None:
    short = [name.replace("_", " ") for name in names]
    place = axis.get_subplotspec()
    axis.set_title(title, fontsize=6.5)
    axis.set_xticks(range(len(names)), short, fontsize=5, rotation=40, ha="right")
    axis.set_yticks(range(len(names)), short if place.is_first_col() else [""] * len(names), fontsize=5)
