"""What people read shards with: webdataset, Hugging Face datasets and tarfile give the same pixels and labels."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

SPLITS = {"train": 240, "validation": 30, "test": 30}

Table = dict[str, dict[str, Any]]
"""Key -> member -> label, or mode, size and checksum of an image's pixels."""


def pixels(image: Image.Image) -> list[Any]:
    return [image.mode, list(image.size), zlib.crc32(np.asarray(image).tobytes())]


def decoded(sample: dict[str, Any]) -> dict[str, Any]:
    """Leave a reader's own columns out; webdataset decodes every image to RGB."""
    members = {ending: part for ending, part in sample.items() if not ending.startswith("__")}
    grey = {ending: part.convert("L") for ending, part in members.items() if ending.startswith(("mask", "effect"))}
    return {ending: part if ending == "label.json" else pixels(part) for ending, part in {**members, **grey}.items()}


def plain(out: Path, split: str) -> Table:
    """Read a split with tarfile, json and Pillow."""
    table: Table = {}
    for path in sorted(out.glob(f"pendulum-{split}-*.tar")):
        with tarfile.open(path) as archive:
            for member in archive:
                name, _, ending = member.name.partition(".")
                content = archive.extractfile(member).read()  # type: ignore[union-attr]
                sample = table.setdefault(name, {})
                sample[ending] = (
                    json.loads(content) if ending == "label.json" else pixels(Image.open(io.BytesIO(content)))
                )
    return table


@pytest.mark.parametrize(("split", "size"), SPLITS.items())
def test_tarfile_reads_every_key_and_member(small: Path, split: str, size: int) -> None:
    table = plain(small, split)
    assert list(table) == [f"{split}-{index:09d}" for index in range(size)]
    assert {tuple(sample) for sample in table.values()} == {
        ("image.png", "image_cf.png", "mask.png", "mask_cf.png", "label.json")
    }
    assert [sample["label.json"]["index"] for sample in table.values()] == list(range(size))
    assert {sample["label.json"]["split"] for sample in table.values()} == {split}
    assert {(sample["image.png"][0], sample["mask.png"][0]) for sample in table.values()} == {("RGB", "L")}


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)  # it leaves shards open
@pytest.mark.parametrize("split", SPLITS)
def test_webdataset_reads_the_same(small: Path, split: str) -> None:
    import webdataset

    shards = [str(path) for path in sorted(small.glob(f"pendulum-{split}-*.tar"))]
    samples: Any = webdataset.WebDataset(shards, shardshuffle=False).decode("pil")
    if importlib.util.find_spec("torch"):
        from torch.utils.data import DataLoader

        samples = DataLoader(samples, batch_size=None, num_workers=0)
    assert {sample["__key__"]: decoded(sample) for sample in samples} == plain(small, split)


HUGGING_FACE = """
import json, sys, zlib
import numpy as np
from datasets import load_dataset

def pixels(image):
    return [image.mode, list(image.size), zlib.crc32(np.asarray(image).tobytes())]

found = {}
for how in ("map", "streaming"):
    for split, rows in load_dataset(sys.argv[1], streaming=how == "streaming").items():
        table = found.setdefault(how, {}).setdefault(split, {})
        for row in rows:
            members = {ending: part for ending, part in row.items() if not ending.startswith("__")}
            table[row["__key__"]] = {e: part if e == "label.json" else pixels(part) for e, part in members.items()}
json.dump(found, sys.stdout)
"""


def test_what_labels_withhold_stands_beside_the_shard(weak: Path) -> None:
    for split in SPLITS:
        lines = (weak / f"pendulum-{split}-000000.truth.jsonl").read_text().splitlines()
        apart = {line.pop("key"): line for line in map(json.loads, lines)}
        table = plain(weak, split)
        assert list(apart) == list(table)
        for name, sample in table.items():
            told = set(sample["label.json"])
            assert told == {"index", "split", "domain", "factors", "hidden", "noise"}
            assert set(apart[name]) == {
                part + step
                for step in ("", "2")
                for part in ("factors_cf", "hidden_cf", "do_kind", "do_mask", "do_value", "do_scale", "do_shift")
            }


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_chain_with_hidden_labels_loads_alike(weak: Path, tmp_path: Path) -> None:
    import webdataset

    found = load_dataset(weak, tmp_path)
    worlds, rest = ("", "_cf", "_cf2"), ("effect.png", "effect2.png", "label.json")
    for split in SPLITS:
        table = plain(weak, split)
        assert {tuple(sample) for sample in table.values()} == {
            (*(f"image{world}.png" for world in worlds), *(f"mask{world}.png" for world in worlds), *rest)
        }
        assert found["map"][split] == found["streaming"][split] == table
        shards = [str(path) for path in sorted(weak.glob(f"pendulum-{split}-*.tar"))]
        samples: Any = webdataset.WebDataset(shards, shardshuffle=False).decode("pil")
        assert {sample["__key__"]: decoded(sample) for sample in samples} == table


@pytest.fixture(scope="module")
def hugging_face(small: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Table]]:
    """Give what load_dataset(directory) reads."""
    return load_dataset(small, tmp_path_factory.mktemp("hf"))


def load_dataset(out: Path, home: Path) -> dict[str, dict[str, Table]]:
    """Read with Hugging Face datasets in a process of its own: it takes its settings at import."""
    if importlib.util.find_spec("datasets") is None:
        pytest.skip("datasets is not installed")
    settings = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", HUGGING_FACE, str(out)], env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Table]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("how", ["map", "streaming"])
@pytest.mark.parametrize("split", SPLITS)
def test_hugging_face_datasets_reads_the_same(
    small: Path, hugging_face: dict[str, dict[str, Table]], how: str, split: str
) -> None:
    assert list(hugging_face[how]) == list(SPLITS)
    assert hugging_face[how][split] == plain(small, split)
