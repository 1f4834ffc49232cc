"""A mesh: a surface of triangles, whatever file it comes from, of width 1 about the origin."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

TRIANGLES = 200_000  # of a mesh
POINTS = 3 * TRIANGLES


@dataclass(frozen=True, eq=False)
class Raw:
    """What stands in a file.

    Attributes:
        points: ``(v, 3)``.
        faces: ``(f, 3)`` numbers of points.
        normals: ``(v, 3)``, or None.
        texels: ``(v, 2)`` places in a texture, or None.
        shared: ``(v,)`` which points are one, and are shaded as one where the file has no normals.
    """

    points: Array
    faces: Whole
    normals: Array | None
    texels: Array | None
    shared: Whole


@dataclass(frozen=True, eq=False)
class Mesh:
    """A surface about the origin, whose largest side is 1.

    Attributes:
        points, normals: ``(v, 3)``.
        texels: ``(v, 2)`` places in a texture from 0 to 1, from the lower left; None if the file has none.
        faces: ``(f, 3)`` numbers of points.
        sum: of the file.
    """

    points: Array
    normals: Array
    texels: Array | None
    faces: Whole
    sum: bytes

    def holds(self, points: Array) -> NDArray[np.bool_]:
        """Whether points ``(n, 3)`` lie in it: whether its triangles, as seen from there, cover most directions.

        So it is told of meshes with holes, too (Jacobson et al. 2013, generalized winding numbers).
        """
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        inside = ((points > low) & (points < high)).all(axis=1)
        for row in np.flatnonzero(inside):
            inside[row] = abs(self._winding(points[row])) > 0.5
        return np.asarray(inside)

    def _winding(self, point: Array) -> float:
        a, b, c = (self.points[self.faces[:, k]] - point for k in range(3))
        la, lb, lc = (np.linalg.norm(side, axis=1) for side in (a, b, c))
        volume = (a * np.cross(b, c)).sum(axis=1)
        rest = la * lb * lc + (a * b).sum(axis=1) * lc + (b * c).sum(axis=1) * la + (c * a).sum(axis=1) * lb
        return float(2.0 * np.arctan2(volume, rest).sum() / (4.0 * np.pi))


def mesh(raw: Raw, data: bytes, where: str) -> Mesh:
    """What stands in a file of these bytes as a mesh; ``where`` says which file.

    Raises:
        ScmgenError: if it is too much, or no surface.
    """
    check_counts(len(raw.points), len(raw.faces), where)
    if not len(raw.faces):
        raise ScmgenError(f"{where}: has no triangles")
    if raw.faces.min() < 0 or raw.faces.max() >= len(raw.points):
        wrong = int(raw.faces.max() if raw.faces.max() >= len(raw.points) else raw.faces.min())
        raise ScmgenError(f"{where}: a triangle has point {wrong}; there are {len(raw.points):,}, numbered from 0")
    used = raw.points[raw.faces]
    if not np.isfinite(used).all():
        raise ScmgenError(f"{where}: a point is not finite")
    low, high = used.min(axis=(0, 1)), used.max(axis=(0, 1))
    side = float((high - low).max())
    if not 0.0 < side < np.inf:
        raise ScmgenError(f"{where}: all of its points are one, or too far apart")
    points = (np.nan_to_num(raw.points, posinf=0.0, neginf=0.0) - (low + high) / 2.0) / side
    corners = points[raw.faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    if not across.any():
        raise ScmgenError(f"{where}: its triangles have no area")
    normals = _smooth(raw, across) if raw.normals is None else raw.normals
    texels = None if raw.texels is None else np.nan_to_num(raw.texels, posinf=0.0, neginf=0.0)
    return Mesh(points, _unit(normals), texels, raw.faces, hashlib.sha256(data).digest())


def check_counts(points: int, faces: int, where: str) -> None:
    """Raise :class:`ScmgenError` if a file says that it holds more than is read."""
    if points > POINTS or faces > TRIANGLES:
        most = f"at most {TRIANGLES:,} triangles and {POINTS:,} points are read; make it simpler"
        raise ScmgenError(f"{where}: {faces:,} faces and {points:,} points; {most}")


def fans(corners: Whole, starts: Whole) -> Whole:
    """Triangles ``(f, 3)`` of polygons, each around its first corner.

    Args:
        corners: the numbers of points of all, one polygon after the other.
        starts: ``(polygons + 1,)``, where each begins, and where the last one ends.
    """
    counts = np.diff(starts) - 2
    first = np.repeat(starts[:-1], counts)
    along = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.stack([corners[first], corners[first + along + 1], corners[first + along + 2]], axis=1)


def _smooth(raw: Raw, across: Array) -> Array:
    """Normals of points that are shared by triangles: a mean of theirs, the larger ones weigh more."""
    total = np.zeros((int(raw.shared.max()) + 1, 3))
    for k in range(3):
        np.add.at(total, raw.shared[raw.faces[:, k]], across)
    return np.asarray(total[raw.shared])


def _unit(normals: Array) -> Array:
    """Directions of length 1; where there is none, upwards."""
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    known = np.isfinite(lengths) & (lengths > 0.0)
    return np.where(known, normals / np.where(known, lengths, 1.0), [0.0, 0.0, 1.0])
