"""Surfaces before a camera, drawn by MuJoCo: in the light of lamps, by number, or by where they are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.render.frame import Frame
from scmgen.render.mujoco.engine import Screen
from scmgen.render.mujoco.kit import RING, Form, Kit
from scmgen.render.mujoco.lamps import Lamp
from scmgen.render.stage.entries import Array
from scmgen.render.stage.light import across

_NEAR, _FAR = 0.004, 1e4  # what a camera sees, as shares of how far away it looks
_DIM = 1.0 / 64  # of all light while it is drawn: OpenGL knows none above 1
_WIDEST = 1.39  # radians from the middle of a map of shadows to its edge
_AT_ONCE = 6  # lamps without shadows that light a drawing; OpenGL knows eight in all


@dataclass(frozen=True)
class Surface:
    """A form where it stands, and how it answers light.

    Attributes:
        at, turn: its middle ``(3,)`` and its axes ``(3, 3)``, which may stretch it.
        rgb: the shares of light that it gives back; all of it unless it is said.
        texture: the place of its texture in the kit, or None.
        gloss: of a highlight how bright it is, and its exponent.
    """

    form: Form
    at: Array
    turn: Array
    rgb: Array = field(default_factory=lambda: np.ones(3))
    texture: int | None = None
    gloss: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Eye:
    """A camera: where it is, its directions to the right, upwards and ahead, how wide it sees, how far it looks."""

    at: Array
    right: Array
    up: Array
    ahead: Array
    fov: float
    distance: float

    @property
    def near(self) -> float:
        """The least depth that it sees."""
        return _NEAR * self.distance

    @property
    def far(self) -> float:
        """The largest depth that it sees."""
        return _FAR * self.distance

    def rays(self, frame: Frame) -> Array:
        """Directions ``(height, width, 3)`` in which the middles of pixels look."""
        reach = np.tan(0.5 * self.fov) / frame.unit
        x = (2 * np.arange(frame.width) + 1 - frame.width) * reach
        y = (frame.height - 1 - 2 * np.arange(frame.height)) * reach
        return np.asarray(self.ahead + x[:, None] * self.right + y[:, None, None] * self.up)


class Picture:
    """What stands before a camera, ready to be drawn; of use while OpenGL is this thread's."""

    def __init__(self, screen: Screen, kit: Kit, surfaces: Sequence[Surface], eye: Eye, frame: Frame) -> None:
        self._screen, self._kit, self._eye, self._frame = screen, kit, eye, frame
        self._scene = screen.mujoco.MjvScene(kit.model, maxgeom=len(surfaces) + 1)
        self._finer = 1
        for number, surface in enumerate(surfaces):
            self._add(surface, number)
        self.look(1)

    def look(self, finer: int, shift: tuple[float, float] = (0.0, 0.0)) -> None:
        """Draw so many pixels a side for each pixel, their middles shifted by shares of one, to the right and down."""
        eye, frame = self._eye, self._frame
        self._finer = finer
        reach = eye.near * np.tan(0.5 * eye.fov) / frame.unit
        right, down = (2 * reach / finer * part for part in shift)
        for camera in self._scene.camera:
            camera.pos, camera.forward, camera.up = eye.at, eye.ahead, eye.up
            camera.frustum_near, camera.frustum_far, camera.orthographic = eye.near, eye.far, 0
            camera.frustum_width, camera.frustum_center = reach * frame.width, right
            camera.frustum_top, camera.frustum_bottom = reach * frame.height - down, -reach * frame.height - down

    def lit(self, lamps: Sequence[Lamp], sky: Array) -> Array:
        """The light ``(height, width, 3)`` that comes to each pixel from surfaces, and from the sky behind them."""
        cones = [lamp for lamp in lamps if lamp.target is not None]
        plain = [lamp for lamp in lamps if lamp.target is None]
        groups = [plain[k : k + _AT_ONCE] for k in range(0, len(plain), _AT_ONCE)]
        total = np.zeros((self._frame.height, self._frame.width, 4))
        for number in range(max(len(cones), len(groups), 1)):
            lit = [*cones[number : number + 1], *itertools.chain(*groups[number : number + 1])]
            told = self._under(lit, sky if number == 0 else np.zeros(3))
            total += told if number == 0 else told * [1.0, 1.0, 1.0, 0.0]
        return total[..., :3] / _DIM + (1.0 - total[..., 3:]) * sky

    def numbered(self) -> NDArray[np.int64]:
        """The number of the surface at each pixel ``(height, width)``, from 1; 0 where there is none."""
        flags = self._screen.mujoco.mjtRndFlag
        told = np.rint(255.0 * self._draw([flags.mjRND_SEGMENT, flags.mjRND_IDCOLOR])).astype(np.int64)
        return np.asarray(told[..., 0] + 256 * told[..., 1] + 65536 * told[..., 2])

    def deep(self) -> tuple[Array, Array]:
        """Of each pixel the depth ``(height, width)`` of what is there, and the direction ``(..., 3)`` it faces, if all
        surfaces are white.

        Three lamps from as many sides, one red, one green and one blue, show the components of a direction.
        """
        sides = []
        for side in (1.0, -1.0):
            self._scene.nlight = 3
            for axis, lamp in zip(np.eye(3), self._scene.lights, strict=False):
                self._lamp(lamp, light=axis, towards=-side * axis)
            sides.append(self._draw([])[..., :3].astype(np.float64))
        facing = sides[0] - sides[1]
        length = np.linalg.norm(facing, axis=-1, keepdims=True)
        buffer = self._screen.depth()[..., 0].astype(np.float64)
        near, far = self._eye.near, self._eye.far
        depth = near * far / (buffer * (far - near) + near)
        there = buffer > 0
        return np.where(there, depth, 0.0), np.where(there[..., None], facing / np.maximum(length, 1e-9), 0.0)

    def _add(self, surface: Surface, number: int) -> None:
        mujoco, scene = self._screen.mujoco, self._scene
        geom = scene.geoms[scene.ngeom]
        scene.ngeom += 1
        mesh, at, turn = self._kit.posed(self._screen, surface.form, surface.at, surface.turn)
        colour = np.array([*surface.rgb, 1.0], np.float32)
        mujoco.mjv_initGeom(geom, mujoco.mjtGeom.mjGEOM_MESH, np.ones(3), at, turn.ravel(), colour)
        geom.dataid, geom.segid, geom.objid, geom.emission = mesh, number, number, 0.0
        geom.objtype = mujoco.mjtObj.mjOBJ_UNKNOWN
        geom.category = mujoco.mjtCatBit.mjCAT_STATIC  # MuJoCo leaves here what was in memory: decoration has no shadow
        geom.specular, geom.shininess = surface.gloss[0], surface.gloss[1] / 128.0
        if surface.texture is not None:
            geom.matid, geom.texcoord = surface.texture, 1

    def _under(self, lamps: Sequence[Lamp], sky: Array) -> Array:
        """Light in the lamps, dimmed, and whether anything is there ``(height, width, 4)``; one of them has a cone."""
        flags, scene, kept = self._screen.mujoco.mjtRndFlag, self._scene, self._scene.ngeom
        scene.nlight = 1 + len(lamps)
        self._lamp(scene.lights[0], sky=_DIM * sky)
        for lamp, there in zip(lamps, scene.lights[1:], strict=False):
            light = _DIM / np.pi * lamp.light
            if lamp.target is None:
                self._lamp(there, light, lamp.at)
            else:
                ahead = (lamp.target - lamp.at) / np.linalg.norm(lamp.target - lamp.at)
                self._lamp(there, light, lamp.at, ahead, min(np.arctan(2.0 * np.tan(lamp.angle) + 0.2), _WIDEST))
                self._shade(lamp, ahead)
        told = self._draw([flags.mjRND_SHADOW]).astype(np.float64)
        scene.ngeom = kept
        told[..., 3] = np.minimum(told[..., 3], 1.0)
        height, width = self._frame.plane
        return np.asarray(told.reshape(height, self._finer, width, self._finer, 4).mean(axis=(1, 3)))

    def _shade(self, cone: Lamp, ahead: Array) -> None:
        """Stand a ring before a lamp, which nobody sees and whose shadow is all around the cone."""
        first, away = across(ahead), 2.0 * self._eye.near
        turn = np.stack([first, np.cross(ahead, first), ahead], axis=1)
        radius = away * np.tan(cone.angle)
        self._add(Surface(Form(RING), cone.at + away * ahead, turn * radius), -1)
        self._scene.geoms[self._scene.ngeom - 1].rgba[3] = 0.0

    def _lamp(
        self,
        lamp: Any,
        light: Array | None = None,
        at: Array | None = None,
        towards: Array | None = None,
        angle: float = np.pi,
        sky: Array | None = None,
    ) -> None:
        """Set a lamp of MuJoCo's, at a place or infinitely far away; with a place and a direction it throws shadows."""
        kinds = self._screen.mujoco.mjtLightType
        lamp.type = kinds.mjLIGHT_DIRECTIONAL if at is None else kinds.mjLIGHT_SPOT
        lamp.pos = np.zeros(3) if at is None else at
        lamp.dir = [0, 0, -1] if towards is None else towards
        lamp.castshadow = at is not None and towards is not None
        lamp.attenuation, lamp.exponent = [0, 0, 1], 0  # with the square of the distance
        lamp.cutoff = np.degrees(angle)
        lamp.ambient = np.zeros(3) if sky is None else sky
        lamp.diffuse = lamp.specular = np.zeros(3) if light is None else light

    def _draw(self, flags: Sequence[int]) -> NDArray[np.float32]:
        """Let MuJoCo draw, ``(height, width, 4)`` with as many pixels as was said last."""
        mujoco, scene, canvas = self._screen.mujoco, self._scene, self._kit.canvas
        scene.flags[:] = 0
        scene.flags[[int(flag) for flag in flags]] = 1
        width, height = self._frame.width * self._finer, self._frame.height * self._finer
        own, canvas.offFBO = canvas.offFBO, self._screen.canvas(width, height)
        mujoco.mjr_render(mujoco.MjrRect(0, 0, width, height), scene, canvas)
        canvas.offFBO = own  # it is deleted with the kit
        return self._screen.light()
