"""Images as floats and as bytes."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.data import images


def test_values_beyond_the_range_of_images_are_cut_to_it() -> None:
    drawn = images.to_bytes(torch.tensor([-3.0, -1.0, 1.0, 3.0]).view(4, 1, 1, 1).expand(4, 3, 1, 1))
    assert drawn.dtype == torch.uint8 and drawn[:, 0, 0, 0].tolist() == [0, 0, 255, 255]


def test_bytes_come_back_as_they_were() -> None:
    pixels = torch.arange(256, dtype=torch.uint8)[:, None, None, None].expand(256, 2, 2, 3)
    assert torch.equal(images.to_bytes(images.to_floats(pixels)), pixels)
