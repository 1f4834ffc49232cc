"""A drawing: marks whose channels are expressions, evaluated once for a whole batch. It is our renderer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError
from scmgen.render.channels import CompiledMark, compile_marks
from scmgen.render.marks import COMMON, Shape
from scmgen.render.renderer import OURS, Exactness, Group, Locate, Pixels, World, renderer
from scmgen.render.shapes import BOX, ELLIPSE, FILL, FIXED, GRADIENT, HEAD, POLYGON, RASTERISER, RING, Shapes, fixed
from scmgen.scm.expression import Expression

_COLUMNS = {FILL: 0, ELLIPSE: 6, BOX: 6, RING: 4, GRADIENT: 7}
_VISIBLE = int(0.5 * FIXED)  # alpha of a mark that a mask shows


@renderer(OURS)
@dataclass(frozen=True)
class Drawing:
    """The marks of a scene, back to front, and its groups in order (group g has mask value g + 1)."""

    version: ClassVar[str] = RASTERISER
    exact: ClassVar[Exactness] = Exactness(image=0.01, together=1e-5)

    marks: tuple[CompiledMark, ...]
    groups: tuple[str, ...]

    @classmethod
    def compile(cls, document: Sequence[Mapping[str, Any]], names: set[str], locate: Locate) -> Drawing:
        """Compile the ``draw`` list of a scene; ``names`` is what its expressions may read.

        Raises:
            ScmgenError: on an unknown mark, channel or name, a missing channel, or a bad expression.
        """
        marks = compile_marks(document, names, locate)
        return cls(marks, tuple(dict.fromkeys(mark.group for mark in marks if mark.group)))

    def placed(self, locate: Locate) -> Drawing:
        """The same drawing, whose errors name the places of another text of it."""
        return replace(self, marks=tuple(mark.placed(locate, ("draw", i)) for i, mark in enumerate(self.marks)))

    @property
    def summary(self) -> str:
        """How many marks there are."""
        return f"{len(self.marks)} marks"

    @functools.cached_property
    def reads(self) -> frozenset[str]:
        """The names that any channel reads."""
        return frozenset(name for mark in self.marks for e in mark.expressions() for name in e.names)

    @functools.cached_property
    def shown(self) -> Mapping[str, frozenset[str]]:
        """For each group the names that any channel of its marks reads."""
        return self._names(CompiledMark.expressions)

    @functools.cached_property
    def placing(self) -> Mapping[str, frozenset[str]]:
        """For each group the names that the channels of its marks read which move or form a shape."""
        return self._names(CompiledMark.geometry)

    def draw(self, world: World, size: int) -> Pixels:
        """Images ``(n, size, size, 3)``.

        Raises:
            ScmgenError: if a channel is not finite.
        """
        from scmgen.render import raster  # compiled code takes a while to import, and many commands draw nothing

        return raster.paint(self.shapes(world), size)

    def masks(self, world: World, size: int) -> Pixels:
        """Each pixel's topmost group, ``(n, size, size)``; 0 where there is none."""
        from scmgen.render import raster

        return raster.paint_masks(self.shapes(world), size)

    def apart(self, world: World, size: int) -> Iterator[Group]:
        """Each group with no other mark."""
        from scmgen.render import raster

        shapes = self.shapes(world)
        for number, name in enumerate(self.groups, 1):
            alone = _only(shapes, np.flatnonzero(shapes.groups == number))
            drawn = (alone.rows[:, :, 0] >= _VISIBLE).any(axis=1)
            mask: NDArray[np.bool_] = raster.paint_masks(alone, size) == number
            yield Group(name, np.asarray(drawn), mask)

    def rehearse(self, world: World) -> None:
        """Evaluate every channel.

        Raises:
            ScmgenError: if one is not finite.
        """
        self.shapes(world)

    def shapes(self, world: World) -> Shapes:
        """Evaluate every channel for a batch: what the rasteriser paints.

        Raises:
            ScmgenError: if a channel is not finite.
        """
        n = next(len(value) for value in world.values() if np.ndim(value))
        with np.errstate(all="ignore"):
            lowered = [_lower(drawn, world, n) for drawn in self.marks]
        lengths = [len(shape.geometry) for _, shape in lowered]
        rows = np.zeros((n, len(lowered), HEAD + max(lengths, default=0)))
        for k, (head, shape) in enumerate(lowered):
            for column, channel in enumerate([*head, *shape.geometry]):
                rows[:, k, column] = channel
        bad = np.argwhere(~np.isfinite(rows))
        if bad.size:
            row, k, _ = bad[0]
            raise ScmgenError(_not_finite(self.marks[k], world, n, row))
        kinds = np.array([shape.kind for _, shape in lowered], np.int64)
        masks = np.array([self.groups.index(d.group) + 1 if d.group else 0 for d in self.marks], np.uint8)
        return Shapes(kinds, np.array(lengths, np.int64), fixed(rows), masks)

    def _names(self, parts: Callable[[CompiledMark], list[Expression]]) -> dict[str, frozenset[str]]:
        def names(group: str) -> frozenset[str]:
            read = (e for mark in self.marks if mark.group == group for e in parts(mark))
            return frozenset(name for e in read for name in e.names)

        return {group: names(group) for group in self.groups}


def _only(shapes: Shapes, marks: NDArray[np.int64]) -> Shapes:
    return Shapes(shapes.kinds[marks], shapes.lengths[marks], shapes.rows[:, marks], shapes.groups[marks])


def _not_finite(drawn: CompiledMark, scope: World, n: int, row: int) -> str:
    """Say which channel it was, and what it read."""
    with np.errstate(all="ignore"):
        for expression in drawn.expressions():
            value = np.broadcast_to(expression.evaluate(scope), n)[row]
            if not np.isfinite(value):
                seen = ", ".join(f"{name} = {np.broadcast_to(scope[name], n)[row]:.6g}" for name in expression.names)
                read = f"; it read {seen}" if seen else ""
                return f"{expression.where}: {expression.text!r} is {value} in row {row}{read}"
    return f"{drawn.where}: this {drawn.name} is not finite in row {row}"


def _lower(drawn: CompiledMark, scope: World, n: int) -> tuple[list[Any], Shape]:
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


def _rgb(model: str, parts: tuple[Expression, ...], scope: World, n: int) -> list[Any]:
    first, second, third = (np.broadcast_to(part.evaluate(scope), n) for part in parts)
    if model == "hsv":
        saturation, value = np.clip(second, 0.0, 1.0), np.clip(third, 0.0, 1.0)
        sectors = [np.mod(offset + 6.0 * first, 6.0) for offset in (5.0, 3.0, 1.0)]
        return [value - value * saturation * np.clip(np.minimum(k, 4.0 - k), 0.0, 1.0) for k in sectors]
    return [np.clip(part, 0.0, 1.0) for part in (first, second, third)]
