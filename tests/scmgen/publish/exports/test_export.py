"""Exports: the library that owns a format reads back the pixels and labels of the data set."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray
from checkout import ROOT
from libraries import need
from PIL import Image

import scmgen
from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.cli.main import cli, main
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.publish import exports
from scmgen.publish.exports.selection import STEP, Selection, chunk
from scmgen.storage.loading.reader import Data

PAGE = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
GENERAL = ("hdf5", "imagefolder", "netcdf", "npz", "parquet", "zarr")
LAYOUTS = ("causalcircuit", "causalvae", "citris")


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 30 images with a table of labels, imported: no pairs, no noise, no graph."""
    place, generator = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    (place / "images").mkdir()
    with (place / "labels.csv").open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["file", "weight", "smiling"])
        for i in range(30):
            name = f"photo{'s' * (i % 3)}{i}.png"
            pixels = generator.integers(0, 256, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(place / "images" / name)
            rows.writerow([name, generator.uniform(0, 10), i % 2])
    words = ["import", place / "images", "--labels", place / "labels.csv", "-o", place / "set", "-j", "1"]
    cli.main([str(word) for word in words], standalone_mode=False)
    return place / "set"


@pytest.fixture(params=["small", "weak", "told", "imported"])
def case(request: pytest.FixtureRequest) -> tuple[Data, bool]:
    """Give a data set and whether what its labels withhold is added: pairs, chains that tell nothing, all, photos."""
    name = {"told": "weak"}.get(request.param, request.param)
    return scmgen.load(request.getfixturevalue(name)), request.param == "told"


def text(cell: Any) -> str:
    return cell.decode() if isinstance(cell, bytes) else str(cell)


def flat(value: Any) -> Any:
    return list(value.values()) if isinstance(value, dict) else value


def compare(data: Data, truth: bool, split: str, arrays: Any) -> None:
    """Compare arrays, named as ``scmgen.stream`` names them, with the data set."""
    rows = list(data.rows(split, truth))
    assert [text(key) for key in arrays["key"][:]] == [f"{split}-{row['index']:09d}" for row in rows]
    for member in data.members:
        np.testing.assert_array_equal(arrays[member][:], data.images(split, member)[:])
    for name in set(rows[0]) - {"split"}:
        found, expected = arrays[name][:], [flat(row[name]) for row in rows]
        if isinstance(expected[0], str):
            assert [text(cell) for cell in found] == expected
        else:
            np.testing.assert_array_equal(found, expected)


# Each format, read by the library that owns it


def test_hdf5_is_read_by_h5py(case: tuple[Data, bool], tmp_path: Path) -> None:
    import h5py

    data, truth = case
    with h5py.File(exports.export(data, "hdf5", tmp_path / "set.h5", truth=truth)) as file:
        assert set(file) - {"manifest", "adjacency", "confounded"} == set(data.splits)
        for split, samples in data.splits.items():
            compare(data, truth, split, file[split])
            image = file[split]["image"]
            assert image.chunks == (min(STEP, samples), data.size, data.size, 3)
            assert (image.compression, image.compression_opts) == ("gzip", 1)
            factors = file[split]["factors"].attrs
            assert list(factors["names"]) == list(data.factors)
            assert list(factors["units"]) == [factor["unit"] for factor in data.factors.values()]
            assert list(factors["levels"]) == [" ".join(factor["levels"]) for factor in data.factors.values()]
            np.testing.assert_array_equal(factors["ranges"], [factor["range"] for factor in data.factors.values()])
        assert json.loads(file["manifest"][()]) == data.manifest
        assert file.attrs["name"] == data.name


def test_hdf5_holds_the_graph_from_cause_to_effect(small: Path, imported: Path, tmp_path: Path) -> None:
    import h5py

    data = scmgen.load(small)
    with h5py.File(exports.export(data, "hdf5", tmp_path / "set.h5", splits=["test"])) as file:
        matrix = file["adjacency"]
        names = list(matrix.attrs["names"])
        assert [dimension.label for dimension in matrix.dims] == ["cause", "effect"]
        edges = {(names[i], names[j]) for i, j in zip(*np.nonzero(matrix[:]), strict=True)}
    assert data.graph is not None
    assert edges == {(a, b) for a, b, kind in data.graph.edges(data="kind") if kind == "directed"}
    with h5py.File(exports.export(scmgen.load(imported), "hdf5", tmp_path / "photos.h5")) as file:
        assert "adjacency" not in file


def test_npz_is_read_by_numpy_without_pickle(case: tuple[Data, bool], tmp_path: Path) -> None:
    data, truth = case
    out = exports.export(data, "npz", tmp_path / "set", truth=truth)
    assert {path.name for path in out.iterdir()} == {f"{split}.npz" for split in data.splits} | {"source.json"}
    for split in data.splits:
        with np.load(out / f"{split}.npz", allow_pickle=False) as arrays:
            compare(data, truth, split, arrays)
            assert arrays["factors_names"].tolist() == list(data.factors)
            assert ("adjacency" in arrays) == (data.graph is not None)


def opened(out: Path, to: str, split: str) -> xarray.Dataset:
    if to == "netcdf":
        return xarray.open_dataset(out / f"{split}.nc", engine="h5netcdf")
    return xarray.open_zarr(out, group=split, consolidated=True, chunks=None)


@pytest.mark.parametrize("to", ["netcdf", "zarr"])
def test_netcdf_and_zarr_are_read_by_xarray(case: tuple[Data, bool], to: str, tmp_path: Path) -> None:
    need("h5netcdf", "zarr")
    data, truth = case
    out = exports.export(data, to, tmp_path / "set", truth=truth)
    for split in data.splits:
        labels = data.labels(split, truth)
        with opened(out, to, split) as found:
            assert found.attrs["license"] == data.manifest["license"]
            part = found.sel(world=labels.world)[list(labels.variables)].load()
            xarray.testing.assert_identical(part.assign_attrs(labels.attrs), labels.assign_attrs(part.attrs))
            for world, member in zip(data.worlds, (m for m in data.members if m.startswith("image")), strict=True):
                np.testing.assert_array_equal(found["image"].sel(world=world), data.images(split, member)[:])
            assert found["image"].dims == ("sample", "world", "y", "x", "channel")
            withheld = found[next(iter(data.factors))].sel(world=list(data.worlds[len(labels.world) :]))
            assert bool(np.isnan(withheld).all())  # or there is none


@pytest.mark.parametrize("to", ["netcdf", "zarr"])
def test_masks_and_effects_have_worlds_and_steps(weak: Path, to: str, tmp_path: Path) -> None:
    need("h5netcdf", "zarr")
    data = scmgen.load(weak)
    with opened(exports.export(data, to, tmp_path / "set"), to, "train") as found:
        for world, ending in (("factual", ""), ("cf", "_cf"), ("cf2", "_cf2")):
            np.testing.assert_array_equal(found["mask"].sel(world=world), data.images("train", f"mask{ending}")[:])
        for step, ending in (("cf", ""), ("cf2", "2")):
            np.testing.assert_array_equal(found["changed"].sel(step=step), data.images("train", f"effect{ending}")[:])
        groups = dict(zip(found["mask"].flag_meanings.split(), found["mask"].flag_values, strict=True))
        assert groups == {"none": 0, **data.manifest["groups"]}


CROSS = """
name: cross
version: 1
equations:
  x: uniform(0.2, 0.8)
  image: 0.5 * x + uniform(0, 0.3)
factors:
  x: {range: [0.2, 0.8]}
  image: {range: [0.1, 0.7]}
draw:
  - {mark: fill, rgb: [1, 1, 1]}
  - {mark: disc, x: x, y: image, radius: 0.1, rgb: [0, 0, 0]}
"""


@pytest.mark.parametrize("to", ["netcdf", "zarr"])
def test_factors_named_like_the_images_axes_keep_their_names(to: str, tmp_path: Path) -> None:
    need("h5netcdf", "zarr")
    (tmp_path / "cross.yaml").write_text(CROSS)
    build(catalogue.spec(catalogue.find(str(tmp_path / "cross.yaml")), n=10, size=16), tmp_path / "cross", workers=1)
    data = scmgen.load(tmp_path / "cross")
    with opened(exports.export(data, to, tmp_path / "set"), to, "train") as found:
        np.testing.assert_array_equal(found["x"], data.labels("train")["x"])
        np.testing.assert_array_equal(found["image"], data.labels("train")["image"])
        assert found["image_image"].dims == ("sample", "world", "y", "image_x", "channel")


READ = """
import json, sys, zlib
import datasets, numpy as np
datasets.disable_progress_bars()
how, where = sys.argv[1:]
given = {"data_dir": where} if how != "card" else {}
found = datasets.load_dataset(where if how == "card" else how, **given)
table = {}
for split, part in found.items():
    for row in part:
        images = {k: zlib.crc32(np.asarray(v).tobytes()) for k, v in row.items() if hasattr(v, "mode")}
        table[row["key"]] = {**row, **images, "split_of": split}
print(json.dumps(table))
"""


def hugging_face(how: str, out: Path, cache: Path) -> dict[str, dict[str, Any]]:
    """Read an export with ``datasets``, in a process of its own: it takes its settings at import."""
    settings = {"HF_HOME": str(cache), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    words = [sys.executable, "-c", READ, how, str(out)]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, **settings}, check=False)
    assert done.returncode == 0, done.stderr
    table: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return table


