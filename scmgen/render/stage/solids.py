"""Shapes as triangles: those that a stage knows by name, of width 1 about the origin.

All but the box and the plane are profiles turned about the axis z. A texture goes once around, from left to right, and
up along the profile.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_AROUND, _ALONG = 64, 32  # steps of a round surface


@dataclass(frozen=True, eq=False)
class Solid:
    """A surface of triangles.

    Attributes:
        points, normals: ``(v, 3)``.
        texels: ``(v, 2)``, places in a texture, from 0 to 1, from the lower left.
        faces: ``(f, 3)``, numbers of points, counter-clockwise as seen from outside.
    """

    points: Array
    normals: Array
    texels: Array
    faces: NDArray[np.int64]

    def moved(self, at: Array, turn: Array, size: Array) -> Solid:
        """The surface made larger along its axes ``(3,)``, turned ``(3, 3)`` and put at a place ``(3,)``."""
        normals = (self.normals / size) @ turn.T
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        return Solid((self.points * size) @ turn.T + at, normals, self.texels, self.faces)

    def split(self, times: int) -> Solid:
        """The same surface of smaller triangles, each cut into four, so many times over."""
        if times == 0:
            return self
        a, b, c = self.faces.T
        n, count = len(self.points), len(a)
        points, normals, texels = (
            np.concatenate([told, *(0.5 * (told[one] + told[other]) for one, other in ((a, b), (b, c), (c, a)))])
            for told in (self.points, self.normals, self.texels)
        )
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        ab, bc, ca = (n + side * count + np.arange(count) for side in range(3))
        corners = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
        faces = np.concatenate([np.stack(corner, axis=1) for corner in corners])
        return Solid(points, normals, texels, faces).split(times - 1)


def solid(name: str, tube: float = 0.0) -> Solid:
    """The shape of a name; ``tube`` is how thick a torus is, as a share of its width."""
    if name == "torus":
        return _torus(tube)
    return {"sphere": _sphere, "box": _box, "cylinder": _cylinder, "cone": _cone, "plane": _plane}[name]()


def holds(name: str, points: Array, tube: Array | float = 0.0) -> NDArray[np.bool_]:
    """Whether points ``(n, 3)`` lie in the shape of a name."""
    x, y, z = points[:, 0], points[:, 1], points[:, 2]
    away, high = np.hypot(x, y), np.abs(z) < 0.5
    match name:
        case "sphere":
            return np.asarray(away * away + z * z < 0.25)
        case "box":
            return np.asarray(np.abs(points).max(axis=1) < 0.5)
        case "cylinder":
            return np.asarray((away < 0.5) & high)
        case "cone":
            return np.asarray((away < 0.5 * (0.5 - z)) & high)
        case "torus":
            radius = 0.5 * np.asarray(tube)
            return np.asarray((away - (0.5 - radius)) ** 2 + z * z < radius * radius)
        case _:
            return np.zeros(len(points), bool)


def turns(angles: Array) -> Array:
    """Matrices ``(n, 3, 3)`` that turn about x, then y, then z by angles ``(n, 3)``."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(angles).T, np.sin(angles).T
    rows = [
        [cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz],
        [cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz],
        [-sy, sx * cy, cx * cy],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


@functools.cache
def _sphere() -> Solid:
    angles = np.linspace(-np.pi / 2, np.pi / 2, _ALONG + 1)
    round_ = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return _revolved([(0.5 * round_, round_)])


@functools.cache
def _cylinder() -> Solid:
    below, side, above = ([(0, -0.5), (0.5, -0.5)], [(0.5, -0.5), (0.5, 0.5)], [(0.5, 0.5), (0, 0.5)])
    return _revolved([_edge(below, (0, -1)), _edge(side, (1, 0)), _edge(above, (0, 1))])


@functools.cache
def _cone() -> Solid:
    slope = np.array([2.0, 1.0]) / np.sqrt(5.0)
    tip = [(0.5 * (1 - k / _ALONG), k / _ALONG - 0.5) for k in range(_ALONG + 1)]
    return _revolved([_edge([(0, -0.5), (0.5, -0.5)], (0, -1)), _edge(tip, tuple(slope))])


def _torus(tube: float) -> Solid:
    angles = np.linspace(-np.pi, np.pi, _ALONG + 1)
    round_ = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    radius = 0.5 * tube
    return _revolved([(radius * round_ + [0.5 - radius, 0.0], round_)])


def _edge(points: Sequence[tuple[float, float]], normal: tuple[float, ...]) -> tuple[Array, Array]:
    """A straight part of a profile: its points, and the normal of all."""
    return np.array(points, np.float64), np.tile(np.array(normal, np.float64), (len(points), 1))


def _revolved(profile: Sequence[tuple[Array, Array]]) -> Solid:
    """Turn parts of a profile, from below to above, about z: of each points and normals ``(p, 2)``, outwards and up."""
    lengths = [np.linalg.norm(np.diff(points, axis=0), axis=1) for points, _ in profile]
    whole, done, parts = sum(part.sum() for part in lengths), 0.0, []
    for (points, normals), steps in zip(profile, lengths, strict=True):
        up = np.minimum(1.0, (done + np.concatenate([[0.0], np.cumsum(steps)])) / whole)
        parts.append(_turned(points, normals, up))
        done += steps.sum()
    return _joined(parts)


def _turned(points: Array, normals: Array, up: Array) -> Solid:
    around = np.linspace(0.0, 1.0, _AROUND + 1)
    c, s = np.cos(2 * np.pi * around)[:, None], np.sin(2 * np.pi * around)[:, None]

    def spun(profile: Array) -> Array:
        r, z = profile[:, 0], np.broadcast_to(profile[:, 1], (_AROUND + 1, len(profile)))
        return np.stack([c * r, s * r, z], axis=-1).reshape(-1, 3)

    texels = np.stack(np.meshgrid(around, up, indexing="ij"), axis=-1).reshape(-1, 2)
    i, j = np.meshgrid(np.arange(_AROUND), np.arange(len(up) - 1), indexing="ij")
    a = (i * len(up) + j).ravel()
    b = a + len(up)
    faces = np.concatenate([np.stack([a, b, b + 1], axis=1), np.stack([a, b + 1, a + 1], axis=1)])
    return Solid(spun(points), spun(normals), texels, faces)


@functools.cache
def _plane() -> Solid:
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
    points = np.concatenate([corners - 0.5, np.zeros((4, 1))], axis=1)
    return Solid(points, np.tile([0.0, 0.0, 1.0], (4, 1)), corners, np.array([[0, 1, 2], [0, 2, 3]]))


@functools.cache
def _box() -> Solid:
    up, half = _plane(), np.pi / 2
    sides = [[half, 0.0, k * half] for k in range(4)]
    top = Solid(up.points + np.array([0.0, 0.0, 0.5]), up.normals, up.texels, up.faces)
    angles = np.array([[0.0, 0.0, 0.0], *sides, [2 * half, 0.0, 0.0]])
    return _joined([top.moved(np.zeros(3), turn, np.ones(3)) for turn in turns(angles)])


def _joined(parts: Sequence[Solid]) -> Solid:
    starts = np.cumsum([0, *(len(part.points) for part in parts[:-1])])
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=True)])
    points, normals, texels = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("points", "normals", "texels")
    )
    return Solid(points, normals, texels, faces)
