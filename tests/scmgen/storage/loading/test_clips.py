"""Clips as other libraries read them, and as arrays: each way gives the frames that were drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from exported import made
from here import run
from libraries import need
from PIL import Image, ImageSequence

import scmgen
from scmgen.cli.main import main
from scmgen.dataset import catalogue
from scmgen.storage.loading.reader import Data

FRAMES, SIDE = 16, 16


@pytest.fixture(scope="module")
def pong(tmp_path_factory: pytest.TempPathFactory) -> Data:
    return made(tmp_path_factory.mktemp("clips") / "pong", "pong", n=5, interventions="hard:at=8")


def test_labels_have_a_time_in_which_twins_are_equal_until_the_do(pong: Data) -> None:
    labels = pong.labels("train")
    assert labels["ball_x"].dims == ("sample", "world", "time")
    np.testing.assert_array_equal(labels["time"], np.arange(FRAMES))
    both = labels["ball_x"].sel(world="cf") == labels["ball_x"].sel(world="factual")
    assert both.isel(time=slice(0, 8)).all() and not labels["do_mask"].isel(time=slice(0, 8)).any()


def test_no_variable_of_a_scene_that_moves_is_called_like_an_array_of_labels(pong: Data) -> None:
    labels = pong.labels("train")
    variables = {*pong.factors, *next(pong.rows("train"))["hidden"]}
    own = {str(name) for name in (*labels.variables, *labels.dims)} - variables
    for name in catalogue.scenes():
        scene = catalogue.find(name).scene
        if scene.frames is not None:
            assert not own & set(scene.scm.variables), name


def test_torch_gets_batches_of_clips(pong: Data, tmp_path: Path) -> None:
    need("torch")
    from torch.utils.data import DataLoader

    whole = pong.images("train", "image_cf")[:]
    for loader in (
        DataLoader(pong.samples("train", cache=tmp_path), batch_size=2),
        DataLoader(scmgen.ShardStream(pong.place.path, batch_size=2), batch_size=None),
    ):
        batches = list(loader)
        assert tuple(batches[0]["image"].shape) == (2, FRAMES, SIDE, SIDE, 3)
        assert tuple(batches[0]["do_mask"].shape) == (2, FRAMES, 7)
        order = np.argsort(np.concatenate([batch["index"].numpy() for batch in batches]))
        shown = np.concatenate([batch["image_cf"].numpy() for batch in batches])[order]
        np.testing.assert_array_equal(shown, whole)


def test_values_are_normalised_frame_by_frame(pong: Data) -> None:
    batch = next(pong.iterate("train", batch_size=4))
    scale = pong.normalisation
    wide = scale.normalise_factors(batch["factors"])
    assert wide.shape == (4, FRAMES, 16)  # an angle has two columns, a score five
    np.testing.assert_allclose(scale.denormalise_factors(wide), batch["factors"], atol=1e-5)
    np.testing.assert_array_equal(scale.denormalise_images(scale.normalise_images(batch["image"])), batch["image"])


def test_readers_that_know_no_clips_get_strips(pong: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("datasets")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    from datasets import load_dataset

    clip = pong.images("train")[0]
    row = load_dataset(str(pong.place.path), split="train", cache_dir=str(tmp_path / "cache"))[0]
    assert np.shape(row["label.json"]["factors"]["ball_x"]) == (FRAMES,)
    np.testing.assert_array_equal(np.asarray(row["image.png"]).reshape(FRAMES, SIDE, SIDE, 3), clip)


def test_a_pipeline_of_webdataset_has_clips(pong: Data) -> None:
    need("webdataset")
    for number, sample in enumerate(pong.webdataset("train")):
        np.testing.assert_array_equal(sample["image"], pong.images("train")[number])
        assert sample["factors"].shape == sample["do_mask"].shape == (FRAMES, 7)


def test_clips_that_were_written_are_shown_as_they_move(pong: Data, tmp_path: Path) -> None:
    out = tmp_path / "clips.webp"
    assert run(main, "scmgen", "show", pong.place.path, "--pairs", "2", "-o", out).returncode == 0
    with Image.open(out) as image:
        sheets = np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)])
    for k, member in enumerate(("image", "image_cf")):  # enlarged eight times, below the title, side by side
        shown = sheets[:, 44 : 44 + 128 : 8, 12 + 132 * k : 12 + 132 * k + 128 : 8]
        np.testing.assert_array_equal(shown, pong.images("train", member)[0])


def test_still_images_do_not_move(small: Path, tmp_path: Path) -> None:
    done = run(main, "scmgen", "show", small, "-o", tmp_path / "still.gif")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert done.stderr == f"scmgen: {small}: still images; a picture that moves needs clips\n"
