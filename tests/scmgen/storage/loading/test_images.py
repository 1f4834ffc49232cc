"""The images of a split, decoded as they are asked for."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from stored import files, pillow

import scmgen


@pytest.mark.parametrize("member", ["image", "image_cf", "mask", "mask_cf"])
def test_images_are_those_that_pillow_reads(small: Path, member: str) -> None:
    written = files(small, "train")
    images = scmgen.load(small).images("train", member)
    grey = member.startswith("mask")
    assert len(images) == 240 and images.dtype == np.uint8
    assert images.shape == ((240, 64, 64) if grey else (240, 64, 64, 3))
    whole = np.asarray(images)
    assert all(np.array_equal(whole[i], pillow(written[f"train-{i:09d}.{member}.png"])) for i in range(240))
    for key in (slice(95, 205, 7), [3, 1, 4, -1, 199], np.array([100, 99]), np.arange(240) % 50 == 0, slice(0, 0)):
        assert np.array_equal(images[key], whole[key])
    assert np.array_equal(images[-2], whole[-2])
    for missing in (240, -241):
        with pytest.raises(IndexError):
            images[missing]
    for wrong in (np.ones(7, bool), [0.5], np.array([[1, 2]]), [240]):
        with pytest.raises(IndexError):
            images[wrong]


def test_a_few_images_of_very_many_cost_only_themselves(small: Path) -> None:
    known = scmgen.load(small).images("train")
    claiming = dataclasses.replace(
        known, shards=[known.shards[0], dataclasses.replace(known.shards[1], samples=10**11)]
    )
    assert len(claiming) > 10**11
    assert np.array_equal(claiming[5:7], known[5:7]) and np.array_equal(claiming[[3, 1]], known[[3, 1]])
    assert np.array_equal(claiming[-len(claiming)], known[0])
