"""The layout of CITRIS, whose loaders cut windows out of a sequence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import factors, made

import scmgen
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
