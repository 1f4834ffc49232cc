"""The plots of an audit's report, as PNG, for light and for dark pages. Needs matplotlib: the extra `report`."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from scmgen.checks.audit.audit import Audit
from scmgen.scene.domain import Categorical, Domain
from scmgen.scm.vocabulary import Array


@dataclass(frozen=True)
class Theme:
    """The colours of a page: its paper, what is written on it, faint lines, a shaded range, and those of lines.

    ``ends`` are the colours of -1 and 1; 0 has that of the paper.
    """

    paper: str
    ink: str
    faint: str
    line: str
    shade: str
    lines: tuple[str, ...]
    ends: tuple[str, str]

    @property
    def map(self) -> LinearSegmentedColormap:
        """Colours of the numbers from -1 to 1."""
        return LinearSegmentedColormap.from_list("association", [self.ends[0], self.paper, self.ends[1]])


LIGHT = Theme(
    *("#ffffff", "#1d2733", "#566070", "#d9dee6", "#f0f3f7"),
    ("#33658a", "#c2760f", "#4c8a2f", "#9e2a2b", "#7768ae", "#2a8490"),
    ("#2166ac", "#b2382b"),
)
DARK = Theme(
    *("#13171d", "#e6eaf0", "#a4aebc", "#343d4a", "#1f2630"),
    ("#6fa8d6", "#f0b45a", "#93c973", "#f0807f", "#b3a4ec", "#6cced9"),
    ("#5b9be0", "#e2705c"),
)
_COLUMNS = 4  # of small plots side by side
_BINS = 24
_STEPS = 8  # images of a continuous factor from low to high
_STRONG = 0.6  # a number on a colour as strong as this is written in that of the paper


def traversals(audit: Audit, theme: Theme = LIGHT) -> bytes:
    """One sample under a do on each factor, from low to high: what the factor and its effects look like."""
    population = audit.populations[0].few(1)
    scene, frame = population.scene, audit.dataset.spec.frame
    traversed = {name: _traversed(factor.domain) for name, factor in scene.factors.items()}
    steps = max(_STEPS, *map(len, traversed.values()))
    figure = Figure((1.05 * steps + 1.5, 1.32 * len(scene.factors)), layout="constrained")
    grid = figure.subplots(len(scene.factors), steps, squeeze=False)
    for row, (name, factor) in zip(grid, scene.factors.items(), strict=True):
        values = traversed[name]
        noise = {other: np.repeat(u, len(values), axis=0) for other, u in population.noise.items()}
        clips = scene.render(scene.scm.solve(noise, {name: values}), frame)
        images = clips if frame.frames is None else clips[:, -1]
        for k, axes in enumerate(row):
            axes.set(xticks=[], yticks=[])
            if k >= len(values):
                axes.axis("off")
                continue
            axes.imshow(images[k], "gray", interpolation="nearest", vmin=0, vmax=255)
            axes.spines[:].set(color=theme.line, linewidth=0.6)
            axes.set_xlabel(factor.domain.spell(values[k], ".3g"), fontsize=7, color=theme.faint, labelpad=2)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9, color=theme.ink)
    return _png(figure, theme)


def _traversed(domain: Domain) -> Array:
    """The values of a factor from low to high, or every level."""
    low, high = domain.bounds
    return np.linspace(low, high, domain.bars(_STEPS))


def marginals(audit: Audit, theme: Theme = LIGHT) -> bytes:
    """How often each value is observed, over the declared range, a line for each distribution."""
    factors, populations = audit.dataset.scene.factors, audit.populations
    figure, grid = _small_plots(factors, theme)
    for axes, (name, factor) in zip(grid, factors.items(), strict=False):
        edges = _edges(
            axes, theme, factor.domain, np.concatenate([population.values[name].ravel() for population in populations])
        )
        for colour, population in zip(_cycle(theme, len(populations)), populations, strict=True):
            counts = np.histogram(population.values[name], edges)[0] / population.values[name].size
            axes.stairs(counts, edges, color=colour, linewidth=1.2, label=" + ".join(population.splits))
        axes.set_ylim(bottom=0)
    if len(populations) > 1:
        handles, names = grid[0].get_legend_handles_labels()
        figure.legend(
            handles, names, loc="outside lower center", ncols=4, fontsize=8, frameon=False, labelcolor=theme.ink
        )
    figure.supylabel("share of samples", fontsize=8, color=theme.faint)
    return _png(figure, theme)


def support(audit: Audit, theme: Theme = LIGHT) -> bytes:
    """The values that interventions give each factor, a row of ticks for each split (for levels, their shares)."""
    factors = audit.dataset.scene.factors
    figure, grid = _small_plots(factors, theme)
    for axes, (name, factor) in zip(grid, factors.items(), strict=False):
        edges = _edges(axes, theme, factor.domain, np.array(factor.domain.bounds))
        for row, (colour, values) in enumerate(
            zip(_cycle(theme, len(audit.support)), audit.support.values(), strict=True)
        ):
            if isinstance(factor.domain, Categorical):
                shares = np.histogram(values[name], edges)[0] / max(1, len(values[name]))
                axes.stairs(0.8 * shares - row, edges, baseline=-row, color=colour, fill=True, alpha=0.6)
            else:
                height = np.full(len(values[name]), 0.4 - row)
                axes.plot(values[name], height, "|", color=colour, alpha=0.5, markersize=9)
        axes.set_yticks([0.4 - row for row in range(len(audit.support))], list(audit.support))
        axes.tick_params(axis="y", labelleft=axes.get_subplotspec().is_first_col())
        axes.set_ylim(-len(audit.support) + 0.9, 1)
    return _png(figure, theme)


def _small_plots(factors: Collection[str], theme: Theme) -> tuple[Figure, Any]:
    """A grid with a plot for each factor, titled."""
    columns, rows = min(_COLUMNS, len(factors)), -(-len(factors) // _COLUMNS)
    figure = Figure((2.6 * columns, 1.95 * rows + 0.4), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid[len(factors) :]:
        axes.axis("off")
    for axes, name in zip(grid, factors, strict=False):
        axes.set_title(name, fontsize=9, color=theme.ink)
        axes.tick_params(labelsize=7, color=theme.line, labelcolor=theme.faint)
        axes.spines[:].set_color(theme.line)
        axes.set_facecolor(theme.paper)
        axes.spines[["top", "right"]].set_visible(False)
    return figure, grid


def _cycle(theme: Theme, count: int) -> list[str]:
    return [str(colour) for colour in np.resize(theme.lines, count)]


def _edges(axes: Any, theme: Theme, domain: Domain, values: Array) -> Array:
    """Edges of the bars: the shaded range, and beyond it where there are values."""
    low, high = domain.bounds
    if isinstance(domain, Categorical):
        axes.set_xticks(range(len(domain.levels)), domain.levels)
        return np.asarray(np.arange(len(domain.levels) + 1) - 0.5, np.float64)
    step = (high - low) / _BINS
    gaps = (low - values.min(), values.max() - high)
    before, after = (int(np.clip(np.ceil(gap / step), 0, _BINS)) for gap in gaps)
    axes.axvspan(low, high, color=theme.shade, zorder=0)
    axes.locator_params(axis="x", nbins=5)
    return np.asarray(low + step * np.arange(-before, _BINS + after + 1), np.float64)


def correlations(audit: Audit, theme: Theme = LIGHT) -> bytes:
    """How much each two factors say about one another, a map for each distribution."""
    names, shown = list(audit.dataset.scene.factors), audit.correlation[:_COLUMNS]
    side = max(2.6, 0.42 * len(names))
    across = min(2, len(shown))
    down = -(-len(shown) // across)
    figure = Figure((across * (side + 1.1) + 0.6, down * (side + 1.0)), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False).ravel()
    for axes in grid[len(shown) :]:
        axes.axis("off")
    for axes, population, matrix in zip(grid, audit.populations, shown, strict=False):
        axes.imshow(matrix, cmap=theme.map, norm=Normalize(-1, 1))
        axes.set_xticks(range(len(names)), names, rotation=40, ha="right", fontsize=7, color=theme.ink)
        axes.set_yticks(range(len(names)), names, fontsize=7, color=theme.ink)
        axes.set_title(" + ".join(population.splits), fontsize=9, color=theme.ink)
        axes.spines[:].set_visible(False)
        axes.tick_params(color=theme.line)
        _numbers(axes, theme, matrix)
    scale = ScalarMappable(Normalize(-1, 1), theme.map)
    figure.colorbar(scale, ax=list(grid), shrink=0.6).ax.tick_params(
        labelsize=7, color=theme.line, labelcolor=theme.faint
    )
    return _png(figure, theme)


def _numbers(axes: Any, theme: Theme, matrix: Sequence[Any] | Any) -> None:
    for (i, j), r in np.ndenumerate(matrix):
        if i != j:
            colour = theme.paper if abs(r) > _STRONG else theme.ink
            axes.text(j, i, f"{r:.2f}", ha="center", va="center", fontsize=6, color=colour)


def _png(figure: Figure, theme: Theme) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150, facecolor=theme.paper, metadata={"Software": None})
    return buffer.getvalue()
