"""Images: pairs by what was intervened on, where each intervention changes them, and the first of each split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.interventions import kinds
from scmgen.dataset.members import FACTUAL
from scmgen.publish.markup import Safe, choice, element, joined, picture
from scmgen.publish.report import colours
from scmgen.publish.report.gathered import Part, Regime, Step, frequent, spelled
from scmgen.publish.report.marginals import named
from scmgen.publish.report.scale import spoken
from scmgen.scene.domain import Categorical, Domain
from scmgen.scene.shown import changed
from scmgen.scm.vocabulary import Array
from scmgen.storage.entries import FactorEntry

_SIDE = 128  # of an image in the page, at most
_PAIRS, _FIRST, _AVERAGED = 6, 12, 64  # of a regime; of a split; pairs behind an effect map
_ROOM, _FIRST_ROOM = 900_000, 500_000  # bytes of all pairs, of all first images, before base64
_TOLD = 6  # changes in a caption

Values = Mapping[str, Array]


def pairs(factors: Mapping[str, FactorEntry], part: Part, step: Step) -> Safe:
    """For each regime some pairs: before, after, and the difference."""
    regimes = frequent([step], list(factors))
    count = _affordable(part, step, len(regimes))
    panels = [(spelled(regime), _rows(factors, part, step, _telling(part, step, regime)[:count])) for regime in regimes]
    return choice(f"pairs-{step.world}", "Intervention", panels)


def _telling(part: Part, step: Step, regime: Regime) -> NDArray[np.int64]:
    """The samples of a regime, first those in which a target takes another value than before."""
    rows = step.rows(regime)
    unequal = [part.worlds[step.base][name] != part.worlds[step.world][name] for name in regime[1]]
    moved = np.any(unequal, axis=0).reshape(part.size, -1).any(axis=1)
    return np.concatenate([rows[moved[rows]], rows[~moved[rows]]])


def _affordable(part: Part, step: Step, regimes: int) -> int:
    """Pairs a regime that keep the page small."""
    before, after = (part.images(world, [0], _SIDE)[0] for world in (step.base, step.world))
    size = sum(len(colours.png(image)) for image in (before, after, _difference(before, after)))
    return int(np.clip(_ROOM // (regimes * len(part.steps) * size), 1, _PAIRS))


def _rows(factors: Mapping[str, FactorEntry], part: Part, step: Step, rows: NDArray[np.int64]) -> Safe:
    images = [part.images(world, rows, _SIDE) for world in (step.base, step.world)]
    shown = []
    for row, before, after in zip(rows, *images, strict=True):
        caption = _caption(factors, part, step, int(row))
        what = f"sample {part.split}-{row:09d}"
        files = (
            _image(part, before, f"{what}, {named(step.base)}"),
            _image(part, after, f"{what}, {named(step.world)}: {', '.join(caption)}"),
            _image(part, _difference(before, after), f"{what}, difference of the two images", "difference"),
        )
        lines = (element("span", line) for line in caption)
        shown.append(element("figure", *files, element("figcaption", *lines)))
    return element("div", *shown, class_="triples")


def _image(part: Part, image: NDArray[np.uint8], alt: str, kind: str = "photo") -> Safe:
    """An image; of a clip all its frames, of which the page shows one."""
    tall, wide = image.shape[0] // part.frames, image.shape[1]
    told = {"class_": kind, "title": alt}
    if part.frames > 1:
        told |= {"class_": f"{kind} clip", "style": f"aspect-ratio:{wide}/{tall}"}
    return picture(colours.png(image), alt, wide, tall, **told)


def _difference(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Where two images differ: the square root, so that what is faint is seen."""
    return colours.coloured(np.sqrt(colours.change(before, after)))


def _caption(factors: Mapping[str, FactorEntry], part: Part, step: Step, row: int) -> list[str]:
    """The targets with their value, then what followed."""
    targets = step.regimes[row][1]
    before, after = ({name: part.worlds[world][name][row] for name in factors} for world in (step.base, step.world))
    if part.frames > 1:
        return _filmed(factors, step, row, before, after)
    done = ", ".join(f"{name} = {spoken(factors[name].domain, after[name])}" for name in targets)
    head = kinds.spelled(step.regimes[row][0], done)
    moved = [
        f"{name} {spoken(f.domain, before[name])} \N{RIGHTWARDS ARROW} {spoken(f.domain, after[name])}"
        for name, f in factors.items()
        if before[name] != after[name]
    ]
    return [head, *_few(moved)]


