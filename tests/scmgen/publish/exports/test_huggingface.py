"""Image folders and Parquet: the library datasets reads back splits, images and labels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from class_folders import class_folders
from libraries import need

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.publish import exports
from scmgen.storage.loading.reader import Data

READ = """
import json, os, sys, tempfile, warnings, zlib
import datasets, numpy as np
datasets.disable_progress_bars()
warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
for line in sys.stdin:
    how, where = json.loads(line)
    child = os.fork()  # which knows nothing of what was read before
    if child and os.waitpid(child, 0)[1]:
        sys.exit(1)
    if child:
        continue
    given = {"data_dir": where} if how != "card" else {}
    with tempfile.TemporaryDirectory() as cache:
        found = datasets.load_dataset(where if how == "card" else how, cache_dir=cache, **given)
        table = {}
        for split, part in found.items():
            for row in part:
                images = {k: zlib.crc32(np.asarray(v).tobytes()) for k, v in row.items() if hasattr(v, "mode")}
                table[row["key"]] = {**row, **images, "split_of": split}
        print(json.dumps(table), flush=True)
    sys.exit()
"""
Read = Callable[[str, Path], dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def hugging_face(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    """Give what reads exports with ``datasets``, in a process of its own: it takes its settings at import."""
    home = tmp_path_factory.mktemp("datasets")
    settings = {"HF_HOME": str(home / "cache"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    with (home / "errors").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", READ], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            env={**os.environ, **settings},
        )  # fmt: skip

    def read(how: str, out: Path) -> dict[str, dict[str, Any]]:
        assert process.stdin is not None and process.stdout is not None
        print(json.dumps([how, str(out)]), file=process.stdin, flush=True)
        told = process.stdout.readline()
        assert told, (home / "errors").read_text()
        table: dict[str, dict[str, Any]] = json.loads(told)
        return table

    with process:
        yield read


@pytest.mark.parametrize(("to", "how"), [("imagefolder", "card"), ("imagefolder", "imagefolder"), ("parquet", "card")])
def test_imagefolder_and_parquet_are_read_by_datasets(
    case: tuple[Data, bool], hugging_face: Read, to: str, how: str, tmp_path: Path
) -> None:
    need("datasets", "pyarrow")
    data, truth = case
    out = exports.export(data, to, tmp_path / "set", truth=truth)
    found = hugging_face(how, out)
    for split in data.splits:
        rows = list(data.rows(split, truth))
        images = {member: data.images(split, member)[:] for member in data.members}
        for number, row in enumerate(rows):
            sums = {member: zlib.crc32(pixels[number].tobytes()) for member, pixels in images.items()}
            key = f"{split}-{number:09d}"
            assert found.pop(key) == {"key": key, "split_of": split, **sums, **row}
    assert not found


@pytest.mark.parametrize("folder", [".", "train", "test"])
def test_a_reader_of_class_folders_finds_the_factual_images_alone(folder: str, small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    out = exports.export(data, "imagefolder", tmp_path / "set")
    found = class_folders(out / folder)
    keys = {split: [f"{split}-{i:09d}.png" for i in range(n)] for split, n in data.splits.items()}
    assert found == ({split: keys[split] for split in keys} if folder == "." else {"image": keys[folder]})
    assert {path.suffix for path in (out / "train").iterdir()} == {"", ".jsonl", ".apng"}


def test_pandas_and_arrow_read_the_directory_of_a_parquet_export(small: Path, tmp_path: Path) -> None:
    need("pyarrow", "pandas")
    import pandas
    import pyarrow.dataset

    data = scmgen.load(small)
    out = exports.export(data, "parquet", tmp_path / "set")
    frame = pandas.read_parquet(out)
    assert frame["split"].value_counts().to_dict() == data.splits
    first = frame[frame["key"] == "test-000000003"].iloc[0]
    assert first["factors"] == list(data.rows("test"))[3]["factors"]
    assert first["image"]["bytes"].startswith(b"\x89PNG")
    assert pyarrow.dataset.dataset(out).count_rows() == 300
    assert {path.name for path in out.iterdir()} == {"data", "_README.md", "_source.json"}


def test_a_parquet_export_of_an_earlier_version_is_replaced(small: Path, tmp_path: Path) -> None:
    need("pyarrow")
    out = exports.export(scmgen.load(small), "parquet", tmp_path / "set")
    (out / "_source.json").rename(out / "source.json")
    exports.export(scmgen.load(small), "parquet", out, force=True)
    assert not (out / "source.json").exists()


def test_parquet_has_a_row_group_a_shard_and_says_which_columns_are_images(small: Path, tmp_path: Path) -> None:
    need("pyarrow", "datasets")
    from pyarrow import parquet

    out = exports.export(scmgen.load(small), "parquet", tmp_path / "set")
    with parquet.ParquetFile(out / "data" / "train-00000-of-00001.parquet") as file:
        groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        features = json.loads(file.schema_arrow.metadata[b"huggingface"])["info"]["features"]
    assert groups == [100, 100, 40]
    images = [name for name, feature in features.items() if feature.get("_type") == "Image"]
    assert images == ["image", "image_cf", "mask", "mask_cf"]


def test_a_split_of_any_name_is_found_by_the_card(hugging_face: Read, tmp_path: Path) -> None:
    need("datasets", "pyarrow")
    build(catalogue.spec(catalogue.find("spurious-pairs-95"), n=40, size=16), tmp_path / "pairs", workers=1)
    data = scmgen.load(tmp_path / "pairs")
    assert set(data.splits) - {"train", "validation", "test"}
    for to in ("imagefolder", "parquet"):
        found = hugging_face("card", exports.export(data, to, tmp_path / to))
        assert {row["split_of"] for row in found.values()} == set(data.splits)
