"""Surfaces as MuJoCo holds them are those of the stage, wherever it moves their middle."""

from __future__ import annotations

import numpy as np
import pytest

from scmgen.errors import ScmgenError
from scmgen.pictures.meshes.mesh import Mesh
from scmgen.render.frame import framed
from scmgen.render.mujoco.engine import current
from scmgen.render.mujoco.kit import RING, Form, kit
from scmgen.render.mujoco.picture import Eye, Picture, Surface

pytest.importorskip("mujoco")
TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 2.0]])


@pytest.mark.parametrize("form", [Form("cone"), Form("box"), Form("plane"), Form("torus", 0.2)])
def test_a_form_that_is_posed_has_the_points_of_its_surface(form: Form) -> None:
    with current() as screen:
        made = kit(screen, (Form(RING), form), (), 16)
        number, at, axes = made.posed(screen, form, np.array([1.0, 2.0, 3.0]), TURN)
        first = made.model.mesh_vertadr[number // 2]
        held = made.model.mesh_vert[first : first + made.model.mesh_vertnum[number // 2]]
    points = form.solid.points @ TURN.T + [1.0, 2.0, 3.0]
    drawn = held @ axes.T + at
    assert np.allclose([drawn.min(axis=0), drawn.max(axis=0)], [points.min(axis=0), points.max(axis=0)], atol=1e-5)


def test_flat_faces_are_finer_than_they_need_be_and_a_plane_is_finest_in_its_middle() -> None:
    assert len(Form("box").solid.faces) == 12 * 4**3
    edges = np.unique(Form("plane").solid.points[:, 0])
    assert len(edges) == 33 and np.diff(edges).argmin() in (15, 16) and (edges[0], edges[-1]) == (-0.5, 0.5)


def test_a_mesh_that_mujoco_refuses_is_told() -> None:
    point = np.zeros((3, 3))
    mesh = Mesh(point, np.tile([0.0, 0.0, 1.0], (3, 1)), None, np.array([[0, 1, 2]]), b"")
    with current() as screen, pytest.raises(ScmgenError, match=r"^renderer mujoco: a mesh cannot be drawn: "):
        kit(screen, (Form("mesh", mesh=mesh),), (), 16)


def test_kits_that_are_forgotten_take_nothing_with_them() -> None:
    eye = Eye(np.array([0.0, 0.0, 4.0]), np.eye(3)[0], np.eye(3)[1], -np.eye(3)[2], 1.0, 4.0)
    with current() as screen:
        for tube in np.linspace(0.1, 0.4, 6):
            form = Form("torus", float(tube))
            picture = Picture(
                screen, kit(screen, (form,), (), 16), [Surface(form, np.zeros(3), np.eye(3))], eye, framed(16)
            )
            assert picture.numbered().sum() > 4