@pytest.mark.parametrize(("to", "how"), [("imagefolder", "card"), ("imagefolder", "imagefolder"), ("parquet", "card")])
def test_imagefolder_and_parquet_are_read_by_datasets(
    case: tuple[Data, bool], to: str, how: str, tmp_path: Path
) -> None:
    need("datasets", "pyarrow")
    data, truth = case
    out = exports.export(data, to, tmp_path / "set", truth=truth)
    found = hugging_face(how, out, tmp_path / "cache")
    for split in data.splits:
        rows = list(data.rows(split, truth))
        images = {member: data.images(split, member)[:] for member in data.members}
        for number, row in enumerate(rows):
            sums = {member: zlib.crc32(pixels[number].tobytes()) for member, pixels in images.items()}
            key = f"{split}-{number:09d}"
            assert found.pop(key) == {"key": key, "split_of": split, **sums, **row}
    assert not found


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


def test_a_split_of_any_name_is_found_by_the_card(tmp_path: Path) -> None:
    need("datasets", "pyarrow")
    build(catalogue.spec(catalogue.find("spurious-pairs-95"), n=40, size=16), tmp_path / "pairs", workers=1)
    data = scmgen.load(tmp_path / "pairs")
    assert set(data.splits) - {"train", "validation", "test"}
    for to in ("imagefolder", "parquet"):
        found = hugging_face("card", exports.export(data, to, tmp_path / to), tmp_path / "cache")
        assert {row["split_of"] for row in found.values()} == set(data.splits)


