"""A split as arrays: labels, images and caches that are damaged."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch
import toy

from cdm.data import pairs, shards
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("good"), 60)


def _rewritten(good: Path, out: Path, change: Any) -> Path:
    """The data set with the second label of its training shard changed, and its sum with it."""
    shutil.copytree(good, out)
    path = out / "toy-train-000000.tar"
    with tarfile.open(path) as archive:
        members = [(m.name, archive.extractfile(m).read()) for m in archive]  # type: ignore[union-attr]
    with tarfile.open(path, "w") as archive:
        for name, content in members:
            kept = change(json.loads(content)) if name == "train-000000001.label.json" else content
            if kept is not None:
                toy._add(archive, name, kept if isinstance(kept, bytes) else json.dumps(kept).encode())
    content = path.read_bytes()
    fresh = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    toy.change(out, lambda manifest: manifest["shards"][0].update(fresh))
    return out


def _without(*keys: str) -> Any:
    def change(label: dict[str, Any]) -> dict[str, Any]:
        part = label
        for key in keys[:-1]:
            part = part[key]
        del part[keys[-1]]
        return label

    return change


def _with(**changes: Any) -> Any:
    return lambda label: {**label, **changes}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without("factors"), "label.json of sample 1: has no factors"),
        (_without("factors_cf", "b"), "label.json of sample 1: factors_cf has no b"),
        (_without("do_mask"), "label.json of sample 1: has no do_mask"),
        (_with(do_mask=[0, 2, 0]), "label.json of sample 1: do_mask[1]: one of 0, 1 is needed, found 2"),
        (_with(do_mask=[0, 1]), "label.json of sample 1: do_mask: 3 values are needed, found 2"),
        (_with(do_value=["x", 0.0, 0.0]), 'label.json of sample 1: do_value[0]: a number is needed, found "x"'),
        (_with(do_value=[0.0, float("inf"), 0.0]), "label.json of sample 1: do_value[1]: a number is needed, found I"),
        (_with(factors={"a": 0.1, "b": 0.2, "k": 7.0}), "label.json of sample 1: factors.k: one of 0, 1, 2 is needed"),
        (_with(factors=[1, 2, 3]), "label.json of sample 1: factors: a mapping is needed, found [1, 2, 3]"),
        (lambda label: [], "label.json of sample 1: it: a mapping is needed, found []"),
        (lambda label: b"{", "label.json: damaged: not valid JSON"),
        (lambda label: b"\xff", "label.json: damaged: not valid JSON"),
        (lambda label: None, "a sample has no label.json, though the manifest lists it among the members"),
    ],
)  # fmt: skip
def test_a_label_of_another_form_is_told_where(good: Path, tmp_path: Path, change: Any, message: str) -> None:
    out = _rewritten(good, tmp_path / "toy", change)
    with pytest.raises(CdmError, match=f"^{re.escape(f'{out}/toy-train-000000.tar: {message}')}"):
        pairs.open_data(str(out), "train", tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*.npy"))


def test_an_empty_split_and_a_damaged_cache(good: Path, tmp_path: Path) -> None:
    empty = toy.write(tmp_path / "toy", 3)  # a quarter of three is none
    with pytest.raises(CdmError, match=r"toy: split test holds no samples$"):
        pairs.open_data(str(empty), "test", tmp_path)
    pairs.open_data(str(good), "train", tmp_path)
    (spoiled,) = tmp_path.rglob("train/image.npy")
    spoiled.write_bytes(spoiled.read_bytes()[:100])
    with pytest.raises(
        CdmError, match=rf"^{re.escape(str(spoiled))}: damaged \(.*\); remove .*train, it is made again$"
    ):
        pairs.open_data(str(good), "train", tmp_path)


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
