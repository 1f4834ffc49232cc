"""A compiled mark and the values that it reads, turned into the columns of one shape."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from scmgen.errors import ScmgenError
from scmgen.render.channels import CompiledMark
from scmgen.render.marks import COMMON, MOST_OF_A_CURVE, Shape
from scmgen.render.renderer import World
from scmgen.render.shapes import (
    BLUR,
    BOX,
    ELLIPSE,
    FILL,
    GLYPH,
    GRADIENT,
    GRAIN,
    PLATE,
    POLYGON,
    RING,
    STRIPES,
    STROKE,
    TEXTURE,
)
from scmgen.scm.expression import Expression

_COLUMNS = {FILL: 0, ELLIPSE: 6, BOX: 6, RING: 4, GRADIENT: 7, TEXTURE: 9, STRIPES: 8, BLUR: 1, GRAIN: 2}
_COLUMNS |= {GLYPH: 10, PLATE: 11}
_MOST = max(_COLUMNS.values())


def columns(drawn: CompiledMark) -> int:
    """How many columns the geometry of a mark has at most; of a plug-in's, as its channels let one guess."""
    lengths = (len(channel) for channel in drawn.channels.values() if isinstance(channel, list))
    numbers = (channel for channel in drawn.channels.values() if isinstance(channel, int))
    return max([_MOST, *(max(2 * length, MOST_OF_A_CURVE) for length in lengths), *(4 * number for number in numbers)])


def lowered(drawn: CompiledMark, scope: World, n: int) -> tuple[list[Any], Shape]:
    """Evaluate a mark for a batch of ``n``: the columns of its head, and its shape with the columns of its geometry.

    Raises:
        ScmgenError: if the mark is a plug-in's and fails, or gives columns that are no such shape.
    """

    def value(channel: Any) -> Any:
        if isinstance(channel, Expression):
            return np.broadcast_to(channel.evaluate(scope), n)
        return [(value(x), value(y)) for x, y in channel] if isinstance(channel, list) else channel

    channels = {name: value(channel) for name, channel in drawn.channels.items()}
    common = {name: channels.pop(name) for name in COMMON}
    if "turn" in inspect.signature(drawn.mark.lower).parameters:
        channels["turn"] = common["rotate"]
    if drawn.towards:
        channels["to"] = rgb(*drawn.towards, scope, n)
    alpha = np.where(common["when"] != 0.0, np.clip(common["alpha"], 0.0, 1.0), 0.0)
    finite = 0.0 * common["alpha"] + 0.0 * common["when"]
    colour = rgb(*drawn.colour, scope, n) if drawn.colour else [np.zeros(n)] * 3
    head = [alpha + finite, *colour, common["soft"]]
    return head, _shape(drawn, channels, n)


def _shape(drawn: CompiledMark, channels: Mapping[str, Any], n: int) -> Shape:
    """Call a mark; the mistakes of a plug-in become messages."""
    try:
        shape = drawn.mark.lower(**channels)
        geometry = [np.broadcast_to(np.asarray(column, np.float64), n) for column in shape.geometry]
        kind = int(shape.kind)
    except Exception as error:
        raise ScmgenError(f"{drawn.where}: mark {drawn.name}: {type(error).__name__}: {error}") from error
    chains = {POLYGON: max(6, len(geometry) // 2 * 2), STROKE: max(5, (len(geometry) - 1) // 2 * 2 + 1)}
    wanted = chains.get(kind, _COLUMNS.get(kind))
    if len(geometry) != wanted:
        raise ScmgenError(f"{drawn.where}: mark {drawn.name}: {len(geometry)} columns are no shape of kind {kind}")
    return Shape(kind, geometry)


def rgb(model: str, parts: tuple[Expression, ...], scope: World, n: int) -> list[Any]:
    """Red, green and blue from 0 to 1, ``(n,)`` each, of a colour in either model."""
    first, second, third = (np.broadcast_to(part.evaluate(scope), n) for part in parts)
    if model == "hsv":
        saturation, value = np.clip(second, 0.0, 1.0), np.clip(third, 0.0, 1.0)
        sectors = [np.mod(offset + 6.0 * first, 6.0) for offset in (5.0, 3.0, 1.0)]
        return [value - value * saturation * np.clip(np.minimum(k, 4.0 - k), 0.0, 1.0) for k in sectors]
    return [np.clip(part, 0.0, 1.0) for part in (first, second, third)]


def unfinished(expressions: Iterable[Expression], world: World, n: int, row: int, start: int) -> str | None:
    """Say which expression is not finite in a row, and what it read; rows count from ``start``; None if all are."""
    with np.errstate(all="ignore"):
        for expression in expressions:
            value = np.broadcast_to(expression.evaluate(world), n)[row]
            if not np.isfinite(value):
                seen = ", ".join(f"{name} = {np.broadcast_to(world[name], n)[row]:.6g}" for name in expression.names)
                read = f"; it read {seen}" if seen else ""
                return f"{expression.where}: {expression.text!r} is {value} in row {start + row}{read}"
    return None
