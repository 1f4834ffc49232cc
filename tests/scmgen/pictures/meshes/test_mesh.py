"""Meshes: about the origin and of width 1, shaded, and refused if they are none."""

from __future__ import annotations

from typing import Any

import meshed
import numpy as np
import pytest

from scmgen.errors import ScmgenError
from scmgen.pictures.meshes import mesh as meshes
from scmgen.pictures.meshes import ply
from scmgen.pictures.meshes.mesh import Raw, fans, mesh

CUBE = mesh(ply.read(meshed.ply(meshed.CUBE, meshed.SIDES), "c"), b"cube", "c")


def raw(points: Any, faces: Any, **more: Any) -> Raw:
    """What a file might hold."""
    told = {"normals": None, "texels": None, "shared": np.arange(len(points)), **more}
    return Raw(np.array(points, np.float64).reshape(-1, 3), np.array(faces, np.int64).reshape(-1, 3), **told)


def test_a_mesh_lies_about_the_origin_and_its_largest_side_is_1() -> None:
    tall = mesh(raw([[0, 0, 0], [1, 0, 0], [0, 0, 4], [9, 9, 9]], [[0, 1, 2]]), b"", "t")
    assert tall.points[:3].tolist() == [[-0.125, 0, -0.5], [0.125, 0, -0.5], [-0.125, 0, 0.5]]
    assert (CUBE.points.min(axis=0).tolist(), CUBE.points.max(axis=0).tolist()) == ([-0.5] * 3, [0.5] * 3)


def test_a_mesh_without_normals_is_shaded_smoothly_where_its_points_are_shared() -> None:
    assert np.allclose(CUBE.normals, CUBE.points / np.linalg.norm(CUBE.points, axis=1, keepdims=True), atol=0.35)
    assert ((CUBE.normals * CUBE.points).sum(axis=1) > 0).all()
    normals = np.array([[0, 3, 4], [0, 0, 0], [1, 0, 0]])
    told = mesh(raw([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]], normals=normals), b"", "n")
    assert told.normals.tolist() == [[0, 0.6, 0.8], [0, 0, 1], [1, 0, 0]]


def test_a_mesh_holds_what_it_closes_in_even_if_a_face_is_missing() -> None:
    points = np.random.default_rng(0).uniform(-0.7, 0.7, (60, 3))
    inside = (np.abs(points) < 0.5).all(axis=1)
    assert 5 < inside.sum() < 55 and (CUBE.holds(points) == inside).all()
    open_ = mesh(raw(CUBE.points, CUBE.faces[2:]), b"", "o")  # without its floor
    assert open_.holds(np.array([[0.0, 0.0, 0.2], [0.0, 0.0, -0.6]])).tolist() == [True, False]


def test_polygons_are_fans_of_triangles() -> None:
    corners, starts = np.array([5, 6, 7, 1, 2, 3, 4]), np.array([0, 3, 7])
    assert fans(corners, starts).tolist() == [[5, 6, 7], [1, 2, 3], [1, 3, 4]]
    assert fans(np.empty(0, np.int64), np.zeros(1, np.int64)).shape == (0, 3)


FAULTS = [
    ([[0, 0, 0]], [], "m: has no triangles"),
    ([[0, 0, 0], [1, 0, 0]], [[0, 1, 2]], "m: a triangle has point 2; there are 2, numbered from 0"),
    ([[0, 0, 0], [1, 0, 0]], [[0, 1, -1]], "m: a triangle has point -1; there are 2, numbered from 0"),
    ([[0, 0, 0], [1, 0, 0], [np.nan, 0, 0]], [[0, 1, 2]], "m: a point is not finite"),
    ([[1, 1, 1]] * 3, [[0, 1, 2]], "m: all of its points are one, or too far apart"),
    ([[0, 0, 0], [1, 1, 1], [2, 2, 2]], [[0, 1, 2]], "m: its triangles have no area"),
]


@pytest.mark.parametrize(("points", "faces", "message"), FAULTS)
def test_what_is_no_surface_is_refused(points: Any, faces: Any, message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        mesh(raw(points, faces), b"", "m")
    assert str(caught.value) == message


def test_what_is_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meshes, "TRIANGLES", 1)
    with pytest.raises(ScmgenError) as caught:
        mesh(raw([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]] * 2), b"", "m")
    most = "at most 1 triangles and 600,000 points are read; make it simpler"
    assert str(caught.value) == f"m: 2 faces and 3 points; {most}"
