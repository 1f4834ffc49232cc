"""How often each value of each factor occurs: factual against counterfactual, a choice of splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.members import FACTUAL
from scmgen.publish.markup import Safe, choice, element, joined, void
from scmgen.publish.report.gathered import Part
from scmgen.publish.report.scale import Axis, axis, figure, unit
from scmgen.scene.domain import Categorical, Continuous, Domain
from scmgen.scm.vocabulary import Array
from scmgen.storage.entries import FactorEntry

_WIDTH, _HEIGHT, _FOOT = 240, 128, 108  # of a plot; the line that its bars stand on
_LEFT, _RIGHT, _HEAD = 16, 224, 8
_BINS, _SPOKEN = 24, 8  # bars of a number; levels whose share is told in words


def section(factors: Mapping[str, FactorEntry], parts: Sequence[Part]) -> Safe:
    """A plot for each factor, for each split, and for each environment in the first."""
    shared = {name: axis(f.domain, *_all(name, parts)) for name, f in factors.items()}
    panels = [
        (label, joined([legend(list(part.worlds)), _plots(factors, shared, part, rows)]))
        for part in parts
        for label, rows in _populations(part, environments=part is parts[0])
    ]
    return choice("marginals", "Split", panels)


def _all(name: str, parts: Sequence[Part]) -> Iterator[Array]:
    return (values[name] for part in parts for values in part.worlds.values())


def _populations(part: Part, environments: bool) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """The split, and each environment in it."""
    what = "samples" if part.data.frame.frames is None else "frames"
    yield f"{part.split}, {part.size:,} {what}", np.arange(part.size)
    for number, name in enumerate(part.data.manifest.environments if environments else ()):
        rows = np.flatnonzero(part.domain == number)
        if rows.size:
            yield f"{part.split} in {name}, {rows.size:,}", rows


def legend(worlds: Sequence[str]) -> Safe:
    """What the colours of worlds are; nothing where there is one world."""
    if len(worlds) < 2:
        return Safe("")
    marks = (element("span", named(world), class_=f"key world-{k}") for k, world in enumerate(worlds))
    return element("p", *marks, class_="keys")


def named(world: str) -> str:
    """What a world is called on the page."""
    step = world.removeprefix("cf")
    return world if world == FACTUAL else f"counterfactual{f', step {step}' if step else ''}"


def _plots(factors: Mapping[str, FactorEntry], axes: Mapping[str, Axis], part: Part, rows: NDArray[np.int64]) -> Safe:
    plots = []
    for name, factor in factors.items():
        seen = {world: values[name][rows] for world, values in part.worlds.items()}
        measure = element("span", unit(factor), class_="unit")
        caption = element("figcaption", element("code", name), " ", measure, title=factor.long_name or None)
        plots.append(element("figure", caption, _plot(name, factor.domain, axes[name], seen)))
    return element("div", *plots, class_="plots")


def _plot(name: str, domain: Domain, along: Axis, seen: Mapping[str, Array]) -> Safe:
    bins = domain.bars(_BINS)
    shares = {
        world: np.histogram(values, bins, (along.low, along.high))[0] / len(values) for world, values in seen.items()
    }
    top = max(float(share.max()) for share in shares.values())
    draw = _bars if isinstance(domain, Categorical) else _stairs
    shapes = [draw(k, len(shares), share / top) for k, share in enumerate(shares.values())]
    words = "; ".join(f"{named(world)}: {_words(domain, values)}" for world, values in seen.items())
    return element(
        "svg",
        *shapes,
        _foot(along),
        class_="plot",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=f"{name}, {words}",
    )


def _words(domain: Domain, values: Array) -> str:
    if isinstance(domain, Categorical):
        shares = [np.mean(values == k) for k in range(len(domain.levels))]
        named = np.argsort(shares, kind="stable")[::-1][:_SPOKEN]
        return ", ".join(f"{domain.levels[k]} {shares[k]:.0%}" for k in sorted(named))
    mean, deviation = figure(values.mean()), figure(values.std())
    middle = f", mean {mean}, deviation {deviation}" if isinstance(domain, Continuous) else ""
    return f"{figure(values.min())} to {figure(values.max())}{middle}"


def _stairs(number: int, _: int, shares: Array) -> Safe:
    """The outline of a histogram: filled for the first world, a line for the others."""
    width = (_RIGHT - _LEFT) / len(shares)
    path = f"M{_LEFT} {_FOOT}"
    for k, share in enumerate(shares):
        path += f"V{_FOOT - (_FOOT - _HEAD) * share:.1f}H{_LEFT + (k + 1) * width:.1f}"
    return void("path", class_=f"world-{number}", d=f"{path}V{_FOOT}")


def _bars(number: int, worlds: int, shares: Array) -> Safe:
    """A bar for each level, beside those of the other worlds."""
    room = (_RIGHT - _LEFT) / len(shares)
    width = min(0.8 * room / worlds, 34.0)
    path = ""
    for k, share in enumerate(shares):
        left = _LEFT + (k + 0.5) * room + (number - worlds / 2) * width + 1
        path += f"M{left:.1f} {_FOOT}v{(_HEAD - _FOOT) * share:.1f}h{width - 2:.1f}V{_FOOT}"
    return void("path", class_=f"world-{number}", d=path)


def _foot(along: Axis) -> Safe:
    """The line below with its numbers or levels."""
    marks = [void("path", class_="axis", d=f"M{_LEFT} {_FOOT}H{_RIGHT}")]
    for value, text in along.ticks:
        x = _LEFT + (_RIGHT - _LEFT) * float(along.share(value))
        marks.append(element("text", text, x=f"{x:.1f}", y=_FOOT + 15, class_="tick middle"))
    return element("g", *marks)
