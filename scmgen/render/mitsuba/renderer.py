"""Stages as Mitsuba renders them, behind the seam of a renderer."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from scmgen.pictures.bank import Kind
from scmgen.render.frame import Frame, Pixels
from scmgen.render.mitsuba import engine
from scmgen.render.mitsuba.engine import Shot
from scmgen.render.renderer import Apart, Exactness, Locate, Object, World, length, renderer
from scmgen.render.stage.scenery import Scenery, outside, surface
from scmgen.render.stage.stage import Stage

_ROUGH = 9  # paths a pixel, of a look
_ROWS = 64  # whose textures and masks are in memory
_EDITION = 1  # of how a stage becomes a scene of Mitsuba's


def _version() -> str:
    try:
        return importlib.metadata.version("mitsuba")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


@renderer("mitsuba")
@dataclass(frozen=True)
class Rendered:
    """A stage that Mitsuba renders.

    Drawn again on the same machine with the same version its bytes are equal. On another machine a path may end
    elsewhere by a last bit, and change a pixel.
    """

    version: ClassVar[str] = f"mitsuba {_version()}, {_EDITION}"
    exact: ClassVar[Exactness] = Exactness(image=0.05, together=0.01)
    section: ClassVar[str] = "stage"

    stage: Stage

    @classmethod
    def compile(cls, document: Any, names: set[str], locate: Locate, pictures: Mapping[str, Kind]) -> Rendered:
        """Compile the ``stage`` part of a scene.

        Raises:
            ScmgenError: as :meth:`scmgen.render.stage.stage.Stage.compile`.
        """
        return cls(Stage.compile(document, names, locate, pictures))

    def placed(self, locate: Locate) -> Rendered:
        """The same drawing, whose errors name the places of another text of it."""
        return Rendered(self.stage.placed(locate))

    def rough(self) -> Rendered:
        """The same with few paths a pixel."""
        return Rendered(replace(self.stage, samples=min(self.stage.samples, _ROUGH)))

    def seconds(self, frame: Frame) -> float:
        """About a hundredth of a second, and of each path most of a microsecond (benchmarks/rendering)."""
        return 0.01 + 7e-7 * frame.pixels * self.stage.samples

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
            pictures = engine.textures(self.stage.things, scenery)
            for shot in engine.shots(self.stage, scenery, frame):
                out[scenery.start + shot.row] = engine.screened(shot.light(pictures[shot.row]))
        return out

    def masks(self, world: World, frame: Frame) -> Pixels:
        """The group in front at the middle of each pixel, ``(n, height, width)``; 0 where there is none."""
        things = self.stage.things
        numbers = [self.groups.index(thing.entry.group) + 1 if thing.entry.group else 0 for thing in things]
        told = np.array([*numbers, 0], np.uint8)  # -1, for none, is the last one
        out = np.empty((length(world), *frame.plane), np.uint8)
        for scenery in self.stage.sceneries(world, _ROWS):
            for shot in engine.shots(self.stage, scenery, frame):
                out[scenery.start + shot.row] = told[shot.looked()]
        return out

    def depth(self, world: World, frame: Frame) -> NDArray[np.float32]:
        """Lengths ``(n, height, width)``; see :class:`scmgen.render.deep.Deep`."""
        return np.stack([shot.surfaces()[0] for shot in self._shots(world, frame)]).astype(np.float32)

    def normals(self, world: World, frame: Frame) -> NDArray[np.float32]:
        """Directions ``(n, height, width, 3)``; see :class:`scmgen.render.deep.Deep`."""
        return np.stack([shot.surfaces()[1] for shot in self._shots(world, frame)]).astype(np.float32)

    def _shots(self, world: World, frame: Frame) -> Iterator[Shot]:
        """Every row, some in memory at a time."""
        for scenery in self.stage.sceneries(world, _ROWS):
            yield from engine.shots(self.stage, scenery, frame)

    def apart(self, world: World, frame: Frame, names: Collection[str]) -> Iterator[Apart]:
        """Some objects, each with no other."""
        for scenery in self.stage.sceneries(world, _ROWS):
            whole = [shot.looked() for shot in engine.shots(self.stage, scenery, frame)]
            for one in (one for one in self.stage.objects if one.name in names):
                own = [k for k, thing in enumerate(self.stage.things) if thing.name == one.name]
                yield self._apart(one.name, own, scenery, frame, whole)

    def _apart(
        self, name: str, own: list[int], scenery: Scenery, frame: Frame, whole: list[NDArray[np.int64]]
    ) -> Apart:
        alone = engine.shots(self.stage, scenery, frame, own)
        drawn = np.array([bool(shot.things) for shot in alone])
        mask = np.stack([shot.looked() >= 0 if shot.things else np.zeros(frame.plane, bool) for shot in alone])
        seen = np.array([bool(np.isin(one, own).any()) for one in whole])
        return Apart(name, drawn, mask, seen, np.array([self._beyond(shot) for shot in alone]))

    def _beyond(self, shot: Shot) -> bool:
        """Whether any of the objects of a shot lies outside the frame."""
        wide, tall = shot.frame.width / shot.frame.unit, shot.frame.height / shot.frame.unit
        solids = (surface(self.stage.things[k].entry, shot.scenery.things[k], shot.row) for k in shot.things)
        return any(outside(solid.points, shot.scenery.camera, shot.row, wide, tall) for solid in solids)

    def rehearse(self, world: World) -> None:
        """Compute all that rendering computes but the pixels.

        Raises:
            ScmgenError: if Mitsuba is not installed, a number is not finite, a transform is singular, or the camera
                sees nothing.
        """
        engine.ready()
        self.stage.rehearse(world)
