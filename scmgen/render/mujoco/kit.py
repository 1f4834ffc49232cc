"""The surfaces and textures of a stage as MuJoCo holds them: a model in memory, of which nothing is written."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError
from scmgen.pictures.meshes.mesh import Mesh
from scmgen.render.mujoco.engine import Screen
from scmgen.render.stage.entries import Array, Entry
from scmgen.render.stage.solids import Solid, solid
from scmgen.render.stage.words import TEXELS

RING = "ring"  # what keeps the light of a lamp in a cone
_FINER = {"box": 3, "plane": 5}  # how often triangles are halved each way: light is computed at their corners
_FONT = 50  # the smallest; nothing is written with it


@dataclass(frozen=True)
class Form:
    """A shape before it is placed: one by name, or a mesh that is brought."""

    name: str
    tube: float = 0.0
    mesh: Mesh | None = None

    @property
    def solid(self) -> Solid:
        """Its surface."""
        if self.mesh is not None:
            texels = np.zeros((len(self.mesh.points), 2)) if self.mesh.texels is None else self.mesh.texels
            return Solid(self.mesh.points, self.mesh.normals, texels, self.mesh.faces)
        if self.name == RING:
            return _ring()
        found = solid(self.name, self.tube).split(_FINER.get(self.name, 0))
        return _gathered(found) if self.name == "plane" else found


def forms(entry: Entry, values: Mapping[str, Array]) -> list[Form]:
    """The form of an object in each row."""
    n = len(values["when"])
    if "number" in values:
        items, there = entry.meshes.items, values["when"] != 0
        numbers = np.where(there, values["number"], 0).astype(int)
        return [Form(entry.name, mesh=items[k]) for k in numbers]
    if "tube" in values:
        return [Form(entry.name, float(tube)) for tube in values["tube"]]
    return [Form(entry.name)] * n


@dataclass(frozen=True, eq=False)
class Kit:
    """Forms and textures that MuJoCo can draw.

    Attributes:
        model: MuJoCo's model, which holds them.
        canvas: MuJoCo's own state of OpenGL.
        numbers: of each form the number of its mesh.
        textured: the numbers of the objects that have a texture, in order.
    """

    model: Any
    canvas: Any
    numbers: Mapping[Form, int]
    textured: tuple[int, ...]

    def posed(self, screen: Screen, form: Form, at: Array, turn: Array) -> tuple[int, Array, Array]:
        """The mesh of a form, where its middle is, and its axes ``(3, 3)``, which may stretch it.

        MuJoCo moves the middle of every mesh to its origin, and turns it as it would spin by itself.
        """
        number, own = self.numbers[form], np.empty(9)
        screen.mujoco.mju_quat2Mat(own, self.model.mesh_quat[number])
        return 2 * number, at + turn @ self.model.mesh_pos[number], turn @ own.reshape(3, 3)

    def paint(self, screen: Screen, textures: Mapping[int, NDArray[np.uint8]]) -> None:
        """Lay the pictures ``(side, side, 3)`` of objects on them."""
        for place, k in enumerate(self.textured):
            if k in textures:
                size = TEXELS * TEXELS * 3
                self.model.tex_data[place * size : (place + 1) * size] = textures[k][::-1].ravel()
                screen.mujoco.mjr_uploadTexture(self.model, self.canvas, place)


@functools.lru_cache(maxsize=4)
def kit(screen: Screen, shapes: tuple[Form, ...], textured: tuple[int, ...], shadow: int) -> Kit:
    """Forms and places for textures, made ready, with maps of shadows of so many pixels a side.

    Raises:
        ScmgenError: if MuJoCo refuses a mesh.
    """
    mujoco = screen.mujoco
    spec = mujoco.MjSpec()
    spec.compiler.usethread = False
    for k, form in enumerate(shapes):
        found = form.solid
        spec.add_mesh(
            name=f"form{k}",
            uservert=found.points.ravel(),
            usernormal=found.normals.ravel(),
            usertexcoord=found.texels.ravel(),
            userface=found.faces.ravel().tolist(),
            inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
        )
    for k in textured:
        texture = spec.add_texture(
            name=f"texture{k}",
            type=mujoco.mjtTexture.mjTEXTURE_2D,
            colorspace=mujoco.mjtColorSpace.mjCOLORSPACE_SRGB,
            width=TEXELS,
            height=TEXELS,
            nchannel=3,
        )
        texture.data = bytes(TEXELS * TEXELS * 3)
        spec.add_material(name=f"texture{k}").textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = f"texture{k}"
    try:
        model = spec.compile()
    except ValueError as error:
        raise ScmgenError(f"renderer mujoco: a mesh cannot be drawn: {error!s:.200}") from error
    model.vis.quality.shadowsize, model.vis.quality.offsamples = shadow, 0
    model.vis.map.shadowscale = 1.0
    canvas = mujoco.MjrContext(model, _FONT)
    mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, canvas)
    return Kit(model, canvas, {form: k for k, form in enumerate(shapes)}, textured)


def _gathered(flat: Solid) -> Solid:
    """A plane with more of its corners near its middle."""
    points = 0.5 * np.sign(flat.points) * np.abs(2 * flat.points) ** 2.5
    return Solid(points, flat.normals, points[:, :2] + 0.5, flat.faces)


def _ring() -> Solid:
    """A flat ring about the axis z; its inner radius is 1, its outer one 40."""
    turn = np.linspace(0, 2 * np.pi, 129)[:-1]
    edge = np.stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)], axis=1)
    inner, after = np.arange(len(turn)), np.roll(np.arange(len(turn)), -1)
    outer, last = inner + len(turn), after + len(turn)
    faces = np.concatenate([np.stack([inner, outer, last], axis=1), np.stack([inner, last, after], axis=1)])
    points = np.concatenate([edge, 40 * edge])
    return Solid(points, np.tile([0.0, 0.0, 1.0], (len(points), 1)), np.zeros((len(points), 2)), faces)