# Streaming


def test_blocks_cover_a_range_and_end_at_multiples_and_shards(small: Path) -> None:
    source = Selection(scmgen.load(small), ("train",))
    spans = [(block.start, block.stop) for block in source.blocks("train", 10, 230, step=64)]
    assert spans == [(10, 64), (64, 100), (100, 128), (128, 192), (192, 200), (200, 230)]
    keys = [key for block in source.blocks("train", 98, 102) for key in block.keys]
    assert keys == [f"train-{number:09d}" for number in range(98, 102)]


def test_chunks_of_large_images_hold_fewer() -> None:
    assert [chunk(3 * size * size) for size in (16, 64, 128, 256, 512)] == [64, 64, 64, 16, 4]


@pytest.fixture(scope="session")
def long(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Give 16 shards of training pairs and two of test pairs."""
    out = tmp_path_factory.mktemp("long") / "pendulum"
    source = catalogue.find("pendulum")
    build(catalogue.spec(source, n=2_000, shard_size=100, size=16, interventions=parse("hard")), out, workers=1)
    return scmgen.load(out)


@pytest.mark.parametrize("to", [*GENERAL, *LAYOUTS])
def test_memory_does_not_grow_with_the_data_set(to: str, long: Data, tmp_path: Path) -> None:
    need("h5netcdf", "pyarrow", "zarr")
    exports.export(long, to, tmp_path / "warm", splits=["validation"])  # what is imported on the way does not count
    peaks = {}
    for split in ("test", "train"):
        tracemalloc.start()
        exports.export(long, to, tmp_path / split, splits=[split])
        peaks[split] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peaks["train"] < 2 * peaks["test"]


def test_a_data_set_behind_a_url_is_exported_alike(small: Path, tmp_path: Path) -> None:
    need("fsspec")
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.put(str(small), "/exported", recursive=True)
    near = exports.export(scmgen.load(small), "npz", tmp_path / "near")
    far = exports.export(scmgen.load("memory://exported"), "npz", tmp_path / "far")
    for path in near.iterdir():
        assert (far / path.name).read_bytes() == path.read_bytes()
    memory.rm("/exported", recursive=True)


def test_progress_counts_every_sample_once(small: Path, tmp_path: Path) -> None:
    for number, to in enumerate([*GENERAL, *LAYOUTS]):
        told: list[int] = []
        exports.export(scmgen.load(small), to, tmp_path / str(number), progress=told.append)
        assert sum(told) == 300, to


# What is refused, in words


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "hdf"], "--to hdf: no such format; did you mean 'hdf5'?"),
        (["--to", "npz", "--split", "tain"], "{small}: no split 'tain'; did you mean 'train'?"),
        (["--to", "npz", "-o", "s3://b/c"], "s3://b/c: an export goes to a disk of this machine; copy it from there"),
        (["--to", "npz", "-o", "file/set"], "file: is no directory"),
        (["--to", "npz", "-o", "file"], "file: exists; --force replaces it, -o names another place"),
        (["--to", "npz", "-o", "{small}", "--force"], "{small}: holds the data set itself; -o names another place"),
        (
            ["--to", "npz", "-o", "mine", "--force"],
            "mine: is a directory that no such export wrote; remove it yourself, or -o names another",
        ),
    ],
)
def test_misuse_is_one_message_and_changes_nothing(
    words: list[str],
    message: str,
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious").write_text("kept")
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, str(small), *(word.format(small=small) for word in words)) == 2
    assert capsys.readouterr().err == f"scmgen: {message.format(small=small)}\n"
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["file", "mine", "mine/precious"]


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["scmgen", "export", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


@pytest.mark.parametrize("to", ["causalcircuit", "citris"])
def test_a_layout_of_pairs_refuses_a_set_without(to: str, imported: Path, tmp_path: Path) -> None:
    build(catalogue.spec(catalogue.find("pendulum-classic"), n=10, size=16), tmp_path / "single", workers=1)
    for place, hint in ((tmp_path / "single", "build it with --interventions"), (imported, "an imported set has none")):
        with pytest.raises(ScmgenError) as caught:
            exports.export(scmgen.load(place), to, tmp_path / "set")
        assert str(caught.value) == f"{place}: --to {to} needs pairs of images: {hint}"
    assert not (tmp_path / "set").exists()


def test_a_layout_that_needs_what_the_labels_withhold_says_so(weak: Path, tmp_path: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        exports.export(scmgen.load(weak), "citris", tmp_path / "set")
    told = "--to citris needs factors_cf, do_mask, which the labels withhold: add --truth"
    assert str(caught.value) == f"{weak}: {told}"


def test_a_missing_library_is_named_with_the_extra(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(ScmgenError) as caught:
        exports.export(scmgen.load(small), "zarr", tmp_path / "set")
    assert str(caught.value) == "--to zarr: needs zarr: pip install 'scmgen[export]'"


# Whole or not at all

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from scmgen.cli.main import main
sys.argv = ["scmgen", *sys.argv[2:]]
main()
"""


@pytest.mark.parametrize("to", [*GENERAL, *LAYOUTS])
@pytest.mark.parametrize("room", [900, 20_000])
def test_a_full_disk_is_one_message_and_leaves_nothing(to: str, room: int, small: Path, tmp_path: Path) -> None:
    need("h5netcdf", "pyarrow", "zarr")
    room = min(room, 900 if to in ("imagefolder", "causalvae") else room)  # their files are small
    words = [sys.executable, "-W", "error", "-c", LIMITED, str(room), "export", str(small), "--to", to, "-o", "set"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (2, "scmgen: set: cannot be written: File too large\n")
    assert list(tmp_path.iterdir()) == []


SLOW = """
import sys, time
import scmgen
def advance(samples):
    print("written", flush=True)
    time.sleep(60)
scmgen.export(scmgen.load(sys.argv[1]), sys.argv[2], "set", force=True, progress=advance)
"""


def begun(small: Path, to: str, place: Path) -> subprocess.Popen[str]:
    """Start an export that stands still after its first block."""
    words = [sys.executable, "-c", SLOW, str(small), to]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=place)
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    return process


@pytest.mark.parametrize("to", ["hdf5", "zarr", "npz"])
def test_a_killed_export_leaves_the_old_one_and_the_next_sweeps_up(to: str, small: Path, tmp_path: Path) -> None:
    need("zarr")
    data = scmgen.load(small)
    out = exports.export(data, to, tmp_path / "set", splits=["test"])
    before = contents(out)
    with begun(small, to, tmp_path) as process:
        process.kill()
    assert contents(out) == before
    assert len(list(tmp_path.iterdir())) == 2
    exports.export(data, to, out, splits=["test"], force=True)
    assert list(tmp_path.iterdir()) == [out]
    assert set(contents(out)) == set(before)


@pytest.mark.parametrize("to", ["hdf5", "imagefolder"])
def test_an_interrupted_export_leaves_nothing(to: str, small: Path, tmp_path: Path) -> None:
    with begun(small, to, tmp_path) as process:
        process.send_signal(signal.SIGINT)
    assert list(tmp_path.iterdir()) == []


def contents(out: Path) -> dict[str, bytes]:
    files = [path for path in out.rglob("*") if path.is_file()] if out.is_dir() else [out]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


@pytest.mark.parametrize("to", ["causalvae", "hdf5", "zarr"])
def test_force_replaces_an_export_and_only_when_the_new_one_is_whole(to: str, small: Path, tmp_path: Path) -> None:
    need("zarr")
    data = scmgen.load(small)
    out = exports.export(data, to, tmp_path / "set")
    before = contents(out)

    def stop(samples: int) -> None:
        raise ScmgenError("stopped")

    with pytest.raises(ScmgenError, match="stopped"):
        exports.export(data, to, out, force=True, progress=stop)
    assert contents(out) == before
    exports.export(data, to, out, splits=["test"], force=True)
    assert contents(out) != before
    assert list(tmp_path.iterdir()) == [out]


# The command, and its page


def test_the_command_says_what_it_wrote_under_a_name_after_the_data_set(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, str(small), "--to", "causalvae", "--split", "test") == 0
    told = capsys.readouterr()
    assert re.fullmatch(r"pendulum-causalvae: 30 samples, \d+\.\d KB, causalvae\n", told.out)
    assert told.err == ""
    assert {path.name for path in tmp_path.iterdir()} == {"pendulum-causalvae"}


def test_help_lists_each_format_with_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--help") == 0
    listed = capsys.readouterr().out.partition("Formats:\n")[2]
    assert re.findall(r"^  (\w+)  ", listed, re.MULTILINE) == [*GENERAL, *LAYOUTS]


def test_the_page_tells_of_each_format() -> None:
    assert (
        set(re.findall(r"^\| `(\w+)` \|(?:[^|\n]*\|){4}$", PAGE, re.MULTILINE))
        == set(exports.FORMATS)
        == {*GENERAL, *LAYOUTS}
    )


def test_every_block_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("datasets", "h5netcdf", "pyarrow", "torch", "zarr")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    build(
        catalogue.spec(catalogue.find("pendulum"), n=60, interventions=parse("hard")), tmp_path / "pendulum", workers=1
    )
    for line in re.findall(r"^    scmgen export (.*)$", PAGE, re.MULTILINE):
        assert run(monkeypatch, *line.partition("#")[0].split()) == 0, line
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert len(blocks) == len(exports.FORMATS)
    for number, block in enumerate(blocks):
        script = tmp_path / f"block{number}.py"
        script.write_text(block)
        done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}\n{done.stderr}"
