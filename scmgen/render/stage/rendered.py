"""Stages behind the seam of a renderer: all that does not depend on who renders them."""

from __future__ import annotations

import importlib.metadata
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from scmgen.render.frame import Frame, Pixels
from scmgen.render.renderer import Apart, Locate, Object, World, length
from scmgen.render.stage.entries import Array
from scmgen.render.stage.light import screened
from scmgen.render.stage.scenery import Scenery, outside, surface
from scmgen.render.stage.stage import Stage
from scmgen.render.stage.words import TEXELS

_ROUGH = 9  # samples a pixel, of a look
_ROWS = 64  # whose textures and masks are in memory

Textures = Mapping[int, NDArray[np.uint8]]
"""The pictures ``(side, side, 3)`` that lie on objects, by the number of the object."""
Self = TypeVar("Self", bound="Rendered")


def installed(library: str) -> str:
    """The version of an engine's library, which drawing depends on; its absence in words."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


class Shot(Protocol):
    """One row of a scenery in an image of a frame, as an engine renders it."""

    @property
    def row(self) -> int:
        """Its number in the scenery."""

    @property
    def things(self) -> tuple[int, ...]:
        """The numbers of the objects that are in it."""

    def light(self, textures: Textures) -> Array:
        """The light ``(height, width, 3)`` that reaches each pixel."""

    def looked(self) -> NDArray[np.int64]:
        """The object in front at the middle of each pixel ``(height, width)``; -1 where there is none."""

    def surfaces(self) -> tuple[Array, Array]:
        """How far behind the camera's plane what is there is ``(height, width)``, and the way it faces ``(..., 3)``."""


