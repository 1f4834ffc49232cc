"""A drawing: marks whose channels are expressions, evaluated once for a whole batch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scmgen.errors import ScmgenError, suggestion
from scmgen.render.marks import COMMON, MARKS, Mark, Shape
from scmgen.render.shapes import BOX, ELLIPSE, FILL, GRADIENT, HEAD, POLYGON, RING, Shapes, fixed
from scmgen.scm.expression import Expression, parse
from scmgen.scm.vocabulary import Array

Locate = Callable[[tuple[str | int, ...]], str]
Values = Mapping[str, Array]

_COLUMNS = {FILL: 0, ELLIPSE: 6, BOX: 6, RING: 4, GRADIENT: 7}


@dataclass(frozen=True)
class CompiledMark:
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

    marks: tuple[CompiledMark, ...]
    groups: tuple[str, ...]

    def shapes(self, values: Values, constants: Mapping[str, float]) -> Shapes:
        """Evaluate every channel for a batch of ``(n,)`` values: what the rasteriser paints.

        Raises:
            ScmgenError: if a channel is not finite.
        """
        n = len(next(iter(values.values())))
        scope = {**{name: np.float64(value) for name, value in constants.items()}, **values}
        with np.errstate(all="ignore"):
            lowered = [_lower(drawn, scope, n) for drawn in self.marks]
        lengths = [len(shape.geometry) for _, shape in lowered]
        rows = np.zeros((n, len(lowered), HEAD + max(lengths, default=0)))
        for k, (head, shape) in enumerate(lowered):
            for column, channel in enumerate([*head, *shape.geometry]):
                rows[:, k, column] = channel
        bad = np.argwhere(~np.isfinite(rows))
        if bad.size:
            row, k, _ = bad[0]
            raise ScmgenError(_not_finite(self.marks[k], scope, n, row))
        kinds = np.array([shape.kind for _, shape in lowered], np.int64)
        masks = np.array([self.groups.index(d.group) + 1 if d.group else 0 for d in self.marks], np.uint8)
        return Shapes(kinds, np.array(lengths, np.int64), fixed(rows), masks)


def _not_finite(drawn: CompiledMark, scope: Mapping[str, Any], n: int, row: int) -> str:
    """Say which channel it was, and what it read."""
    with np.errstate(all="ignore"):
        for expression in drawn.expressions():
            value = np.broadcast_to(expression.evaluate(scope), n)[row]
            if not np.isfinite(value):
                seen = ", ".join(f"{name} = {np.broadcast_to(scope[name], n)[row]:.6g}" for name in expression.names)
                read = f"; it read {seen}" if seen else ""
                return f"{expression.where}: {expression.text!r} is {value} in row {row}{read}"
    return f"{drawn.where}: this {drawn.name} is not finite in row {row}"


def _lower(drawn: CompiledMark, scope: Mapping[str, Any], n: int) -> tuple[list[Any], Shape]:
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
    finite = 0.0 * common["alpha"] + 0.0 * common["when"]
    head = [alpha + finite, *_rgb(*drawn.colour, scope, n), common["soft"]]
    return head, _shape(drawn, channels, n)


def _shape(drawn: CompiledMark, channels: Mapping[str, Any], n: int) -> Shape:
    """Call a mark; the mistakes of a plug-in become messages."""
    try:
        shape = drawn.mark.lower(**channels)
        geometry = [np.broadcast_to(np.asarray(column, np.float64), n) for column in shape.geometry]
        kind = int(shape.kind)
    except Exception as error:
        raise ScmgenError(f"{drawn.where}: mark {drawn.name}: {type(error).__name__}: {error}") from error
    wanted = max(6, len(geometry) // 2 * 2) if kind == POLYGON else _COLUMNS.get(kind)
    if len(geometry) != wanted:
        raise ScmgenError(f"{drawn.where}: mark {drawn.name}: {len(geometry)} columns are no shape of kind {kind}")
    return Shape(kind, geometry)


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


def _compile(entry: Mapping[str, Any], locate: Locate, path: tuple[str | int, ...]) -> CompiledMark:
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
    if group is not None and not (isinstance(group, str) and group):
        raise ScmgenError(f"{locate((*path, 'group'))}: a name is needed, found {repr(group) if group else 'nothing'}")
    return CompiledMark(word, name, where, channels, colour, towards, group)


def _channel(text: Any, where: str) -> Expression:
    if isinstance(text, (list, dict)):
        raise ScmgenError(
            f"{where}: one expression is needed, found a {'list' if isinstance(text, list) else 'mapping'}"
        )
    return parse(str(text), where)


def _whole(text: Any, where: str) -> int:
    if str(text).isdecimal() and len(str(text)) < 3 and 3 <= int(text) <= 64:
        return int(text)
    raise ScmgenError(
        f"{where}: a whole number from 3 to 64 is needed, found {text!r}; use 'when' to choose between marks"
    )


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
