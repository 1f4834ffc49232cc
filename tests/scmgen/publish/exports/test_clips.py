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
from scmgen.publish.exports.writing.formats import FORMATS


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


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> scmgen.Data:
    place = tmp_path_factory.mktemp("clips") / "fall"
    environments = [{"name": "calm"}, {"name": "storm", "at": 2, "parameters": {"gust": 0.6}}]
    told = {"n": 10, "size": 16, "interventions": parse("hard:at=2"), "environments": environments}
    build(catalogue.spec(catalogue.find("fall", frames=4), **told), place, workers=1)
    return scmgen.load(place)


@pytest.mark.parametrize("form", sorted(name for name, form in FORMATS.items() if form.clips))
def test_clips_that_come_into_environments_are_laid_out_like_others(
    form: str, changing: scmgen.Data, tmp_path: Path
) -> None:
    """Whose label has a list for ``domain``: the number of the environment of each frame."""
    if form in ("mp4", "causalverse"):
        pytest.importorskip("av", reason="needs scmgen[video]")
    assert [row["domain"] for row in changing.rows("test")] == [[0, 0, 1, 1]]
    out = exports.export(changing, form, tmp_path / "set", splits=["test"])
    assert [file for file in out.rglob("*") if file.suffix in (".npz", ".mp4") and file.stat().st_size]