@dataclass(frozen=True)
class Rendered(ABC):
    """A stage, and an engine that renders it."""

    section: ClassVar[str] = "stage"

    stage: Stage

    @abstractmethod
    def ready(self) -> None:
        """Raise :class:`scmgen.errors.ScmgenError` unless the engine can be used here."""

    @abstractmethod
    def shots(self, scenery: Scenery, frame: Frame, things: Sequence[int] | None = None) -> Sequence[Shot]:
        """All rows of a scenery, with all objects, or only some."""

    def placed(self: Self, locate: Locate) -> Self:
        """The same drawing, whose errors name the places of another text of it."""
        return replace(self, stage=self.stage.placed(locate))

    def rough(self: Self) -> Self:
        """The same with few samples a pixel."""
        return replace(self, stage=replace(self.stage, samples=min(self.stage.samples, _ROUGH)))

    @property
    def summary(self) -> str:
        """How many objects there are, and how they are lit and sampled."""
        counts = ((len(self.stage.things), "object"), (len(self.stage.lights), "light"))
        told = [f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts]
        return f"{', '.join(told)}, {self.stage.samples} samples a pixel"

    @property
    def reads(self) -> frozenset[str]:
        """The names that rendering reads."""
        return self.stage.reads

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups in order."""
        return self.stage.groups

    @property
    def shown(self) -> Mapping[str, frozenset[str]]:
        """For each group the names that anything of it reads."""
        return {one.name: one.reads for one in self.stage.objects[: len(self.groups)]}

    @property
    def objects(self) -> tuple[Object, ...]:
        """The groups, and after them each object without one."""
        return self.stage.objects

    def draw(self, world: World, frame: Frame) -> Pixels:
        """Images ``(n, height, width, 3)``.

        Raises:
            ScmgenError: as :meth:`rehearse`.
        """
        out = np.empty((length(world), *frame.plane, 3), np.uint8)
        for scenery in self.stage.sceneries(world, _ROWS):
            pictures = self._textures(scenery)
            for shot in self.shots(scenery, frame):
                light = shot.light(pictures[shot.row]) * scenery.whole["exposure"][shot.row]
                out[scenery.start + shot.row] = screened(light)
        return out

    def masks(self, world: World, frame: Frame) -> Pixels:
        """The group in front at the middle of each pixel, ``(n, height, width)``; 0 where there is none."""
        things = self.stage.things
        numbers = [self.groups.index(thing.entry.group) + 1 if thing.entry.group else 0 for thing in things]
        told = np.array([*numbers, 0], np.uint8)  # -1, for none, is the last one
        out = np.empty((length(world), *frame.plane), np.uint8)
        for scenery in self.stage.sceneries(world, _ROWS):
            for shot in self.shots(scenery, frame):
                out[scenery.start + shot.row] = told[shot.looked()]
        return out

    def depth(self, world: World, frame: Frame) -> NDArray[np.float32]:
        """Lengths ``(n, height, width)``; see :class:`scmgen.render.deep.Deep`."""
        return np.stack([shot.surfaces()[0] for shot in self._every(world, frame)]).astype(np.float32)

    def normals(self, world: World, frame: Frame) -> NDArray[np.float32]:
        """Directions ``(n, height, width, 3)``; see :class:`scmgen.render.deep.Deep`."""
        return np.stack([shot.surfaces()[1] for shot in self._every(world, frame)]).astype(np.float32)

    def _every(self, world: World, frame: Frame) -> Iterator[Shot]:
        """Every row, some in memory at a time."""
        for scenery in self.stage.sceneries(world, _ROWS):
            yield from self.shots(scenery, frame)

    def _textures(self, scenery: Scenery) -> list[Textures]:
        """The textures of each row."""
        side = Frame(TEXELS, TEXELS)
        drawn = {k: t.texture.draw(scenery.world, side) for k, t in enumerate(self.stage.things) if t.texture}
        return [{k: images[row] for k, images in drawn.items()} for row in range(scenery.n)]

    def apart(self, world: World, frame: Frame, names: Collection[str]) -> Iterator[Apart]:
        """Some objects, each with no other."""
        for scenery in self.stage.sceneries(world, _ROWS):
            whole = [shot.looked() for shot in self.shots(scenery, frame)]
            for one in (one for one in self.stage.objects if one.name in names):
                own = [k for k, thing in enumerate(self.stage.things) if thing.name == one.name]
                yield self._apart(one.name, own, scenery, frame, whole)

    def _apart(
        self, name: str, own: list[int], scenery: Scenery, frame: Frame, whole: list[NDArray[np.int64]]
    ) -> Apart:
        alone = self.shots(scenery, frame, own)
        drawn = np.array([bool(shot.things) for shot in alone])
        mask = np.stack([shot.looked() >= 0 if shot.things else np.zeros(frame.plane, bool) for shot in alone])
        seen = np.array([bool(np.isin(one, own).any()) for one in whole])
        return Apart(name, drawn, mask, seen, np.array([self._beyond(shot, scenery, frame) for shot in alone]))

    def _beyond(self, shot: Shot, scenery: Scenery, frame: Frame) -> bool:
        """Whether any of the objects of a shot lies outside the frame."""
        wide, tall = frame.width / frame.unit, frame.height / frame.unit
        solids = (surface(self.stage.things[k].entry, scenery.things[k], shot.row) for k in shot.things)
        return any(outside(solid.points, scenery.camera, shot.row, wide, tall) for solid in solids)

    def rehearse(self, world: World) -> None:
        """Compute all that rendering computes but the pixels.

        Raises:
            ScmgenError: if the engine is not there, a number is not finite, a transform is singular, or the camera sees
                nothing.
        """
        self.ready()
        self.stage.rehearse(world)


def there(stage: Stage, scenery: Scenery, things: Sequence[int] | None = None) -> list[tuple[int, ...]]:
    """For each row the objects that stand on the stage in it, of all, or of some."""
    kept = range(len(stage.things)) if things is None else things
    known = {k: scenery.there(k) for k in kept}
    return [tuple(k for k in kept if known[k][row]) for row in range(scenery.n)]