def _few(moved: list[str]) -> list[str]:
    """What moved, as many as a caption holds."""
    more = [f"and {len(moved) - _TOLD} more"] if len(moved) > _TOLD + 1 else []
    return [*(moved[: _TOLD if more else None] or ["nothing changed"]), *more]


def _filmed(factors: Mapping[str, FactorEntry], step: Step, row: int, before: Values, after: Values) -> list[str]:
    """Of a clip the targets with what was there and when they are set, then from which frame on the others differ."""
    targets, marks = step.regimes[row][1], dict(zip(factors, step.mask[row].T.tolist(), strict=True))
    values = {name: (before[name].tolist(), after[name].tolist(), marks[name]) for name in targets}
    done = (f"{name} = {changed(factors[name], *values[name])}" for name in targets)
    first = {name: np.flatnonzero(before[name] != after[name]) for name in factors if name not in targets}
    moved = [f"{name} differs from frame {frames[0]}" for name, frames in first.items() if frames.size]
    return [kinds.spelled(step.regimes[row][0], ", ".join(done)), *_few(moved)]


def effects(part: Part, step: Step) -> Safe:
    """For each regime where, and how much on average, pixels change; one scale for all."""
    maps = {regime: _mean_change(part, step, regime) for regime in frequent([step], list(part.data.factors))}
    top = max(float(change.max()) for change in maps.values()) or 1.0
    shown = []
    for regime, change in maps.items():
        image = colours.coloured(change / top)
        alt = f"mean change of each pixel under {spelled(regime)}"
        figures = f"{change.mean():.2%} on average; {np.mean(change > 0):.0%} of pixels change"
        caption = element("figcaption", element("code", spelled(regime)), element("span", figures))
        shown.append(element("figure", _image(part, image, alt, "map"), caption))
    label = "mean absolute change of a pixel, 1 being black to white"
    scale = element("p", colours.bar(top, label, f"change-{step.world}"), class_="scale")
    return joined([scale, element("div", *shown, class_="maps")])


def _mean_change(part: Part, step: Step, regime: Regime) -> NDArray[np.float64]:
    rows = step.rows(regime)[:_AVERAGED]
    before, after = (part.images(world, rows, _SIDE) for world in (step.base, step.world))
    return np.asarray(np.mean([colours.change(one, other) for one, other in zip(before, after, strict=True)], axis=0))


def first(factors: Mapping[str, FactorEntry], parts: Sequence[Part]) -> Safe:
    """The first images of each split."""
    size = len(colours.png(parts[0].images(FACTUAL, [0], _SIDE)[0]))
    count = int(np.clip(_FIRST_ROOM // (len(parts) * size), 1, _FIRST))
    return choice("first", "Split", [(part.split, _first(factors, part, count)) for part in parts])


def _first(factors: Mapping[str, FactorEntry], part: Part, count: int) -> Safe:
    rows = range(min(count, part.size))
    shown = []
    for row, image in zip(rows, part.images(FACTUAL, rows, _SIDE), strict=True):
        what = part.sources[row] if part.sources else f"{part.split}-{row:09d}"
        values = [f"{name} {_told(f.domain, part.worlds[FACTUAL][name][row])}" for name, f in factors.items()]
        caption = element("figcaption", what, *(element("span", value) for value in values[:_TOLD]))
        shown.append(element("figure", _image(part, image, f"image of {what}: {', '.join(values)}"), caption))
    return element("div", *shown, class_="maps")


def _told(domain: Domain, value: Array) -> str:
    """A value; of a clip the first and the last, where they differ."""
    first, last = (spoken(domain, float(np.ravel(value)[k])) for k in (0, -1))
    return first if first == last else f"{first} to {last}"


def moved(factors: Mapping[str, FactorEntry], part: Part, step: Step) -> dict[Regime, dict[str, float]]:
    """For each regime the mean distance that each factor moves, in deviations; of a category the share that changes."""
    distances = {}
    for regime in frequent([step], list(factors)):
        rows = step.rows(regime)
        distances[regime] = {
            name: float(
                factor.domain.distance(part.worlds[step.base][name][rows], part.worlds[step.world][name][rows]).mean()
            )
            / (1.0 if isinstance(factor.domain, Categorical) else factor.std or 1.0)
            for name, factor in factors.items()
        }
    return distances
