"""What a user copies from examples/ runs: each file in a process of its own, on shards, with the real library."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from checkout import ROOT
from libraries import need

FILES = {path.stem: path for path in (ROOT / "examples").glob("*.py")}
ROWS = "train-000000000", "train-000000239"
IMAGE = "image (32, 64, 64, 3) {} factors (32, 4)"

LIBRARIES = {
    "croissant_records": ("mlcroissant",),
    "grain_loader": ("grain",),
    "huggingface_datasets": ("datasets", "torch"),
    "jax_step": ("jax",),
    "lightning_module": ("lightning", "torch"),
    "read_shard": (),
    "torch_loader": ("torch",),
    "webdataset_pipeline": ("webdataset", "torch"),
    "wids_index": ("wids", "torch"),
}


def listing(data: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in data.iterdir()}


def run(name: str, data: Path, scratch: Path) -> list[str]:
    """Give the lines that an example prints."""
    need(*LIBRARIES[name])
    homes = {"HF_HOME": "hf", "XDG_CACHE_HOME": "cache", "WIDS_CACHE": "wids", "MPLCONFIGDIR": "mpl"}
    settings = {name: str(scratch / folder) for name, folder in homes.items()}
    before = listing(data)
    done = subprocess.run(
        [sys.executable, str(FILES[name]), str(data)],
        env={**os.environ, **settings, "HF_HUB_OFFLINE": "1", "JAX_PLATFORMS": "cpu"},
        cwd=scratch,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert listing(data) == before  # a reader leaves the data set as it is
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def verdict(small: Path) -> str:
    """Say what is so of the training split, from tarfile alone: how many pairs, and how many under a do."""
    masks = []
    for path in small.glob("pendulum-train-*.tar"):
        with tarfile.open(path) as archive:
            labels = [info for info in archive if info.name.endswith(".label.json")]
            masks += [json.load(archive.extractfile(info))["do_mask"] for info in labels]  # type: ignore[arg-type]
    assert 0 < sum(map(any, masks)) < len(masks)
    return f"{len(masks)} pairs, {sum(map(any, masks))} under a do; just those changed: True"


def test_every_example_is_run_here_and_listed_in_the_recipes() -> None:
    assert set(LIBRARIES) == set(FILES)
    page = (ROOT / "docs" / "how-to" / "recipes.md").read_text(encoding="utf-8")
    listed = re.findall(r"\(\.\./\.\./examples/(\w+)\.py\)", page)
    assert sorted(listed) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_an_example_is_short_and_says_how_it_is_run(name: str) -> None:
    text = FILES[name].read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    assert f": python {name}.py DIR." in text.partition("\n")[0]


def test_webdataset(small: Path, tmp_path: Path, verdict: str) -> None:
    shape = "image (32, 3, 64, 64) torch.float32 factors (32, 4)"
    assert run("webdataset_pipeline", small, tmp_path) == [shape, verdict]


def test_hugging_face_datasets(small: Path, tmp_path: Path, verdict: str) -> None:
    shape = IMAGE.format("torch.uint8")
    found = run("huggingface_datasets", small, tmp_path)
    assert found == [f"table {shape}", verdict, f"stream {shape}", verdict]


def test_torch(small: Path, tmp_path: Path, verdict: str) -> None:
    shape = IMAGE.format("torch.uint8")
    found = run("torch_loader", small, tmp_path)
    assert found == [line for how in ("table", "batches", "stream") for line in (f"{how} {shape}", verdict)]


def test_grain(small: Path, tmp_path: Path, verdict: str) -> None:
    assert run("grain_loader", small, tmp_path) == [IMAGE.format("uint8"), "resumed at the same sample: True", verdict]


def test_croissant(small: Path, tmp_path: Path, verdict: str) -> None:
    first = f"{ROWS[0]} image (64, 64, 3) uint8 factors 4"
    assert run("croissant_records", small, tmp_path) == [first, verdict]


def test_wids(small: Path, tmp_path: Path, verdict: str) -> None:
    assert run("wids_index", small, tmp_path) == [f"{ROWS[1]} image (64, 64, 3) uint8 factors (4,)", verdict]


def errors(line: str) -> tuple[float, float]:
    found = re.fullmatch(r"mean squared error of normalised factors: (\d\.\d{3}) before, (\d\.\d{3}) after", line)
    assert found, line
    return float(found[1]), float(found[2])


def test_jax(small: Path, tmp_path: Path) -> None:
    shape, line = run("jax_step", small, tmp_path)
    before, after = errors(line)
    assert shape == "image (240, 64, 64, 3) float32 factors (240, 4)"
    assert before > 0.8 and after < 0.3


def test_lightning(small: Path, tmp_path: Path) -> None:
    (line,) = run("lightning_module", small, tmp_path)
    before, after = errors(line)
    assert before > 0.8 and after < 0.4


def test_without_libraries_a_shard_is_read(small: Path, tmp_path: Path) -> None:
    lines = run("read_shard", small, tmp_path)
    assert len(lines) == 30 * 5
    assert lines[0] == "test-000000000 image.png (64, 64)"


def test_a_missing_library_is_a_skip_on_a_laptop_and_a_fault_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    told = r"no_such_library not installed: pip install -e '\.\[dev\]' -c constraints\.txt"
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=told):
        need("json", "no_such_library")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=told):
        need("json", "no_such_library")
