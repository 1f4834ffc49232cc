"""The export of a data set, whatever the format: memory, progress, URLs, and what a format refuses."""

from __future__ import annotations

import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import forged
import pytest
from checkout import ROOT
from exported import GENERAL, LAYOUTS
from idents import flat
from libraries import need
from shell_here import Shell

import scmgen
from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.publish import exports
from scmgen.storage.loading.reader import Data

PAGE = (ROOT / "docs" / "how-to" / "exports.md").read_text(encoding="utf-8")


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


@pytest.mark.parametrize("to", sorted({*GENERAL, *LAYOUTS} - {"causalcircuit", "citris", "dcdi", "enco", "gies"}))
def test_a_manifest_that_says_no_more_than_it_must_is_exported(to: str, tmp_path: Path) -> None:
    need("h5netcdf", "pyarrow", "zarr")
    assert exports.export(scmgen.load(forged.faces(tmp_path / "faces")), to, tmp_path / "set").exists()


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


@pytest.mark.parametrize("to", ["causalcircuit", "citris"])
def test_a_layout_of_pairs_refuses_a_set_without(to: str, photos: Path, tmp_path: Path) -> None:
    build(catalogue.spec(catalogue.find("pendulum-classic"), n=10, size=16), tmp_path / "single", workers=1)
    for place, hint in ((tmp_path / "single", "build it with --interventions"), (photos, "an imported set has none")):
        with pytest.raises(ScmgenError) as caught:
            exports.export(scmgen.load(place), to, tmp_path / "set")
        assert str(caught.value) == f"{place}: --to {to} needs pairs of images: {hint}"
    assert not (tmp_path / "set").exists()


def test_a_layout_that_needs_what_the_labels_withhold_says_so(weak: Path, tmp_path: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        exports.export(scmgen.load(weak), "citris", tmp_path / "set")
    told = "--to citris needs factors_cf, do_mask, which the labels withhold: add --truth"
    assert str(caught.value) == f"{weak}: {told}"


def test_every_block_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Shell) -> None:
    need("av", "datasets", "h5netcdf", "pyarrow", "torch", "zarr")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    build(
        catalogue.spec(catalogue.find("pendulum"), n=60, interventions=parse("hard")), tmp_path / "pendulum", workers=1
    )
    moving = parse("hard:at=each,probability=0.1")
    build(catalogue.spec(catalogue.find("pong"), n=10, size=16, interventions=moving), tmp_path / "pong", workers=1)
    build(flat(n=60, name="ident3d").spec, tmp_path / "ident3d")
    for line in re.findall(r"^    scmgen export (.*)$", PAGE, re.MULTILINE):
        assert shell("export", *line.partition("#")[0].split()).status == 0, line
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert len(blocks) == len(exports.FORMATS)
    scripts = [tmp_path / f"block{number}.py" for number in range(len(blocks))]
    for script, block in zip(scripts, blocks, strict=True):
        script.write_text(block)
    each = "import runpy, sys\nfor script in sys.argv[1:]: runpy.run_path(script)"  # libraries are imported once
    done = subprocess.run([sys.executable, "-c", each, *map(str, scripts)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_file_is_called_what_it_is(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "set.txt"
    with pytest.raises(ScmgenError) as caught:
        exports.export(scmgen.load(small), "hdf5", out)
    told = f"{out}: --to hdf5 writes a file that ends in .h5; call it {tmp_path / 'set.h5'}"
    assert str(caught.value) == told
    assert list(tmp_path.iterdir()) == []
