"""Rows of images with captions."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.runs import pictures


def test_captions_stand_above_their_images() -> None:
    rows = [("one\ntwo", torch.zeros(2, 3, 16, 16)), ("three", torch.zeros(2, 3, 16, 16))]
    bare, told = pictures.grid(rows), pictures.grid(rows, [["a\n= 0.5", "b\n= a name that is much too long"]])
    assert told.size == (bare.size[0], bare.size[1] + 30)
