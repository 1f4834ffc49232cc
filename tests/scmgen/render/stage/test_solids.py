"""Shapes as triangles: closed, turned outwards, of width 1."""

from __future__ import annotations

import numpy as np
import pytest

from scmgen.render.stage.solids import Array, Solid, holds, solid, turns

CLOSED = {
    "sphere": np.pi / 6,
    "box": 1.0,
    "cylinder": np.pi / 4,
    "cone": np.pi / 12,
    "torus": 2 * np.pi**2 * 0.35 * 0.15**2,
}


@pytest.mark.parametrize(("name", "volume"), CLOSED.items())
def test_a_shape_is_closed_faces_outwards_and_has_its_volume(name: str, volume: float) -> None:
    shape = solid(name, 0.3)
    a, b, c = (shape.points[shape.faces[:, k]] for k in range(3))
    assert np.isclose(np.einsum("fi,fi->f", a, np.cross(b, c)).sum() / 6, volume, rtol=0.015)  # by Gauss
    facing = np.cross(b - a, c - a)
    real = np.linalg.norm(facing, axis=1) > 1e-12
    means = shape.normals[shape.faces].sum(axis=1)
    assert (np.einsum("fi,fi->f", facing, means)[real] > 0).all()
    assert np.allclose(np.linalg.norm(shape.normals, axis=1), 1)
    assert np.allclose(np.ptp(shape.points[:, :2], axis=0), 1) and np.ptp(shape.points[:, 2]) <= 1 + 1e-12
    assert shape.texels.min() == 0 and shape.texels.max() == 1


@pytest.mark.parametrize(("name", "volume"), CLOSED.items())
def test_a_shape_holds_as_many_points_as_its_volume_says(name: str, volume: float) -> None:
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (40_000, 3))
    assert np.isclose(holds(name, points, 0.3).mean(), volume, atol=0.01)


def test_a_plane_holds_nothing_and_faces_upwards() -> None:
    shape = solid("plane")
    assert (shape.normals == [0, 0, 1]).all() and np.ptp(shape.points, axis=0).tolist() == [1, 1, 0]
    assert not holds("plane", np.zeros((1, 3))).any()


def test_turns_are_about_x_then_y_then_z() -> None:
    quarter = np.pi / 2
    for angles, goes in (
        ([quarter, 0, 0], [0, 0, 1]),
        ([0, 0, quarter], [-1, 0, 0]),
        ([quarter, quarter, 0], [1, 0, 0]),
    ):
        assert np.allclose(turns(np.array([angles]))[0] @ [0, 1, 0], goes), angles
    one = turns(np.array([[0.3, -0.8, 2.0]]))[0]
    assert np.allclose(one @ one.T, np.eye(3)) and np.isclose(np.linalg.det(one), 1)


def test_a_shape_that_is_stretched_keeps_its_normals_across_its_surface() -> None:
    size, turn = np.array([2.0, 1.0, 0.5]), turns(np.array([[0.4, 0.2, 0.1]]))[0]
    moved = solid("sphere").moved(np.array([1.0, 2.0, 3.0]), turn, size)
    local = (moved.points - [1, 2, 3]) @ turn
    assert np.allclose((local / size) @ np.eye(3) * 2, solid("sphere").normals)
    gradient = (local / size**2) @ turn.T
    assert np.allclose(gradient / np.linalg.norm(gradient, axis=1, keepdims=True), moved.normals)


def test_a_surface_of_smaller_triangles_is_the_same_surface() -> None:
    whole, fine = solid("box"), solid("box").split(2)
    assert len(fine.faces) == 16 * len(whole.faces)

    def sides(told: Solid) -> Array:
        a, b, c = (told.points[told.faces[:, k]] for k in range(3))
        return np.asarray(np.cross(b - a, c - a) / 2)

    assert np.isclose(np.linalg.norm(sides(fine), axis=1).sum(), 6) and np.isclose(np.abs(fine.points).max(), 0.5)
    assert (sides(fine) * fine.normals[fine.faces[:, 0]] > -1e-12).all() and fine.texels.max() == 1
