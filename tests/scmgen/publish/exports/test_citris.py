"""The layout of CITRIS, whose loaders cut windows out of a sequence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import factors, made
from stored import dataset_of

import scmgen
from scmgen import ScmgenError
from scmgen.publish import exports


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


def opened(folder: Path, name: str) -> dict[str, Any]:
    with np.load(folder / f"{name}.npz") as file:
        return dict(file)


def test_citris_has_every_file_that_its_trainer_opens(small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    out = exports.export(data, "citris", tmp_path / "set")
    asked = {"train", "val_indep", "val_triplets", "test_indep", "test_triplets"}  # load_datasets of its utils
    assert {path.stem for path in out.glob("*.npz")} == asked | {"val", "test"}
    for name in ("val", "test"):
        single, triplets = opened(out, f"{name}_indep"), opened(out, f"{name}_triplets")
        assert {key: array.shape for key, array in single.items()} == {
            "keys": (4,),
            "images": (30, 64, 64, 3),
            "latents": (30, 4),
            "targets": (30, 4),
        }
        assert {key: array.shape for key, array in triplets.items()} == {
            "keys": (4,),
            "images": (30, 3, 64, 64, 3),
            "latents": (30, 3, 4),
            "targets": (30, 4),
        }
        for arrays in (single, triplets):
            assert [arrays[key].dtype for key in ("images", "latents", "targets")] == [np.uint8, np.float32, np.float32]
            assert arrays["keys"].tolist() == list(data.factors)


def test_citris_triplets_recombine_the_factors_of_two_images_exactly(small: Path, tmp_path: Path) -> None:
    data, spec = scmgen.load(small), dataset_of(small)
    found = opened(exports.export(data, "citris", tmp_path / "set"), "test_triplets")
    images, values = data.images("test")[:], factors(data, "test")
    np.testing.assert_array_equal(found["images"][:, 0], images)
    np.testing.assert_array_equal(found["images"][:, 1], np.roll(images, -1, axis=0))
    mixed = np.where(found["targets"] == 1, np.roll(values, -1, axis=0), values)
    np.testing.assert_array_equal(found["latents"][:, 2], mixed.astype(np.float32))
    assert set(found["targets"].sum(axis=1)) <= {1, 2, 3}  # never all of one image
    noise = {name: np.array([row["noise"][name] for row in data.rows("test")]) for name in spec.scene.scm.exogenous}
    world = spec.scene.scm.solve(noise, dict(zip(data.factors, mixed.T, strict=True)))
    np.testing.assert_array_equal(found["images"][:, 2], spec.scene.render(world, 64))


def test_citris_independent_factors_fill_their_ranges_and_do_not_depend(tmp_path: Path) -> None:
    data = made(tmp_path / "data", "pendulum", n=2_000)
    found = opened(exports.export(data, "citris", tmp_path / "set", splits=["test"]), "test_indep")
    values = found["latents"]
    low, high = np.array([factor["range"] for factor in data.factors.values()]).T
    assert ((values >= low) & (values <= high)).all()
    assert ((values.min(axis=0) - low) / (high - low) < 0.05).all()
    assert ((high - values.max(axis=0)) / (high - low) < 0.05).all()
    apart = np.corrcoef(values.T)[~np.eye(4, dtype=bool)]
    assert abs(apart).max() < 0.25  # in the data set itself 0.9
    assert abs(np.corrcoef(factors(data, "test").T)[~np.eye(4, dtype=bool)]).max() > 0.6


def test_citris_writes_a_phase_in_rad(tmp_path: Path) -> None:
    data = made(tmp_path / "data", "shadow-sun")
    out = exports.export(data, "citris", tmp_path / "set")
    info = json.loads((out / "settings.json").read_bytes())["var_info"]
    assert [name for name, told in info.items() if told == "angle"] == ["light-hue", "floor-hue"]
    column = list(data.factors).index("light_hue")
    turns = factors(data, "train")[:, column]
    np.testing.assert_allclose(opened(out, "train")["latents"][::2, column], turns * 2 * np.pi, rtol=1e-6)
    for name in ("test_indep", "test_triplets"):
        assert opened(out, name)["latents"][..., column].max() > 4


def test_citris_refuses_two_splits_of_one_name(tmp_path: Path) -> None:
    splits = [{"name": "val", "share": 1}, {"name": "validation", "share": 1}]
    data = made(tmp_path / "data", "pendulum", splits=splits)
    with pytest.raises(ScmgenError) as caught:
        exports.export(data, "citris", tmp_path / "set")
    told = "--to citris: the splits val and validation would both be called val; choose one"
    assert str(caught.value) == told
    assert not (tmp_path / "set").exists()


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
