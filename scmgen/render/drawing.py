"""A drawing: marks whose channels are expressions, evaluated once for a whole batch. It is our renderer."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError
from scmgen.pictures.bank import Kind
from scmgen.render.channels import CompiledMark, compile_marks
from scmgen.render.frame import Frame, Pixels
from scmgen.render.lowering import columns, lowered, unfinished
from scmgen.render.marks import BLENDS
from scmgen.render.renderer import OURS, Apart, Exactness, Locate, Object, World, length, renderer
from scmgen.render.shapes import FIXED, HEAD, NOTHING, RASTERISER, Shapes, beyond, fixed, unsourced
from scmgen.scm.expression import Expression

_VISIBLE = int(0.5 * FIXED)  # alpha of a mark that a mask shows
_AT_ONCE = 4_000_000  # numbers of shapes in memory: 16 MB
_TOLD_APART = 255  # groups of a mask, which has a byte a pixel

Slice: TypeAlias = tuple[slice, World]
"""Some rows of a batch: which ones, and all that a drawing may read of them."""


@renderer(OURS)
@dataclass(frozen=True)
class Drawing:
    """The marks of a scene, back to front, and its groups in order (group g has mask value g + 1)."""

    version: ClassVar[str] = RASTERISER
    exact: ClassVar[Exactness] = Exactness(image=0.01, together=1e-5)
    section: ClassVar[str] = "draw"

    marks: tuple[CompiledMark, ...]
    groups: tuple[str, ...]

    @classmethod
    def compile(
        cls,
        document: Sequence[Mapping[str, Any]],
        names: set[str],
        locate: Locate,
        pictures: Mapping[str, Kind] = MappingProxyType({}),
    ) -> Drawing:
        """Compile the ``draw`` list of a scene; ``names`` is what its expressions may read.

        Raises:
            ScmgenError: on an unknown mark, channel or name, a missing channel, or a bad expression.
        """
        marks = compile_marks(document, names, locate, pictures)
        groups = tuple(dict.fromkeys(mark.group for mark in marks if mark.group))
        if len(groups) > _TOLD_APART:
            raise ScmgenError(f"{locate(('draw',))}: {len(groups)} groups; a mask tells at most {_TOLD_APART} apart")
        return cls(marks, groups)

    def placed(self, locate: Locate) -> Drawing:
        """The same drawing, whose errors name the places of another text of it."""
        return replace(self, marks=tuple(mark.placed(locate, ("draw", mark.entry)) for mark in self.marks))

    def rough(self) -> Drawing:
        """The drawing itself: it takes no time."""
        return self

    def seconds(self, frame: Frame) -> float:
        """A nanosecond a pixel and mark."""
        return 1e-9 * frame.pixels * len(self.marks)

    @property
    def summary(self) -> str:
        """How many marks there are."""
        return "1 mark" if len(self.marks) == 1 else f"{len(self.marks)} marks"

    @functools.cached_property
    def reads(self) -> frozenset[str]:
        """The names that any channel reads."""
        return frozenset(name for mark in self.marks for e in mark.expressions() for name in e.names)

    @functools.cached_property
    def shown(self) -> Mapping[str, frozenset[str]]:
        """For each group the names that any channel of its marks reads."""
        return {one.name: one.reads for one in self.objects[: len(self.groups)]}

    @functools.cached_property
    def objects(self) -> tuple[Object, ...]:
        """The groups, and after them each mark without one."""
        return tuple(_object(name, [self.marks[k] for k in own]) for name, own in self._own.items())

    @functools.cached_property
    def _own(self) -> Mapping[str, list[int]]:
        """The numbers of the marks of each object."""
        own: dict[str, list[int]] = {group: [] for group in self.groups}
        for k, mark in enumerate(self.marks):
            if not mark.mark.coloured:
                continue  # a lens: it is nothing to be looked at
            own.setdefault(mark.group or f"draw.{mark.entry} {mark.name}", []).append(k)
        return own

    def draw(self, world: World, frame: Frame) -> Pixels:
        """Images ``(n, height, width, 3)``.

        Raises:
            ScmgenError: if a channel is not finite.
        """
        from scmgen.render import raster  # compiled code takes a while to import, and many commands draw nothing

        return self._painted(world, (*frame.plane, 3), lambda shapes: raster.paint(shapes, frame))

    def masks(self, world: World, frame: Frame) -> Pixels:
        """Each pixel's topmost group, ``(n, height, width)``; 0 where there is none."""
        from scmgen.render import raster

        return self._painted(world, frame.plane, lambda shapes: raster.paint_masks(shapes, frame))

    def _painted(self, world: World, shape: tuple[int, ...], paint: Callable[[Shapes], Pixels]) -> Pixels:
        """Paint as many rows at a time as memory allows."""
        slices = list(self._slices(world))
        if len(slices) == 1:
            return paint(self.shapes(world))
        out = np.empty((slices[-1][0].stop, *shape), np.uint8)
        for rows, part in slices:
            out[rows] = paint(self.shapes(part, rows.start))
        return out

    def apart(self, world: World, frame: Frame, names: Collection[str]) -> Iterator[Apart]:
        """Some objects, each with no other mark."""
        wanted = [name for name in self._own if name in names]
        for rows, part in self._slices(world):
            shapes = self.shapes(part, rows.start)
            for first in range(0, len(wanted), _TOLD_APART):
                yield from self._apart(shapes, frame, wanted[first : first + _TOLD_APART])

    def _apart(self, shapes: Shapes, frame: Frame, names: Sequence[str]) -> Iterator[Apart]:
        from scmgen.render import raster

        owners = np.zeros_like(shapes.groups)
        for number, name in enumerate(names, 1):
            owners[self._own[name]] = number
        told = replace(shapes, groups=owners)
        together = raster.paint_masks(told, frame)
        for number, name in enumerate(names, 1):
            alone = _only(told, np.array(self._own[name]))
            drawn: NDArray[np.bool_] = alone.rows[:, :, 0] >= _VISIBLE
            mask: NDArray[np.bool_] = raster.paint_masks(alone, frame) == number
            seen, out = (together == number).any(axis=(1, 2)), (drawn & beyond(alone, frame)).any(axis=1)
            yield Apart(name, np.asarray(drawn.any(axis=1)), mask, seen, np.asarray(out))

    def rehearse(self, world: World) -> None:
        """Evaluate every channel, and keep none.

        Raises:
            ScmgenError: if one is not finite.
        """
        for rows, part in self._slices(world, at_once=1):
            self._check_finite((block for _, block in self._blocks(part)), part, rows.start)

    def shapes(self, world: World, start: int = 0) -> Shapes:
        """Evaluate every channel for a batch: what the rasteriser paints.

        Raises:
            ScmgenError: if a channel is not finite; its row counts from ``start``.
        """
        kinds, blocks = [], []
        for kind, block in self._blocks(world):
            kinds.append(kind)
            blocks.append(block)
        self._check_finite(blocks, world, start)
        lengths = [block.shape[1] - HEAD for block in blocks]
        rows = np.zeros((length(world), len(blocks), HEAD + max(lengths, default=0)), np.int32)
        for k, block in enumerate(blocks):
            rows[:, k, : block.shape[1]] = fixed(block)
        masks = np.array([self.groups.index(d.group) + 1 if d.group else 0 for d in self.marks], np.uint8)
        sources, cells = self._shown_in(rows)
        lengths_, kinds_ = np.array(lengths, np.int64), np.array(kinds, np.int64)
        return Shapes(kinds_, lengths_, rows, masks, self._styles, sources, cells)

    def _shown_in(self, rows: NDArray[np.int32]) -> tuple[NDArray[np.int64], tuple[Pixels, ...]]:
        """The sources of the marks, and the pictures that they show, those that are needed made ready.

        Raises:
            ScmgenError: if pictures were not given, or there is none of a number.
        """
        from scmgen.pictures import plates  # Pillow takes a while to import, and many scenes show no pictures

        sources, cells = unsourced(len(self.marks)), list(NOTHING)
        known: dict[int, int] = {}
        for k, mark in enumerate(self.marks):
            if mark.pictures is None or mark.mark.shows is None:
                continue
            plate = plates.plate(mark.pictures, mark.mark.shows, mark.where)
            plate.need(rows[:, k, HEAD])
            if id(plate) not in known:
                known[id(plate)] = len(cells)
                cells.append(plate.cells.reshape(-1))
            sources[k] = (known[id(plate)], *plate.cells.shape[1:3], plate.finer, plate.margin)
        return sources, tuple(cells)

    @functools.cached_property
    def _styles(self) -> NDArray[np.int64]:
        """How each mark blends, and which coverages, those of groups that marks are cut to, it reads and adds to."""
        cut = {group: k for k, group in enumerate(dict.fromkeys(mark.clip for mark in self.marks if mark.clip))}
        rows = [[BLENDS.index(m.blend), cut.get(m.clip or "", -1), cut.get(m.group or "", -1)] for m in self.marks]
        return np.array(rows, np.int64)

    def _blocks(self, world: World) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Of each mark its kind of shape and its columns ``(n, head and geometry)``."""
        n = length(world)
        for drawn in self.marks:
            with np.errstate(all="ignore"):
                head, shape = lowered(drawn, world, n)
            yield shape.kind, np.stack([*head, *shape.geometry], axis=1)

    def _check_finite(self, blocks: Iterable[NDArray[np.float64]], world: World, start: int) -> None:
        """Raise for the first row, and in it for the first mark, that is not finite."""
        bad = [
            (row[0], k)
            for k, block in enumerate(blocks)
            if (row := np.flatnonzero(~np.isfinite(block).all(axis=1))).size
        ]
        if bad:
            row, k = min(bad)
            raise ScmgenError(_not_finite(self.marks[k], world, int(row), start))

    def _slices(self, world: World, at_once: int | None = None) -> Iterator[Slice]:
        """The rows of a batch, as many at a time as memory allows if so many marks (all) are held at once."""
        n, marks = length(world), len(self.marks) if at_once is None else at_once
        step = max(1, _AT_ONCE // (marks * self._columns))
        for start in range(0, max(n, 1), step):
            rows = slice(start, min(n, start + step))
            yield rows, {name: value[rows] if np.ndim(value) else value for name, value in world.items()}

    @functools.cached_property
    def _columns(self) -> int:
        return HEAD + max(map(columns, self.marks), default=0)


def _object(name: str, marks: Sequence[CompiledMark]) -> Object:
    every, placing = (
        [e for mark in marks for e in part(mark)] for part in (CompiledMark.expressions, CompiledMark.geometry)
    )
    return Object(name, _names(every), _names(placing), lone=marks[0].group is None)


def _names(expressions: Iterable[Expression]) -> frozenset[str]:
    return frozenset(name for expression in expressions for name in expression.names)


def _only(shapes: Shapes, marks: NDArray[np.int64]) -> Shapes:
    """Some marks by themselves; one that is cut to a group which is not among them is whole."""
    styles = shapes.styles[marks]
    styles[:, 1] = np.where(np.isin(styles[:, 1], styles[:, 2]), styles[:, 1], -1)
    kept = {name: getattr(shapes, name)[marks] for name in ("kinds", "lengths", "groups", "sources")}
    return replace(shapes, **kept, rows=shapes.rows[:, marks], styles=styles)


def _not_finite(drawn: CompiledMark, scope: World, row: int, start: int) -> str:
    """Say which channel it was, and what it read; rows count from ``start``."""
    told = unfinished(drawn.expressions(), scope, length(scope), row, start)
    return told or f"{drawn.where}: this {drawn.name} is not finite in row {start + row}"
