"""One row of a scenery as MuJoCo draws it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scmgen.render.frame import Frame
from scmgen.render.mujoco import engine
from scmgen.render.mujoco.engine import Screen
from scmgen.render.mujoco.kit import RING, Form, Kit, forms, kit
from scmgen.render.mujoco.lamps import lamps, sky
from scmgen.render.mujoco.picture import Eye, Picture, Surface
from scmgen.render.stage.entries import Array
from scmgen.render.stage.light import linear
from scmgen.render.stage.rendered import Textures, there
from scmgen.render.stage.scenery import Scenery, axes, place
from scmgen.render.stage.stage import Stage

SOFT = 4  # a side: as many times what is soft is drawn sharp
_LARGEST = 2048  # pixels a side that are drawn at once
_SHADOW = 2048  # pixels a side of a map of shadows, of which a softer image has more and smaller ones
_SMALL = 256  # pixels a side of an image for which small ones will do
_MIRRORED = 0.04  # of the light that falls on a clear coat straight from before it


@dataclass(frozen=True)
class Shot:
    """One row of a scenery in an image of a frame.

    Attributes:
        things: the numbers of the objects that are in it.
        forms: of each of them its form.
        shapes: all forms of the scenery.
    """

    stage: Stage
    scenery: Scenery
    row: int
    frame: Frame
    things: tuple[int, ...]
    forms: tuple[Form, ...]
    shapes: tuple[Form, ...]

    def light(self, textures: Textures) -> Array:
        """The light ``(height, width, 3)`` that reaches each pixel; ``textures (side, side, 3)`` by object."""
        lit = lamps(self.stage.lights, self.scenery.lights, self.row)
        behind = sky(self.stage.lights, self.scenery.lights, self.row)
        times, finer = self._times(any(lamp.soft for lamp in lit))
        total = np.zeros((*self.frame.plane, 3))
        with engine.current() as screen:
            made = self._kit(screen, self._shadow(times))
            made.paint(screen, {k: textures[k] for k in self.things if k in textures})
            surfaces = [self._surface(k, form, made) for k, form in zip(self.things, self.forms, strict=True)]
            picture = Picture(screen, made, surfaces, self._eye(), self.frame)
            for number, (down, right) in enumerate(itertools.product(range(times), repeat=2)):
                picture.look(finer, ((right + 0.5) / times - 0.5, (down + 0.5) / times - 0.5))
                total += picture.lit([lamp.sharp(number, times * times) for lamp in lit], behind)
        return total / (times * times)

    def looked(self) -> NDArray[np.int64]:
        """The object in front at the middle of each pixel ``(height, width)``; -1 where there is none."""
        with engine.current() as screen:
            return np.array([-1, *self.things], np.int64)[self._bare(screen).numbered()]

    def surfaces(self) -> tuple[Array, Array]:
        """How far behind the camera's plane what is there is ``(height, width)``, and the way it faces ``(..., 3)``."""
        with engine.current() as screen:
            depth, facing = self._bare(screen).deep()
        away = (facing * self._eye().rays(self.frame)).sum(axis=-1, keepdims=True)
        return depth, facing * np.where(away > 0, -1.0, 1.0)

    def _times(self, soft: bool) -> tuple[int, int]:
        """How often a side all is drawn, each time with other sharp lamps, and with how many pixels a side for each."""
        root = math.isqrt(self.stage.samples)
        least = math.ceil(root * max(self.frame.width, self.frame.height) / _LARGEST)
        times = min(root, max(SOFT if soft else 1, least))
        return times, math.ceil(root / times)

    def _shadow(self, times: int) -> int:
        """Pixels a side of a map of shadows: the more, the larger the image, and the less often it is drawn."""
        return _SHADOW // times * (2 if times > 1 and max(self.frame.width, self.frame.height) > _SMALL else 1)

    def _kit(self, screen: Screen, shadow: int = _SHADOW // SOFT) -> Kit:
        return kit(screen, self.shapes, tuple(k for k, thing in enumerate(self.stage.things) if thing.texture), shadow)

    def _bare(self, screen: Screen) -> Picture:
        """All that is there, white and dull."""
        surfaces = [Surface(form, *self._stood(k, form)) for k, form in zip(self.things, self.forms, strict=True)]
        return Picture(screen, self._kit(screen), surfaces, self._eye(), self.frame)

    def _eye(self) -> Eye:
        camera = {key: value[self.row] for key, value in self.scenery.camera.items()}
        right, up, ahead = (axis[self.row] for axis in axes(self.scenery.camera))
        distance = float(np.linalg.norm(camera["target"] - camera["origin"]))
        return Eye(camera["origin"], right, up, ahead, float(camera["fov"]), distance)

    def _surface(self, k: int, form: Form, made: Kit) -> Surface:
        entry = self.stage.things[k].entry
        own = {key: value[self.row] for key, value in self.scenery.things[k].items()}
        rgb = np.ones(3) if entry.textured else linear(own["rgb"])
        gloss = _gloss(float(own["roughness"])) if entry.material == "plastic" else (0.0, 1.0)
        return Surface(form, *self._stood(k, form), rgb, made.textured.index(k) if entry.textured else None, gloss)

    def _stood(self, k: int, form: Form) -> tuple[Array, Array]:
        """Where the middle of an object is ``(3,)``, and its axes ``(3, 3)``, which stretch it."""
        own = {key: value[self.row : self.row + 1] for key, value in self.scenery.things[k].items()}
        at, turn = (part[0] for part in place(own))
        return at, turn * own["size"][0] * self._sides(form, at, turn)

    def _sides(self, form: Form, at: Array, turn: Array) -> Array:
        """What makes a plane face the camera, which sees both sides of it."""
        behind = form.name == "plane" and (self.scenery.camera["origin"][self.row] - at) @ turn[:, 2] < 0
        return np.array([1.0, 1.0, -1.0 if behind else 1.0])


def shots(stage: Stage, scenery: Scenery, frame: Frame, things: Sequence[int] | None = None) -> list[Shot]:
    """All rows of a scenery, with all objects, or only some."""
    known = [forms(thing.entry, values) for thing, values in zip(stage.things, scenery.things, strict=True)]
    shapes = tuple(dict.fromkeys([Form(RING), *itertools.chain.from_iterable(known)]))
    return [
        Shot(stage, scenery, row, frame, kept, tuple(known[k][row] for k in kept), shapes)
        for row, kept in enumerate(there(stage, scenery, things))
    ]


def _gloss(roughness: float) -> tuple[float, float]:
    """The highlight of a clear coat, as Blinn's formula has it: how bright it is, and its exponent."""
    exponent = float(np.clip(2.0 / max(roughness, 0.02) ** 4 - 2.0, 1.0, 128.0))
    return min(_MIRRORED * (exponent + 8.0) / 8.0, 1.0), exponent
