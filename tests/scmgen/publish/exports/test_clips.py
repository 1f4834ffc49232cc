"""Clips in the layouts that have a place for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.publish import exports


@pytest.fixture(scope="module")
def pong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("clips") / "pong"
    steps = parse("hard:at=each,probability=0.1")
    build(catalogue.spec(catalogue.find("pong"), n=10, size=16, interventions=steps), place)
    return place


def test_citris_gets_one_sequence_with_its_targets(pong: Path, tmp_path: Path) -> None:
    data = scmgen.load(pong)
    out = exports.export(data, "citris", tmp_path / "set")
    with np.load(out / "train.npz") as file:
        arrays = dict(file)
    n, frames = data.splits["train"], 16
    assert arrays["images"].shape == (n * frames, 16, 16, 3) and arrays["targets"].shape == (n * frames - 1, 7)
    assert np.array_equal(arrays["images"], data.images("train", "image_cf")[:].reshape(-1, 16, 16, 3))
    batch = next(data.iterate("train", batch_size=n))
    np.testing.assert_array_equal(arrays["latents"], batch["factors_cf"].reshape(-1, 7).astype(np.float32))
    marks = batch["do_mask"].copy()
    marks[:, 0] = 1  # a new clip begins
    np.testing.assert_array_equal(arrays["targets"], marks.reshape(-1, 7)[1:])


def test_citris_gets_independent_frames_and_triplets(pong: Path, tmp_path: Path) -> None:
    out = exports.export(scmgen.load(pong), "citris", tmp_path / "set")
    with np.load(out / "val_indep.npz") as file:
        alone = dict(file)
    assert alone["images"].shape == (16, 16, 16, 3) and alone["latents"].shape == (16, 7)
    with np.load(out / "val_triplets.npz") as file:
        triplets = dict(file)
    ones, twos, third = triplets["latents"].transpose(1, 0, 2)
    assert triplets["images"].shape == (16, 3, 16, 16, 3)
    np.testing.assert_array_equal(third, np.where(triplets["targets"] == 1, twos, ones))
    assert set(triplets["targets"].sum(axis=1)) <= set(range(1, 7))
