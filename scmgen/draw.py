"""A drawing: marks whose channels are expressions, evaluated once for a whole batch.

A mark is a function from evaluated channels to one primitive shape; its signature *is* the list of
its channels, defaults included. Lengths are in units of the frame (the unit square with the origin
at the lower left), angles in radians counter-clockwise, hues in turns.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scmgen import raster
from scmgen.errors import ScmgenError, suggestion
from scmgen.expr import Expression, parse
from scmgen.vocabulary import Array

Locate = Callable[[tuple[str | int, ...]], str]
Values = Mapping[str, Array]

COMMON: dict[str, str] = {"alpha": "1", "rotate": "0", "when": "1", "soft": "0"}
"""Channels that every mark has, with their defaults."""


@dataclass(frozen=True)
class Shape:
    """One primitive: its kind (of :mod:`scmgen.raster`) and its geometry columns."""

    kind: int
    geometry: Sequence[Any]


@dataclass(frozen=True)
class Mark:
    """A word of the drawing language; ``channels`` maps names to defaults (None: required)."""

    lower: Callable[..., Shape]
    channels: Mapping[str, str | None]
    summary: str


MARKS: dict[str, Mark] = {}


def mark(lower: Callable[..., Shape]) -> Callable[..., Shape]:
    """Register a mark: arguments are channels, ``turn`` (if taken) is the rotation in radians.

    A parameter annotated ``int`` must be a whole number written in the scene; ``points`` is a list
    of at least three ``[x, y]`` pairs; every other is an expression.
    """
    parameters = inspect.signature(lower).parameters.values()
    free = [p for p in parameters if p.name != "turn"]
    channels = {p.name: None if p.default is inspect.Parameter.empty else str(p.default) for p in free}
    MARKS[lower.__name__] = Mark(lower, channels, (inspect.getdoc(lower) or "").split("\n")[0])
    return lower


def _corners(xs: Any, ys: Any) -> Shape:
    return Shape(raster.POLYGON, [column for pair in zip(xs, ys, strict=True) for column in pair])


def _spun(points: Sequence[tuple[Any, Any]], turn: Any) -> list[tuple[Any, Any]]:
    """Rotate points about their mean."""
    mx, my = sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
    c, s = np.cos(turn), np.sin(turn)
    return [(mx + (x - mx) * c - (y - my) * s, my + (x - mx) * s + (y - my) * c) for x, y in points]


@mark
def fill() -> Shape:
    """Colour the whole frame."""
    return Shape(raster.FILL, [])


@mark
def disc(x: Any, y: Any, radius: Any) -> Shape:
    """A filled circle about (x, y)."""
    return Shape(raster.ELLIPSE, [x, y, radius, radius, 1.0, 0.0])


@mark
def ellipse(x: Any, y: Any, rx: Any, ry: Any, turn: Any) -> Shape:
    """A filled ellipse with half-axes rx and ry."""
    return Shape(raster.ELLIPSE, [x, y, rx, ry, np.cos(turn), np.sin(turn)])


@mark
def rect(x: Any, y: Any, width: Any, height: Any, turn: Any) -> Shape:
    """A filled rectangle centred on (x, y)."""
    return Shape(raster.BOX, [x, y, width / 2, height / 2, np.cos(turn), np.sin(turn)])


@mark
def line(x1: Any, y1: Any, x2: Any, y2: Any, width: Any, turn: Any) -> Shape:
    """A straight line with flat ends; rotate turns it about its middle."""
    dx, dy = x2 - x1, y2 - y1
    length = np.sqrt(dx * dx + dy * dy)
    far = np.where(length > 0.0, length, 1.0)
    c, s = np.where(length > 0.0, dx / far, 1.0), dy / far
    ct, st = np.cos(turn), np.sin(turn)
    return Shape(raster.BOX, [(x1 + x2) / 2, (y1 + y2) / 2, length / 2, width / 2, c * ct - s * st, c * st + s * ct])


@mark
def ring(x: Any, y: Any, radius: Any, width: Any) -> Shape:
    """A circle drawn with a pen of the given width, its middle at the radius."""
    return Shape(raster.RING, [x, y, radius, width / 2])


@mark
def polygon(x: Any, y: Any, radius: Any, sides: int, turn: Any) -> Shape:
    """A regular polygon, one corner straight up."""
    angles = np.arange(sides) * (2 * np.pi / sides) + np.pi / 2
    return _corners([x + radius * np.cos(turn + a) for a in angles], [y + radius * np.sin(turn + a) for a in angles])


@mark
def star(x: Any, y: Any, radius: Any, turn: Any, tips: int = 5, inner: Any = 0.45) -> Shape:
    """A star with one tip straight up; inner is the share of the radius where the notches lie."""
    angles = np.arange(2 * tips) * (np.pi / tips) + np.pi / 2
    reach = [radius * (inner if i % 2 else 1.0) for i in range(2 * tips)]
    xs = [x + r * np.cos(turn + a) for r, a in zip(reach, angles, strict=True)]
    return _corners(xs, [y + r * np.sin(turn + a) for r, a in zip(reach, angles, strict=True)])


@mark
def path(points: Any, turn: Any) -> Shape:
    """A free polygon through its points; rotate turns it about their mean."""
    spun = _spun(points, turn)
    return _corners([x for x, _ in spun], [y for _, y in spun])


@mark
def gradient(x1: Any, y1: Any, x2: Any, y2: Any, to: Any, turn: Any) -> Shape:
    """Fill the frame with a colour that changes along a line, constant beyond its ends."""
    (ax, ay), (bx, by) = _spun([(x1, y1), (x2, y2)], turn)
    return Shape(raster.GRADIENT, [ax, ay, bx, by, *to])


@dataclass(frozen=True)
class Drawn:
    """One compiled mark: expressions where the scene had text."""

    mark: Mark
    name: str
    where: str
    channels: Mapping[str, Any]  # Expression, int, or a list of pairs of Expressions
    colour: tuple[str, tuple[Expression, ...]]
    towards: tuple[str, tuple[Expression, ...]] | None
    group: str | None

    def expressions(self) -> list[Expression]:
        """Every expression of the mark."""
        found = [e for e in self.channels.values() if isinstance(e, Expression)]
        found += [e for pair in self.channels.get("points", []) for e in pair]
        return [*found, *self.colour[1], *(self.towards[1] if self.towards else ())]


@dataclass(frozen=True)
class Drawing:
    """The marks of a scene, back to front, and its groups in order (group g has mask value g + 1)."""

    marks: tuple[Drawn, ...]
    groups: tuple[str, ...]

    def shapes(self, values: Values, constants: Mapping[str, float]) -> raster.Shapes:
        """Evaluate every channel for a batch of ``(n,)`` values: what the rasteriser paints.

        Raises:
            ScmgenError: if a channel is not finite.
        """
        n = len(next(iter(values.values())))
        scope = {**{name: np.float64(value) for name, value in constants.items()}, **values}
        with np.errstate(all="ignore"):
            lowered = [_lower(drawn, scope, n) for drawn in self.marks]
        lengths = [len(shape.geometry) for _, shape in lowered]
        rows = np.zeros((n, len(lowered), raster.HEAD + max(lengths, default=0)))
        for k, (head, shape) in enumerate(lowered):
            for column, channel in enumerate([*head, *shape.geometry]):
                rows[:, k, column] = channel
        bad = np.argwhere(~np.isfinite(rows))
        if bad.size:
            row, k, _ = bad[0]
            raise ScmgenError(f"{self.marks[k].where}: a channel of this {self.marks[k].name} is not finite in row {row}")
        kinds = np.array([shape.kind for _, shape in lowered], np.int64)
        masks = np.array([self.groups.index(d.group) + 1 if d.group else 0 for d in self.marks], np.uint8)
        return raster.Shapes(kinds, np.array(lengths, np.int64), raster.fixed(rows), masks)


def _lower(drawn: Drawn, scope: Mapping[str, Any], n: int) -> tuple[list[Any], Shape]:
    def value(channel: Any) -> Any:
        if isinstance(channel, Expression):
            return np.broadcast_to(channel.evaluate(scope), n)
        return [(value(x), value(y)) for x, y in channel] if isinstance(channel, list) else channel

    channels = {name: value(channel) for name, channel in drawn.channels.items()}
    common = {name: channels.pop(name) for name in COMMON}
    if "turn" in inspect.signature(drawn.mark.lower).parameters:
        channels["turn"] = common["rotate"]
    if drawn.towards:
        channels["to"] = _rgb(*drawn.towards, scope, n)
    alpha = np.where(common["when"] != 0.0, np.clip(common["alpha"], 0.0, 1.0), 0.0)
    head = [alpha + 0.0 * common["alpha"], *_rgb(*drawn.colour, scope, n), common["soft"]]
    return head, drawn.mark.lower(**channels)


def _rgb(model: str, parts: tuple[Expression, ...], scope: Mapping[str, Any], n: int) -> list[Any]:
    first, second, third = (np.broadcast_to(part.evaluate(scope), n) for part in parts)
    if model == "hsv":
        saturation, value = np.clip(second, 0.0, 1.0), np.clip(third, 0.0, 1.0)
        sectors = [np.mod(offset + 6.0 * first, 6.0) for offset in (5.0, 3.0, 1.0)]
        return [value - value * saturation * np.clip(np.minimum(k, 4.0 - k), 0.0, 1.0) for k in sectors]
    return [np.clip(part, 0.0, 1.0) for part in (first, second, third)]


def compile_drawing(document: Sequence[Mapping[str, Any]], names: set[str], locate: Locate) -> Drawing:
    """Compile the ``draw`` list of a scene; ``names`` is what its expressions may read.

    Raises:
        ScmgenError: on an unknown mark, channel or name, a missing channel, or a bad expression.
    """
    if not document:
        raise ScmgenError(f"{locate(('draw',))}: nothing is drawn; list at least one mark")
    marks = tuple(_compile(entry, locate, ("draw", i)) for i, entry in enumerate(document))
    for drawn in marks:
        for expression in drawn.expressions():
            if expression.noise:
                raise ScmgenError(f"{expression.where}: a channel has no noise; give {expression.text!r} a variable")
            for name in expression.names:
                if name not in names:
                    raise expression.reject(name, names)
    return Drawing(marks, tuple(dict.fromkeys(d.group for d in marks if d.group)))


def _compile(entry: Mapping[str, Any], locate: Locate, path: tuple[str | int, ...]) -> Drawn:
    where = locate(path)
    name = entry.get("mark")
    if not isinstance(name, str) or name not in MARKS:
        found = "no 'mark'" if name is None else f"unknown mark {name!r}"
        raise ScmgenError(f"{where}: {found}; {suggestion(str(name), MARKS)}")
    word = MARKS[name]
    coloured = {"rgb", "hsv"} | ({"to_rgb", "to_hsv"} if "to" in word.channels else set())
    wanted = {**{c: d for c, d in word.channels.items() if c != "to"}, **COMMON}
    for key in entry:
        if key not in wanted and key not in coloured and key not in ("mark", "group"):
            allowed = {*wanted, *coloured, "group"}
            raise ScmgenError(f"{locate((*path, key))}: {name} has no channel {key!r}; {suggestion(key, allowed)}")
    missing = [channel for channel, default in wanted.items() if default is None and channel not in entry]
    if missing:
        raise ScmgenError(f"{where}: {name} needs {', '.join(missing)}")
    whole = [p.name for p in inspect.signature(word.lower).parameters.values() if p.annotation in (int, "int")]
    channels: dict[str, Any] = {}
    for channel, default in wanted.items():
        text, place = entry.get(channel, default), locate((*path, channel))
        if channel == "points":
            channels[channel] = _points(text, locate, (*path, channel))
        else:
            channels[channel] = _whole(text, place) if channel in whole else _channel(text, place)
    colour = _colour(entry, "", locate, path, name)
    towards = _colour(entry, "to_", locate, path, name) if "to" in word.channels else None
    group = entry.get("group")
    return Drawn(word, name, where, channels, colour, towards, None if group is None else str(group))


def _channel(text: Any, where: str) -> Expression:
    if isinstance(text, (list, dict)):
        raise ScmgenError(f"{where}: one expression is needed, found a {'list' if isinstance(text, list) else 'mapping'}")
    return parse(str(text), where)


def _whole(text: Any, where: str) -> int:
    if str(text).isdigit() and 3 <= int(text) <= 64:
        return int(text)
    raise ScmgenError(f"{where}: a whole number from 3 to 64 is needed, found {text!r}; use 'when' to choose between marks")


def _points(points: Any, locate: Locate, path: tuple[str | int, ...]) -> list[tuple[Expression, Expression]]:
    if not isinstance(points, list) or not 3 <= len(points) <= 64:
        raise ScmgenError(f"{locate(path)}: a list of 3 to 64 [x, y] pairs is needed")
    for i, pair in enumerate(points):
        if not isinstance(pair, list) or len(pair) != 2:
            raise ScmgenError(f"{locate((*path, i))}: a pair [x, y] is needed, found {pair!r}")
    return [tuple(_channel(part, locate((*path, i))) for part in pair) for i, pair in enumerate(points)]  # type: ignore[misc]


def _colour(
    entry: Mapping[str, Any], prefix: str, locate: Locate, path: tuple[str | int, ...], name: str
) -> tuple[str, tuple[Expression, ...]]:
    models = [model for model in ("rgb", "hsv") if prefix + model in entry]
    if len(models) != 1:
        raise ScmgenError(f"{locate(path)}: {name} needs one of {prefix}rgb and {prefix}hsv, found {len(models)}")
    parts, where = entry[prefix + models[0]], locate((*path, prefix + models[0]))
    if not isinstance(parts, list) or len(parts) != 3:
        found = f"{len(parts)} parts" if isinstance(parts, list) else repr(parts)
        hint = "in flow style YAML splits at every comma: quote an expression that holds one"
        raise ScmgenError(f"{where}: a list of three expressions is needed, found {found}; {hint}")
    return models[0], tuple(_channel(part, where) for part in parts)
