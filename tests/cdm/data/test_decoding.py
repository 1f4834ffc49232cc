"""Labels and images of every wrong form, in shards whose sums agree."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import tarfile
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import toy
from PIL import Image

from cdm.data import pairs
from cdm.errors import CdmError


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("good"), 12)


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


def _png(width: int, height: int, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, "PNG")
    return file.getvalue()


def _repainted(good: Path, out: Path, content: bytes) -> Path:
    """The data set with another first image in its training shard."""
    shutil.copytree(good, out)
    path = out / "toy-train-000000.tar"
    with tarfile.open(path) as archive:
        members = [(m.name, archive.extractfile(m).read()) for m in archive]  # type: ignore[union-attr]
    with tarfile.open(path, "w") as archive:
        for name, kept in members:
            toy._add(archive, name, content if name == "train-000000000.image.png" else kept)
    whole = path.read_bytes()
    fresh = {"sha256": hashlib.sha256(whole).hexdigest(), "bytes": len(whole)}
    toy.change(out, lambda manifest: manifest["shards"][0].update(fresh))
    return out


def _bomb() -> bytes:
    """A PNG of 16 x 16 pixels with a text of 300 MB that is packed into 300 kB."""
    text = zlib.compress(bytes(300_000_000), 9)
    chunk = b"zTXtx\0\0" + text
    whole = _png(16, 16)
    return whole[:33] + len(chunk[4:]).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") + whole[33:]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "a member is no readable PNG: "),
        (b"GIF89a", "a member is no readable PNG: "),
        (_png(16, 16)[:50], "a member is no readable PNG: "),
        (_png(16, 17), "an image of 16 x 17 pixels, not 16 x 16 as the manifest says"),
        (_png(9000, 9000, "1"), "an image of 9000 x 9000 pixels, not 16 x 16 as the manifest says"),
        (_png(20_000, 20_000, "1"), "a member is no readable PNG: Image size (400000000 pixels) exceeds limit"),
    ],
)
def test_an_image_that_is_none_or_of_another_size(good: Path, tmp_path: Path, content: bytes, message: str) -> None:
    out = _repainted(good, tmp_path / "toy", content)
    with pytest.raises(CdmError, match=f"^{re.escape(f'{out}/toy-train-000000.tar: {message}')}"):
        pairs.open_data(str(out), "train", tmp_path / "cache")


def test_what_an_image_unpacks_to_is_bounded(good: Path, tmp_path: Path) -> None:
    out = _repainted(good, tmp_path / "toy", _bomb())
    tracemalloc.start()
    with pytest.raises(CdmError, match="a member is no readable PNG: "):
        pairs.open_data(str(out), "train", tmp_path / "cache")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 80_000_000  # 64 MiB of it are what Pillow allows a text


def test_many_samples_are_decoded_a_few_at_a_time(tmp_path: Path) -> None:
    out = toy.write(tmp_path / "toy", 600)
    told: list[int] = []
    found = pairs.load(pairs.shards.read(str(out)), "train", tmp_path / "cache", told.append)
    assert told == [256, 256, 88]
    assert np.array_equal(found.arrays["image"], toy.draw(toy.values(np.random.default_rng(0), 600)["factors"]))
