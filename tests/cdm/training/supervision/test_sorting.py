"""Sorting pairs by what changed."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from bars import moved

from cdm.training.supervision import sorting


def test_pairs_are_sorted_by_what_changed() -> None:
    images, images2, _, mask = moved(600, 0)
    images2[:20] = images[:20]
    found = sorting.sort(images, images2, 2)
    assert (found[:20] == -1).all()
    right = (found[20:] == mask[20:].argmax(1)).float().mean()
    assert max(float(right), 1 - float(right)) > 0.97
    assert torch.equal(found, sorting.sort(images, images2, 2))


def test_nothing_is_sorted_where_nothing_changed() -> None:
    images = moved(50, 0)[0]
    assert (sorting.sort(images, images.clone(), 2) == -1).all()
