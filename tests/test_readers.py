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
    grey = {ending: part.convert("L") for ending, part in members.items() if ending.startswith("mask")}
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


@pytest.fixture(scope="module")
def hugging_face(small: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Table]]:
    """Give what load_dataset(directory) reads, in a process of its own: it takes its settings at import."""
    if importlib.util.find_spec("datasets") is None:
        pytest.skip("datasets is not installed")
    settings = {**os.environ, "HF_HOME": str(tmp_path_factory.mktemp("hf")), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", HUGGING_FACE, str(small)], env=settings, capture_output=True, text=True, check=False
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
