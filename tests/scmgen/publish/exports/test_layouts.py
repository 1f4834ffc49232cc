"""Exports in the layouts of published trainers, read as their loaders read them."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import scmgen
from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.publish import exports
from scmgen.storage.loading.reader import Data


def made(place: Path, name: str, n: int = 40, interventions: str = "hard", **more: Any) -> Data:
    spec = catalogue.spec(catalogue.find(name), n=n, size=16, interventions=parse(interventions), **more)
    build(spec, place, workers=1)
    return scmgen.load(place)


def factors(data: Data, split: str, world: str = "") -> NDArray[np.float64]:
    return np.array([list(row[f"factors{world}"].values()) for row in data.rows(split, truth=True)])


# CausalVAE: its loader lists a folder and takes integers from the names


def listed(folder: Path) -> tuple[NDArray[np.int64], list[NDArray[np.uint8]]]:
    """Read labels and images as ``dataload_withlabel`` does, in the order of names."""
    names = sorted(path.name for path in folder.iterdir())
    labels = [[int(part) for part in name[: -len(".png")].split("_")[1:]] for name in names]
    images = []
    for name in names:
        with Image.open(folder / name) as image:
            images.append(np.asarray(image))
    return np.array(labels), images


def test_causalvae_names_are_the_published_steps_of_the_pendulum(small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    out = exports.export(data, "causalvae", tmp_path / "set")
    steps = np.array([200 / math.pi, 200 / math.pi, 1, 1])
    for split in data.splits:
        labels, images = listed(out / split)
        np.testing.assert_array_equal(labels, np.rint(factors(data, split) * steps))
        for image, pixels in zip(images, data.images(split)[:], strict=True):
            np.testing.assert_array_equal(image[..., :3], pixels)
            assert (image[..., 3] == 255).all()


def test_causalvae_writes_the_exact_labels_beside_the_folders(small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    out = exports.export(data, "causalvae", tmp_path / "set", splits=["test"])
    with (out / "labels.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["file"] for row in rows] == sorted(path.name for path in (out / "test").iterdir())
    assert [row["key"] for row in rows] == [f"test-{i:09d}" for i in range(30)]
    found = [[float(row[name]) for name in data.factors] for row in rows]
    np.testing.assert_array_equal(found, factors(data, "test"))


@pytest.mark.parametrize("name", ["shapes-fixed", "flow", "shadow-sun"])
def test_causalvae_steps_resolve_every_factor_and_the_scale_centres_it(name: str, tmp_path: Path) -> None:
    data = made(tmp_path / "data", name)
    out = exports.export(data, "causalvae", tmp_path / "set")
    with (out / "scale.csv").open(newline="") as table:
        scale = {row["factor"]: row for row in csv.DictReader(table)}
    labels, _ = listed(out / "train")
    values = factors(data, "train")
    for column, (factor, told) in enumerate(data.factors.items()):
        step, middle, half = (float(scale[factor][key]) for key in ("steps", "middle", "half_width"))
        np.testing.assert_allclose(labels[:, column] / step, values[:, column], atol=0.5 / step + 1e-12)
        low, high = told["range"]
        assert told["levels"] or (high - low) * step >= 99.9 or factor.startswith("shadow")
        inside = (values[:, column] >= low) & (values[:, column] <= high)
        assert (abs(labels[inside, column] - middle) <= half + 0.5).all()


# CausalCircuit: its loader joins ten training files


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
        world = ["", "_cf"][after]
        np.testing.assert_array_equal(found.arrays["original_latents"][:, after, :], factors(data, split, world))
    masks = np.array([row["do_mask"] for row in data.rows(split)])
    np.testing.assert_array_equal(found.arrays["intervention_masks"], masks.astype(bool))
    labels = found.arrays["intervention_labels"]
    assert labels.shape == (n,)
    assert all(
        mask.sum() == 0 if label == 0 else mask[label - 1] == 1 for label, mask in zip(labels, masks, strict=True)
    )


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


# CITRIS: its loaders cut windows out of a sequence


def windows(arrays: Any, length: int) -> list[tuple[Any, Any, Any]]:
    """Cut images, targets and latents as the published data sets do, which have no window across the end."""
    images, targets, latents = arrays["images"], arrays["targets"], arrays["latents"]
    spans = range(len(images) - length + 1)
    return [(images[i : i + length], targets[i : i + length - 1], latents[i : i + length]) for i in spans]


@pytest.mark.parametrize(("name", "split"), [("train", "train"), ("val", "validation"), ("test", "test")])
def test_citris_windows_are_pairs_and_the_ways_between_them(name: str, split: str, small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    with np.load(exports.export(data, "citris", tmp_path / "set") / f"{name}.npz") as file:
        arrays = dict(file)
    assert arrays["keys"].tolist() == list(data.factors)
    assert [arrays[key].dtype for key in ("images", "latents", "targets")] == [np.uint8, np.float32, np.float32]
    images, twins = data.images(split)[:], data.images(split, "image_cf")[:]
    before, after = factors(data, split), factors(data, split, "_cf")
    masks = np.array([row["do_mask"] for row in data.rows(split)])
    found = windows(arrays, 2)
    assert len(found) == 2 * data.splits[split] - 1
    for i, (pair, target, latent) in enumerate(found[::2]):
        np.testing.assert_array_equal(pair, [images[i], twins[i]])
        np.testing.assert_array_equal(target, [masks[i]])
        np.testing.assert_array_equal(latent, np.array([before[i], after[i]], np.float32))
    assert all((target == 1).all() for _, target, _ in found[1::2])


@pytest.mark.parametrize(("base", "undone"), [("previous", False), ("factual", True)])
def test_citris_targets_of_a_chain_tell_what_each_step_changed(base: str, undone: bool, tmp_path: Path) -> None:
    data = made(tmp_path / "data", "pendulum", interventions=f"hard; hard:base={base}")
    with np.load(exports.export(data, "citris", tmp_path / "set") / "train.npz") as file:
        arrays = dict(file)
    assert arrays["images"].shape == (3 * data.splits["train"], 16, 16, 3)
    rows = list(data.rows("train"))
    first, second = (np.array([row[key] for row in rows]) for key in ("do_mask", "do_mask2"))
    np.testing.assert_array_equal(arrays["targets"][0::3], first)
    np.testing.assert_array_equal(arrays["targets"][1::3], second | first if undone else second)
    assert (arrays["targets"][2::3] == 1).all()


def test_citris_settings_describe_variables_and_graph(tmp_path: Path) -> None:
    data = made(tmp_path / "data", "shadow-sun")
    out = exports.export(data, "citris", tmp_path / "set")
    settings = json.loads((out / "settings.json").read_bytes())
    info = settings["var_info"]
    assert list(info) == [name.replace("_", "-") for name in data.factors]
    assert info["light-position"] == "continuous_2.8"
    assert {told for told in info.values() if told.startswith("categ")} == {
        f"categ_{len(factor['levels'])}" for factor in data.factors.values() if factor["levels"]
    }
    graph = np.array(settings["causal_graph"])
    names = list(data.factors)
    assert data.graph is not None
    edges = {(names[i], names[j]) for i, j in zip(*np.nonzero(graph), strict=True)}
    assert edges == {(a, b) for a, b, kind in data.graph.edges(data="kind") if kind == "directed"}
