"""What people read shards with: every reader gives, for the same keys, the pixels and labels that tarfile gives."""

from __future__ import annotations

import functools
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from libraries import need
from PIL import Image

import scmgen
from scmgen.cli.main import cli

SPLITS = {"train": 240, "validation": 30, "test": 30}
FEW = {"train": 32, "validation": 4, "test": 4}

Table = dict[str, dict[str, Any]]
"""Key -> member -> label, or mode, size and checksum of an image's pixels."""


def pixels(image: Image.Image) -> list[Any]:
    return [image.mode, list(image.size), zlib.crc32(np.asarray(image).tobytes())]


def contents(out: Path, split: str) -> dict[str, dict[str, Any]]:
    """Read a split with tarfile, json and Pillow: key -> member -> label or image."""
    table: dict[str, dict[str, Any]] = {}
    for path in sorted(out.glob(f"*-{split}-*.tar")):
        with tarfile.open(path) as archive:
            for info in archive:
                name, _, ending = info.name.partition(".")
                content = archive.extractfile(info).read()  # type: ignore[union-attr]
                found = json.loads(content) if ending == "label.json" else Image.open(io.BytesIO(content))
                table.setdefault(name, {})[ending] = found
    return table


def summary(sample: dict[str, Any]) -> dict[str, Any]:
    return {ending: part if ending == "label.json" else pixels(part) for ending, part in sample.items()}


@functools.cache
def plain(out: Path, split: str) -> Table:
    """Give what every reader must give."""
    return {name: summary(sample) for name, sample in contents(out, split).items()}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of images with a table of labels as a data set."""
    source, random = tmp_path_factory.mktemp("source"), np.random.default_rng(0)
    (source / "images").mkdir()
    lines = ["file,brightness,side"]
    for row in range(50):
        tile = random.integers(0, 256, (24, 24, 3), dtype=np.uint8)
        Image.fromarray(tile).save(source / "images" / f"tile{row}.png")
        lines.append(f"tile{row}.png,{tile.mean()},{row % 2}")
    (source / "labels.csv").write_text("\n".join(lines))
    command = ["import", str(source / "images"), "--labels", str(source / "labels.csv"), "--shard-size", "15"]
    done = CliRunner().invoke(cli, [*command, "-o", str(source / "tiles")])
    assert done.exit_code == 0, done.output
    return source / "tiles"


@pytest.fixture(scope="module", params=["small", "weak", "imported"])
def out(request: pytest.FixtureRequest) -> Path:
    """Give a set of several shards with masks; one with chains, environments and labels that withhold; one imported."""
    found: Path = request.getfixturevalue(request.param)
    return found


# Each library reads in a process of its own: some take their settings at import, some leave files open.
SCRIPT = """
import json, os, sys, zlib
import numpy as np

def summary(sample):  # a reader's own columns have names that start with two underscores
    sample = {ending.lstrip("."): part for ending, part in sample.items() if not ending.startswith("__")}
    return {ending: part if ending == "label.json" else pixels(part) for ending, part in sample.items()}

def pixels(image):
    return [image.mode, list(image.size), zlib.crc32(np.asarray(image).tobytes())]

out, splits, found = sys.argv[1], sys.argv[2:], {}
"""

WEBDATASET = """
import glob, webdataset

for split in splits:
    shards = sorted(glob.glob(f"{out}/*-{split}-*.tar"))
    table = found[split] = {}
    for sample in webdataset.WebDataset(shards, shardshuffle=False).decode("pil"):  # decodes every image to RGB
        grey = {e: part.convert("L") for e, part in sample.items() if e.startswith(("mask", "effect"))}
        table[sample["__key__"]] = summary({**sample, **grey})
"""

WIDS = """
import functools, wids
from wids.wids_decode import default_decoder

for split in splits:
    decode = functools.partial(default_decoder, format="PIL")
    samples = wids.ShardListDataset(f"{out}/wids-{split}.json", transformations=decode, localname=str)
    rows = [samples[row] for row in reversed(range(len(samples)))]
    found[split] = {row["__key__"]: summary(row) for row in reversed(rows)}
"""

HUGGING_FACE = """
from datasets import load_dataset

for split, rows in load_dataset(out, streaming=STREAMING).items():
    found[split] = {row["__key__"]: summary(row) for row in rows}
"""

CROISSANT = """
import mlcroissant

dataset = mlcroissant.Dataset(jsonld=f"{out}/croissant.json")
for ending in json.load(open(f"{out}/manifest.json"))["members"]:
    member = ending[1:].partition(".")[0]
    for row in dataset.records(record_set=member):
        key, content = row[f"{member}/key"].decode(), row[f"{member}/content"]
        sample = found.setdefault(key.partition("-")[0], {}).setdefault(key, {})
        sample[ending[1:]] = json.loads(content) if member == "label" else pixels(content)
