"""The plots of an audit's report, as PNG. Needs matplotlib, which the extra `report` installs."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
from matplotlib.figure import Figure

from scmgen import graphs
from scmgen.audit import Audit
from scmgen.scene import Factor
from scmgen.vocabulary import Array

_INK, _FAINT, _HIDDEN = "#22222c", "#8a8a96", "#b5483a"
_COLOURS = ("#33658a", "#e09f3e", "#6a994e", "#9e2a2b", "#7768ae", "#3d9ca8")
_TINTS = {"continuous": "#dce9f2", "circular": "#e3efd9", "categorical": "#fbeed7"}
_COLUMNS = 4  # of small plots side by side
_BINS = 30
_STEPS = 8  # images of a continuous factor from low to high


def kind(factor: Factor) -> str:
    """The type of a factor, as manifests spell it."""
    return "categorical" if factor.levels else "circular" if factor.circular else "continuous"


def graph(audit: Audit) -> bytes:
    """The factor graph, causes on the left; dashed where a hidden cause is common to both."""
    scene = audit.dataset.scene
    directed = nx.DiGraph(graphs.edges(scene.factor_graph, "directed"))
    directed.add_nodes_from(scene.factors)
    ranks = {name: k for k, part in enumerate(nx.topological_generations(directed)) for name in part}
    layers = [[name for name in scene.factors if ranks[name] == k] for k in range(max(ranks.values()) + 1)]
    tallest = max(map(len, layers))
    figure = Figure((max(4.0, 2.6 * len(layers)), max(1.6, 0.62 * tallest + 0.4)), layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlim=(-0.5, len(layers) - 0.5), ylim=(-0.5, tallest - 0.5))
    axes.axis("off")
    patches = {}
    for k, layer in enumerate(layers):
        for row, name in enumerate(layer):
            height = tallest - 1 - (row + 0.5) * tallest / len(layer) + 0.5
            box = {"boxstyle": "round,pad=0.45", "facecolor": _TINTS[kind(scene.factors[name])], "edgecolor": _FAINT}
            patches[name] = axes.text(k, height, name, ha="center", va="center", fontsize=9, color=_INK, bbox=box)
    for cause, effect in directed.edges:
        _arrow(axes, patches[cause], patches[effect], "-|>", _INK, 0.0 if ranks[effect] == ranks[cause] + 1 else 0.18)
    for one, other in graphs.edges(scene.factor_graph, "bidirected"):
        _arrow(axes, patches[one], patches[other], "<|-|>", _HIDDEN, 0.35, linestyle="--")
    return _png(figure)


def _arrow(axes: Any, tail: Any, head: Any, style: str, colour: str, bend: float, **line: Any) -> None:
    arrow = {
        "arrowstyle": style,
        "color": colour,
        "patchA": tail.get_bbox_patch(),
        "patchB": head.get_bbox_patch(),
        "connectionstyle": f"arc3,rad={bend}",
        "linewidth": 1.1,
        **line,
    }
    axes.annotate("", head.get_position(), tail.get_position(), arrowprops=arrow)


def traversals(audit: Audit) -> bytes:
    """One sample under a do on each factor, from low to high: what the factor and its effects look like."""
    population = audit.populations[0].few(1)
    scene, size = population.scene, audit.dataset.spec.size
    steps = max([_STEPS, *(len(factor.levels or ()) for factor in scene.factors.values())])
    figure = Figure((1.05 * steps + 1.5, 1.32 * len(scene.factors)), layout="constrained")
    grid = figure.subplots(len(scene.factors), steps, squeeze=False)
    for row, (name, factor) in zip(grid, scene.factors.items(), strict=True):
        low, high = factor.bounds
        values = np.arange(len(factor.levels)) if factor.levels else np.linspace(low, high, _STEPS)
        noise = {other: np.repeat(u, len(values)) for other, u in population.noise.items()}
        images = scene.render(scene.scm.solve(noise, {name: values.astype(float)}), size)
        for k, axes in enumerate(row):
            axes.set(xticks=[], yticks=[])
            if k >= len(values):
                axes.axis("off")
                continue
            axes.imshow(images[k], interpolation="nearest")
            told = factor.levels[k] if factor.levels else f"{values[k]:.3g}"
            axes.set_xlabel(told, fontsize=7, color=_FAINT, labelpad=2)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9, color=_INK)
    return _png(figure)


def marginals(audit: Audit) -> bytes:
    """How often each value is observed, over the declared range, a line for each distribution."""
    samples = {" + ".join(population.splits): population.values for population in audit.populations}
    return _distributions(audit.dataset.scene.factors, samples, "share of samples")


def support(audit: Audit) -> bytes:
    """How often interventions give each value, over the declared range, a line for each split."""
    return _distributions(audit.dataset.scene.factors, audit.support, "share of the factor's targets")


def _distributions(factors: Mapping[str, Factor], samples: Mapping[str, Mapping[str, Array]], label: str) -> bytes:
    columns, rows = min(_COLUMNS, len(factors)), -(-len(factors) // _COLUMNS)
    figure = Figure((2.6 * columns, 1.95 * rows + 0.5), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid[len(factors) :]:
        axes.axis("off")
    for axes, (name, factor) in zip(grid, factors.items(), strict=False):
        for colour, (told, values) in zip(np.resize(_COLOURS, len(samples)), samples.items(), strict=True):
            _distribution(axes, factor, values[name], str(colour), told)
        axes.set_title(name, fontsize=9, color=_INK)
        axes.tick_params(labelsize=7, colors=_FAINT)
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    if len(samples) > 1:
        handles, names = grid[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    figure.supylabel(label, fontsize=8, color=_FAINT)
    return _png(figure)


def _distribution(axes: Any, factor: Factor, values: Array, colour: str, label: str) -> None:
    """A histogram over the range; what lies outside it is in view too."""
    low, high = factor.bounds
    if factor.levels:
        edges = np.arange(len(factor.levels) + 1) - 0.5
        axes.set_xticks(range(len(factor.levels)), factor.levels)
    else:
        step = (high - low) / _BINS
        first, last = min([low, *values]), max([high, *values])
        before, after = (min(_BINS, int(np.ceil(gap / step))) for gap in (low - first, last - high))
        edges = low + step * np.arange(-before, _BINS + after + 1)
        axes.axvspan(low, high, color="#f4f4f6", zorder=0)
    counts, _ = np.histogram(values, edges)
    axes.stairs(counts / max(len(values), 1), edges, color=colour, linewidth=1.2, label=label)
    axes.stairs(counts / max(len(values), 1), edges, color=colour, alpha=0.15, fill=True)


def correlations(audit: Audit) -> bytes:
    """How much each two factors say about one another, a map for each distribution."""
    names, shown = list(audit.dataset.scene.factors), audit.correlation[:_COLUMNS]
    side = max(2.6, 0.42 * len(names))
    across = min(2, len(shown))
    down = -(-len(shown) // across)
    figure = Figure((across * (side + 1.1) + 0.6, down * (side + 1.0)), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False).ravel()
    for axes in grid[len(shown) :]:
        axes.axis("off")
    image = None
    for axes, population, matrix in zip(grid, audit.populations, shown, strict=False):
        image = axes.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1)
        axes.set_xticks(range(len(names)), names, rotation=40, ha="right", fontsize=7)
        axes.set_yticks(range(len(names)), names, fontsize=7)
        axes.set_title(" + ".join(population.splits), fontsize=9, color=_INK)
        axes.spines[:].set_visible(False)
        _numbers(axes, matrix)
    figure.colorbar(image, ax=list(grid), shrink=0.6, label="association").ax.tick_params(labelsize=7)
    return _png(figure)


def _numbers(axes: Any, matrix: Sequence[Any] | Any) -> None:
    for (i, j), r in np.ndenumerate(matrix):
        if i != j:
            axes.text(j, i, f"{r:.2f}", ha="center", va="center", fontsize=6, color="white" if abs(r) > 0.6 else _INK)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()
