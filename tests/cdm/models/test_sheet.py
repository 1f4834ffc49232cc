"""Rows of images with captions."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch

from cdm.models import sheet


def test_captions_stand_above_their_images() -> None:
    rows = [("one\ntwo", torch.zeros(2, 3, 16, 16)), ("three", torch.zeros(2, 3, 16, 16))]
    bare, told = sheet.grid(rows), sheet.grid(rows, [["a\n= 0.5", "b\n= a name that is much too long"]])
    assert told.size == (bare.size[0], bare.size[1] + 30)


def test_an_image_is_shown_pixel_for_pixel_beside_its_name() -> None:
    images = torch.stack([torch.full((3, 96, 96), shade) for shade in (-1.0, 0.0, 1.0)])
    shown = np.asarray(sheet.grid([("name", images)]))
    assert (shown[4:100, -100:-4] == 255).all() and (shown[4:100, -200:-104] == 128).all()
    assert (shown[4:100, -300:-204] == 0).all()


def test_a_caption_is_cut_to_the_width_of_its_image() -> None:
    rows = [("name", torch.zeros(1, 3, 96, 96))]
    long, cut = (np.asarray(sheet.grid(rows, [[text]])) for text in ("w" * 500, "w" * 5000))
    assert long.shape == cut.shape and np.array_equal(long, cut)


def test_a_strip_is_shown_as_high_as_it_is() -> None:
    one, two = (sheet.grid([("name", torch.zeros(1, 3, tall, 96))]) for tall in (96, 192))
    assert (two.width, two.height) == (one.width, one.height + 96)
