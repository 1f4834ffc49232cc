"""Each two factors against one another: a matrix of small plots, and any pair of them larger."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from scmgen.checks.audit.association import association
from scmgen.publish.markup import Safe, choice, element, joined, void
from scmgen.publish.report.gathered import Part
from scmgen.publish.report.marginals import named
from scmgen.publish.report.scale import Axis, axis, signed, unit
from scmgen.scene.domain import Categorical, Domain
from scmgen.scm.vocabulary import Array
from scmgen.storage.entries import FactorEntry

_SIDE = 250  # of a plot in its own units
_DOTS = {4: 500, 8: 300, 12: 200}  # up to so many factors, so many samples are drawn; of more, _FEW
_FEW = 60
_SPLITS, _FACTORS, _LEVELS = 4, 40, 30  # that are shown; levels of which each has a row of squares
_MANY = 12  # factors, of which only the first split is shown
_JITTER = 0.6  # of a level's room

_HINT = "Choose two factors, or a small plot below, to see a pair larger."


def section(factors: Mapping[str, FactorEntry], parts: Sequence[Part]) -> Safe:
    """The pairs of each split: factual below the diagonal, counterfactual above it."""
    left, factors = len(factors) - _FACTORS, dict(itertools.islice(factors.items(), _FACTORS))
    parts = parts[: 1 if len(factors) > _MANY else _SPLITS]
    seen = {name: [values[name] for part in parts for values in part.worlds.values()] for name in factors}
    axes = {name: axis(factor.domain, *seen[name]) for name, factor in factors.items()}
    more = [element("p", f"{left:,} factors more are not shown here.", class_="note")] if left > 0 else []
    shown = [(part.split, _pairs(f"p{k}", factors, axes, part)) for k, part in enumerate(parts)]
    return joined([*more, choice("pairs", "Split", shown)])


def _pairs(prefix: str, factors: Mapping[str, FactorEntry], axes: Mapping[str, Axis], part: Part) -> Safe:
    names, worlds = list(factors), list(part.worlds.items())[:2]
    keys = [f"{prefix}{letter}" for letter in "fc"][: len(worlds)]
    strength = {key: association(factors, values) for key, (_, values) in zip(keys, worlds, strict=True)}
    defined = [
        _defined(f"{key}-{i}-{j}", names[j], names[i], factors, axes, values)
        for key, (_, values) in zip(keys, worlds, strict=True)
        for i in range(len(names))
        for j in range(i)
    ]
    return element(
        "div",
        element("svg", element("defs", *defined, *_scales(prefix, axes, factors)), class_="defs", aria_hidden="true"),
        _large(prefix, names, keys, [world for world, _ in worlds], _closest(strength[keys[0]])),
        _matrix(names, keys, strength),
        class_="pairs",
        data_prefix=prefix,
    )


def _closest(strength: Array) -> tuple[int, int]:
    """The two factors that say most about one another, as factual samples have it."""
    below = np.tril(np.abs(strength), -1)
    up, across = divmod(int(below.argmax()), len(below)) if below.any() else (1, 0)
    return across, up


def _matrix(names: Sequence[str], keys: Sequence[str], strength: Mapping[str, Array]) -> Safe:
    count = range(len(names))
    lines = (element("div", *(_cell(i, j, names, keys, strength) for j in count), role="row") for i in count)
    grid = element(
        "div", *lines, class_="matrix", style=f"--columns:{len(names)}", role="table", aria_label="all pairs"
    )
    return element("div", grid, class_="wide", role="region", aria_label="matrix of pairs", tabindex="0")


def _dots(count: int) -> int:
    return next((dots for most, dots in _DOTS.items() if count <= most), _FEW)


def _defined(
    known: str,
    across: str,
    up: str,
    factors: Mapping[str, FactorEntry],
    axes: Mapping[str, Axis],
    values: Mapping[str, Array],
) -> Safe:
    """The points of a pair, to be used at several places."""
    x, y = (values[name][: _dots(len(factors))] for name in (across, up))
    one, other = factors[across].domain, factors[up].domain
    few = all(0 < len(domain.levels) <= _LEVELS for domain in (one, other))
    path = (_squares if few else _scatter)(one, other, axes[across], axes[up], x, y)
    return void("path", id=known, d=path, class_="squares" if few else "dots")


def _scatter(one: Domain, other: Domain, across: Axis, up: Axis, x: Array, y: Array) -> str:
    """Points as lines without length, which the page draws with round ends; levels are spread in their room."""
    x, y = (_spread(f, v, k) for f, v, k in ((one, x, 0.6180339887), (other, y, 0.7548776662)))
    places = np.stack([_SIDE * across.share(x), _SIDE * (1 - up.share(y))], axis=1).round().astype(int)
    return "".join(f"M{u} {v}h0" for u, v in places.tolist())


def _spread(domain: Domain, values: Array, ratio: float) -> Array:
    """Move the values of a category apart by a sequence that fills its room evenly."""
    apart = isinstance(domain, Categorical)
    return values + _JITTER * (np.arange(len(values)) * ratio % 1 - 0.5) if apart else values


def _squares(one: Domain, other: Domain, across: Axis, up: Axis, x: Array, y: Array) -> str:
    """A square for each two levels, its area the share of samples."""
    shape = (len(one.levels), len(other.levels))
    counts = np.zeros(shape)
    np.add.at(counts, (x.astype(int), y.astype(int)), 1)
    sides = 0.9 * _SIDE / max(shape) * np.sqrt(counts / counts.max())
    path = ""
    for (a, b), side in np.ndenumerate(sides):
        u, v = _SIDE * (a + 0.5) / shape[0] - side / 2, _SIDE * (1 - (b + 0.5) / shape[1]) - side / 2
        path += f"M{u:.1f} {v:.1f}h{side:.1f}v{side:.1f}h{-side:.1f}z" if side else ""
    return path


def _cell(i: int, j: int, names: Sequence[str], keys: Sequence[str], strength: Mapping[str, Array]) -> Safe:
    """A plot of the matrix, or a name on its diagonal."""
    if i == j:
        return element("div", element("code", names[i]), class_="name", role="cell")
    world = int(i < j)
    if world >= len(keys):
        return element("div", class_="empty", role="cell")
    number = signed(strength[keys[world]][i, j], 2)
    title = f"{names[j]} and {names[i]}: association {number}"
    # What is above the diagonal is defined below it, and turned over: the column's factor is across everywhere.
    turned = f"matrix(0 -1 -1 0 {_SIDE} {_SIDE})" if world else None
    use = void("use", href=f"#{keys[world]}-{max(i, j)}-{min(i, j)}", transform=turned)
    plot = element("svg", use, viewBox=_box(8), role="img", aria_label=title, class_=f"pair world-{world}")
    figure = element("span", number, class_="strength", aria_hidden="true")
    return element("div", plot, figure, role="cell", data_x=j, data_y=i, title=title)


def _box(margin: int) -> str:
    return f"{-margin} {-margin} {_SIDE + 2 * margin} {_SIDE + 2 * margin}"


def _scales(prefix: str, axes: Mapping[str, Axis], factors: Mapping[str, FactorEntry]) -> list[Safe]:
    """The axes of each factor, below a plot and beside it."""
    scales = []
    for k, (name, along) in enumerate(axes.items()):
        title = f"{name} ({unit(factors[name])})" if unit(factors[name]) else name
        below = [element("text", title, x=_SIDE / 2, y=_SIDE + 40, class_="title middle")]
        beside = [element("text", title, transform=f"translate(-56 {_SIDE / 2}) rotate(-90)", class_="title middle")]
        for value, text in along.ticks:
            at = _SIDE * float(along.share(value))
            below.append(element("text", text, x=f"{at:.1f}", y=_SIDE + 20, class_="tick middle"))
            beside.append(element("text", text, x=-8, y=f"{_SIDE - at + 4:.1f}", class_="tick end"))
        scales += [element("g", *below, id=f"{prefix}x-{k}"), element("g", *beside, id=f"{prefix}y-{k}")]
    return scales


def _large(
    prefix: str, names: Sequence[str], keys: Sequence[str], worlds: Sequence[str], chosen: tuple[int, int]
) -> Safe:
    """One pair, larger; with a script any other."""
    pickers = (
        element("label", text, " ", element("select", *_options(names, k), class_=text))
        for k, text in zip(chosen, ("across", "up"), strict=True)
    )
    plots = (
        _framed(prefix, key, k, named(world), chosen) for k, (key, world) in enumerate(zip(keys, worlds, strict=True))
    )
    choice = element("p", *pickers, element("span", _HINT, class_="hint"), class_="pickers scripted")
    return joined([choice, element("div", *plots, class_="large")])


def _options(names: Sequence[str], chosen: int) -> list[Safe]:
    return [element("option", name, value=k, selected=k == chosen) for k, name in enumerate(names)]


def _framed(prefix: str, key: str, number: int, world: str, chosen: tuple[int, int]) -> Safe:
    across, up = chosen
    use = void("use", href=f"#{key}-{up}-{across}", data_pair=key)
    plot = element(
        "svg",
        void("rect", class_="axis", x=-4, y=-4, width=_SIDE + 8, height=_SIDE + 8),
        element("g", use, class_=f"pair world-{number}"),
        void("use", href=f"#{prefix}x-{across}", data_scale="x"),
        void("use", href=f"#{prefix}y-{up}", data_scale="y"),
        viewBox=f"-72 -10 {_SIDE + 86} {_SIDE + 60}",
        role="img",
        aria_label=f"two factors against one another, {world}",
    )
    return element("figure", element("figcaption", world), plot)
