"""A data set as it is opened: pixel for pixel, and decoded once."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch
import toy

from cdm.data import shards
from cdm.data.pairs import Pairs, open_data


def test_shards_are_read_pixel_for_pixel(toy_pairs: Pairs) -> None:
    table = toy.values(np.random.default_rng(0), 400)
    assert np.array_equal(toy_pairs.arrays["image"], toy.draw(table["factors"]))
    assert np.array_equal(toy_pairs.arrays["image_cf"], toy.draw(table["factors_cf"]))
    for name in ("factors", "factors_cf", "do_mask", "do_value"):
        assert np.array_equal(toy_pairs.arrays[name], table[name])
    batch = toy_pairs.batch(torch.arange(5))
    assert batch["image"].shape == (5, 3, 16, 16)
    assert batch["image"].min() >= -1 and batch["image"].max() <= 1
    assert batch["factors"].shape == (5, 5)


def test_the_cache_is_written_once(
    toy_data: Path, toy_pairs: Pairs, toy_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards.ShardFolder, "samples", None)  # nobody may read a shard again
    again = open_data(str(toy_data), "train", toy_cache)
    assert np.array_equal(again.arrays["image"], toy_pairs.arrays["image"])
    assert not [path for path in toy_cache.rglob(".*")]
