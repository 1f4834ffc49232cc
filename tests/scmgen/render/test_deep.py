"""Depth and normals as bytes, and back: to a ten-thousandth of a length, and to half a degree."""

from __future__ import annotations

import numpy as np
import pytest

from scmgen.dataset import catalogue
from scmgen.dataset.sampling import compile_spec
from scmgen.errors import ScmgenError
from scmgen.render import deep


def test_a_depth_comes_back_to_half_a_step_and_nothing_stays_nothing() -> None:
    away = np.random.default_rng(0).uniform(0.001, 90, (4, 5)).astype(np.float32)
    assert np.abs(deep.depth(deep.packed_depth(away)) - away).max() <= 0.51e-4
    ends = np.array([0, 1e-9, 1677.7215, 1e6], np.float32)
    told = deep.packed_depth(ends)
    assert told.tolist() == [[0, 0, 0], [0, 0, 1], [255, 255, 255], [255, 255, 255]]
    assert deep.depth(told).tolist() == pytest.approx([0, 1e-4, 1677.7215, 1677.7215])
    assert (deep.packed_depth(deep.depth(deep.packed_depth(away))) == deep.packed_depth(away)).all()


def test_a_normal_comes_back_to_half_a_degree_and_nothing_stays_nothing() -> None:
    facing = np.random.default_rng(0).normal(size=(200, 3))
    facing = (facing / np.linalg.norm(facing, axis=1, keepdims=True)).astype(np.float32)
    again = deep.normals(deep.packed_normals(facing))
    assert np.degrees(np.arccos(np.clip((facing * again).sum(axis=1), -1, 1))).max() < 0.5
    assert np.allclose(np.linalg.norm(again, axis=1), 1)
    assert deep.normals(deep.packed_normals(np.zeros((1, 3), np.float32))).tolist() == [[0, 0, 0]]


def test_flat_marks_have_neither() -> None:
    said = r"flat marks have neither depth nor normals; a scene with a 'stage' has$"
    with pytest.raises(ScmgenError, match=f"^pendulum: normals: {said}"):
        compile_spec(catalogue.spec(catalogue.find("pendulum"), n=4, normals=True))
    scene = catalogue.load_scene("pendulum")
    with pytest.raises(ScmgenError, match=f"^pendulum: {said}"):
        scene.depth(scene.sample(1))
