"""The layout of CausalCircuit, whose loader joins ten training files."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from exported import factors, made
from numpy.typing import NDArray
from PIL import Image

import scmgen
from scmgen import ScmgenError
from scmgen.publish import exports


class Circuit:
    """What the published ``CausalImageDataset`` gives."""

    def __init__(self, folder: Path, tag: str) -> None:
        names = [f"train-{i}" for i in range(10)] if tag == "train" else [tag]
        parts = [dict(np.load(folder / f"{name}.npz")) for name in names]
        self.arrays = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}

    def image(self, index: int, after: int) -> NDArray[np.uint8]:
        buffer = io.BytesIO()
        buffer.write(self.arrays["imgs"][index, after])
        return np.array(Image.open(buffer))


@pytest.mark.parametrize(("tag", "split"), [("train", "train"), ("val", "validation"), ("test", "test")])
def test_causalcircuit_pairs_are_those_of_the_data_set(tag: str, split: str, small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    found = Circuit(exports.export(data, "causalcircuit", tmp_path / "set"), tag)
    assert set(found.arrays) == {"imgs", "original_latents", "epsilon", "intervention_labels", "intervention_masks"}
    n = data.splits[split]
    for after, member in enumerate(("image", "image_cf")):
        expected = data.images(split, member)[:]
        assert all((found.image(i, after) == expected[i]).all() for i in range(n))
        low, high = np.array([factor["range"] for factor in data.factors.values()]).T
        place = (factors(data, split, ["", "_cf"][after]) - low) / (high - low)
        np.testing.assert_array_equal(found.arrays["original_latents"][:, after, :], place)
    masks = np.array([row["do_mask"] for row in data.rows(split)])
    np.testing.assert_array_equal(found.arrays["intervention_masks"], masks.astype(bool))
    labels = found.arrays["intervention_labels"]
    assert labels.shape == (n,)
    assert all(
        mask.sum() == 0 if label == 0 else mask[label - 1] == 1 for label, mask in zip(labels, masks, strict=True)
    )


def test_causalcircuit_scales_labels_to_the_unit_range_and_leaves_them_on_request(tmp_path: Path) -> None:
    data = made(tmp_path / "data", "shadow-sun")
    scaled = Circuit(exports.export(data, "causalcircuit", tmp_path / "scaled"), "train").arrays["original_latents"]
    assert 0 <= scaled.min() and scaled.max() <= 1
    shapes = np.unique(scaled[..., list(data.factors).index("shape")])
    assert set(shapes) <= {0, 0.25, 0.5, 0.75, 1}
    plain = Circuit(exports.export(data, "causalcircuit", tmp_path / "plain", units=True), "train").arrays
    for after, world in enumerate(("", "_cf")):
        np.testing.assert_array_equal(plain["original_latents"][:, after], factors(data, "train", world))


def test_causalcircuit_noise_is_that_of_the_factors_and_of_a_uniform_do(small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    found = Circuit(exports.export(data, "causalcircuit", tmp_path / "set"), "test").arrays
    noise = np.array([[row["noise"][name] for name in data.factors] for row in data.rows("test")])
    np.testing.assert_array_equal(found["epsilon"][:, 0], noise)
    mask = found["intervention_masks"]
    np.testing.assert_array_equal(found["epsilon"][:, 1][~mask], noise[~mask])
    low, high = np.array([factor["range"] for factor in data.factors.values()]).T
    np.testing.assert_allclose((low + found["epsilon"][:, 1] * (high - low))[mask], factors(data, "test", "_cf")[mask])


def test_causalcircuit_noise_stays_under_a_soft_do_and_is_half_where_there_is_none(tmp_path: Path) -> None:
    data = made(tmp_path / "data", "pendulum-classic", interventions="soft:scale=0.5")
    found = Circuit(exports.export(data, "causalcircuit", tmp_path / "set"), "train").arrays
    np.testing.assert_array_equal(found["epsilon"][:, 0], found["epsilon"][:, 1])
    assert (found["epsilon"][:, 0, 2:] == 0.5).all()  # shadow length and position are functions of their causes
    assert (found["epsilon"][:, 0, :2] != 0.5).all()


def test_causalcircuit_refuses_several_targets_and_a_training_split_of_a_few(tmp_path: Path) -> None:
    several = made(tmp_path / "several", "pendulum", interventions="hard:sizes=[2]")
    with pytest.raises(ScmgenError, match="--to causalcircuit: ") as caught:
        exports.export(several, "causalcircuit", tmp_path / "set")
    told = "--to causalcircuit: train-\\d{9} has 2 targets at once, and the layout names one a pair"
    assert re.fullmatch(told, str(caught.value))
    few = made(tmp_path / "few", "pendulum", n=10)
    with pytest.raises(ScmgenError) as caught:
        exports.export(few, "causalcircuit", tmp_path / "set")
    assert str(caught.value) == "--to causalcircuit: train is split over 10 files, and has 8 samples"
    assert not (tmp_path / "set").exists()
