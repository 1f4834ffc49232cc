"""Patches as sequences and as pictures."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.networks import grids


def test_cells_become_a_picture_row_by_row() -> None:
    cells = torch.arange(4.0)[None, :, None]
    assert grids.picture(cells).tolist() == [[[[0, 1], [2, 3]]]]
    places = grids.places(4, 16)
    assert places.shape == (16, 16)
    assert (torch.cdist(places, places) + torch.eye(16) > 0.1).all()  # no two places look alike
    assert torch.allclose(places[0, 8:], places[4, 8:]) and torch.allclose(places[0, :8], places[1, :8])