"""


def apart(script: str, out: Path, scratch: Path) -> dict[str, Table]:
    """Run one of the scripts above."""
    settings = {"HF_HOME": "hf", "CROISSANT_CACHE": "croissant", "WIDS_CACHE": "wids", "XDG_CACHE_HOME": "cache"}
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", **{name: str(scratch / to) for name, to in settings.items()}}
    done = subprocess.run(
        [sys.executable, "-c", f"{SCRIPT}{script}\njson.dump(found, sys.stdout)", str(out), *SPLITS],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Table] = json.loads(done.stdout)
    return found


def ours(out: Path, _: Path) -> dict[str, Table]:
    """Read shard by shard with ``Data.archives``."""
    data, tables = scmgen.load(out), {}
    for split in data.splits:
        table: Table = {}
        for archive in data.archives(split):
            rows = range(len(archive.keys))
            parts = {
                f"{name}.png": map(Image.fromarray, archive.images(name, rows, data.frame)) for name in data.members
            }
            for key, label, *images in zip(archive.keys, archive.labels(), *parts.values(), strict=True):
                table[key] = summary({**dict(zip(parts, images, strict=True)), "label.json": label})
        tables[split] = table
    return tables


def lazily(out: Path, _: Path) -> dict[str, Table]:
    """Read with ``Data.images`` in another order than they lie, and with ``Data.rows``."""
    data, tables = scmgen.load(out), {}
    for split, size in data.splits.items():
        order = np.random.default_rng(0).permutation(size)
        images = {f"{name}.png": data.images(split, name)[order] for name in data.members}
        place = np.argsort(order)
        tables[split] = {
            f"{split}-{label['index']:09d}": summary(
                {**{name: Image.fromarray(array[place[row]]) for name, array in images.items()}, "label.json": label}
            )
            for row, label in enumerate(data.rows(split))
        }
    return tables


READERS: dict[str, tuple[str, Callable[[Path, Path], dict[str, Table]]]] = {
    "webdataset": ("webdataset", functools.partial(apart, WEBDATASET)),
    "wids": ("wids", functools.partial(apart, WIDS)),
    "load_dataset": ("datasets", functools.partial(apart, f"STREAMING = False{HUGGING_FACE}")),
    "load_dataset, streaming": ("datasets", functools.partial(apart, f"STREAMING = True{HUGGING_FACE}")),
    "croissant": ("mlcroissant", functools.partial(apart, CROISSANT)),
    "scmgen.load, archives": ("scmgen", ours),
    "scmgen.load, images and rows": ("scmgen", lazily),
}


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_gives_the_same_pixels_and_labels(out: Path, reader: str, tmp_path: Path) -> None:
    library, read = READERS[reader]
    need(library)
    found = read(out, tmp_path)
    assert set(found) == set(SPLITS)
    for split in SPLITS:
        assert found[split] == plain(out, split)
        if library != "mlcroissant":  # joins by key, and promises no order
            assert list(found[split]) == list(plain(out, split))


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


def test_a_chain_has_an_image_and_a_mask_a_world_and_an_effect_a_step(weak: Path) -> None:
    worlds, rest = ("", "_cf", "_cf2"), ("effect.png", "effect2.png", "label.json")
    for split, size in FEW.items():
        table = plain(weak, split)
        assert len(table) == size
        assert {tuple(sample) for sample in table.values()} == {
            (*(f"image{world}.png" for world in worlds), *(f"mask{world}.png" for world in worlds), *rest)
        }


def test_what_labels_withhold_stands_beside_the_shard(weak: Path) -> None:
    data = scmgen.load(weak)
    for split in SPLITS:
        lines = (weak / f"pendulum-{split}-000000.truth.jsonl").read_text().splitlines()
        withheld = {line.pop("key"): line for line in map(json.loads, lines)}
        table = plain(weak, split)
        assert list(withheld) == list(table)
        for name, sample in table.items():
            told = set(sample["label.json"])
            assert told == {"index", "split", "domain", "factors", "hidden", "noise"}
            assert set(withheld[name]) == {
                part + step
                for step in ("", "2")
                for part in ("factors_cf", "hidden_cf", "do_kind", "do_mask", "do_value", "do_scale", "do_shift")
            }
        whole = [{**sample["label.json"], **withheld[name]} for name, sample in table.items()]
        assert list(data.rows(split, truth=True)) == whole


def column(rows: list[dict[str, Any]], key: str, name: str) -> list[float]:
    return [row[key][name] for row in rows]


@pytest.mark.parametrize("truth", [False, True])
def test_labels_as_arrays_are_those_that_tarfile_reads(out: Path, truth: bool) -> None:
    data = scmgen.load(out)
    for split in SPLITS:
        rows = [dict(sample["label.json"]) for sample in plain(out, split).values()]
        if truth:
            for row, whole in zip(rows, data.rows(split, truth=True), strict=True):
                row |= whole
        labels = data.labels(split, truth=truth)
        assert labels["sample"].values.tolist() == list(plain(out, split))
        worlds = {"factual": "", **{k.removeprefix("factors_"): k[7:] for k in rows[0] if k.startswith("factors_")}}
        assert labels["world"].values.tolist() == list(worlds)
        for group in ("factors", "hidden"):
            for name in rows[0].get(group, {}):
                for world, ending in worlds.items():
                    values = column(rows, group + ending, name)
                    assert labels[name].sel(world=world).values.tolist() == values, (name, world)
        assert ("noise" in labels) == ("noise" in rows[0])
        for name in rows[0].get("noise", {}):
            assert labels["noise"].sel(exogenous=name).values.tolist() == column(rows, "noise", name)
        steps = [key[7:] for key in rows[0] if key.startswith("do_mask")]
        assert ("step" in labels.dims) == bool(steps)
        for part in ("do_kind", "do_mask", "do_value", "do_scale", "do_shift"):
            assert (part in labels) == bool(steps)
            for number, ending in enumerate(steps):
                assert labels[part][:, number].values.tolist() == [row[part + ending] for row in rows]
        if "domain" in rows[0]:
            assert labels["domain"].values.tolist() == [row["domain"] for row in rows]


def stacked(out: Path, split: str) -> dict[str, np.ndarray[Any, Any]]:
    """Give the arrays that a trainer wants, from tarfile alone."""
    samples = list(contents(out, split).values())
    labels = [sample["label.json"] for sample in samples]
    first = labels[0]
    arrays: dict[str, Any] = {
        ending.removesuffix(".png"): np.stack([np.asarray(sample[ending]) for sample in samples])
        for ending in samples[0]
        if ending.endswith(".png")
    }
    for name in first:
        if re.fullmatch(r"(factors|noise)(_cf\d*)?", name):
            arrays[name] = np.array([list(label[name].values()) for label in labels])
        elif re.fullmatch(r"index|domain|do_(mask|value|scale|shift)\d*", name):
            arrays[name] = np.array([label[name] for label in labels])
    return arrays


def assert_equal(found: Any, expected: dict[str, np.ndarray[Any, Any]]) -> None:
    assert {name: array.shape for name, array in found.items()} == {
        name: array.shape for name, array in expected.items()
    }
    for name, array in expected.items():
        assert np.array_equal(found[name], array), name


def test_samples_are_what_tarfile_reads(out: Path, tmp_path: Path) -> None:
    for split in SPLITS:
        samples = scmgen.load(out).samples(split, cache=tmp_path / "cache")
        expected = stacked(out, split)
        assert len(samples) == len(expected["index"])
        assert_equal(samples[:], expected)
        order = np.random.default_rng(1).permutation(len(samples))[:7].tolist()
        assert_equal(samples[order], {name: array[order] for name, array in expected.items()})
        for row in (0, len(samples) - 1):
            assert_equal(samples[row], {name: array[row] for name, array in expected.items()})


def test_a_stream_is_what_tarfile_reads(out: Path) -> None:
    data = scmgen.load(out)
    for split in SPLITS:
        expected = stacked(out, split)
        samples = list(data.iterate(split))
        assert_equal({name: np.stack([sample[name] for sample in samples]) for name in samples[0]}, expected)
        mixed = np.concatenate([batch["index"] for batch in data.iterate(split, batch_size=7, shuffle=20)])
        assert sorted(mixed) == expected["index"].tolist()


def test_load_dataset_reads_the_tars_whatever_lies_beside_them(small: Path, tmp_path: Path) -> None:
    need("datasets")
    data = Path(shutil.copytree(small, tmp_path / "data"))
    (data / "graph.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (data / "report.html").write_text("<p>report</p>")
    Image.new("RGB", (8, 8)).save(data / "sheet.png")
    rows = {"train.json": '{"a": 1}', "wids-train.json": '{"wids_version": 1}', "train.jsonl": '{"a": 1}'}
    rows |= {"train-000000.json": '{"a": 1}', "metadata.jsonl": '{"file_name": "sheet.png"}', "test.csv": "a\n1"}
    for name, text in rows.items():
        (data / name).write_text(text)
    for folder in ("train", "data", "images"):
        (data / folder).mkdir()
        shutil.copy(data / "sheet.png", data / folder / "one.png")
        (data / folder / "train.csv").write_text("a\n1\n")
    for how in ("load_dataset", "load_dataset, streaming"):
        found = READERS[how][1](data, tmp_path / how)
        assert found == {split: plain(small, split) for split in SPLITS}
