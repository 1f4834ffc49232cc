"""A split as arrays: decoded once, by one process, whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch
import toy

import scmgen
from cdm.data import pairs, shards
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse

posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits as POSIX has them")


def test_a_split_without_samples_is_none(tmp_path: Path) -> None:
    out = toy.write(tmp_path / "toy", 3)  # a quarter of three is none
    with pytest.raises(CdmError, match=r"toy: no split 'test'; there are train$"):
        pairs.open_data(str(out), "test", tmp_path)


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
    assert {path.name for path in toy_cache.rglob(".*")} == {".lock"}


SLOW = """
import sys, time
from pathlib import Path
import scmgen
from cdm.data import pairs, shards
def wait(samples):
    print(samples, flush=True)
    time.sleep(0.2)
pairs.load(shards.read(sys.argv[1]), "train", Path(sys.argv[2]), wait)
"""


def _started(data: Path, cache: Path, code: str = SLOW) -> subprocess.Popen[str]:
    line = [sys.executable, "-c", code, str(data), str(cache)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@posix
def test_a_killed_process_leaves_nothing_that_looks_whole_and_is_swept(tmp_path: Path) -> None:
    data = toy.write(tmp_path / "toy", 600)
    process = _started(data, tmp_path / "c")
    assert process.stdout is not None and process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (place,) = (tmp_path / "c").glob("*/train")
    left = {path.name for path in place.iterdir()}
    assert not [name for name in left if name.endswith(".npy")] and any(name.endswith(".tmp") for name in left)
    found = open_data(str(data), "train", tmp_path / "c")
    assert np.array_equal(found.arrays["image"], toy.draw(toy.values(np.random.default_rng(0), 600)["factors"]))
    assert not list(place.glob(".*.tmp"))


@posix
def test_two_processes_at_once_decode_once(tmp_path: Path) -> None:
    data = toy.write(tmp_path / "toy", 600)
    processes = [_started(data, tmp_path / "c") for _ in range(2)]
    told = [process.communicate(timeout=120) for process in processes]
    assert [(process.returncode, errors) for process, (_, errors) in zip(processes, told, strict=True)] == [(0, "")] * 2
    assert sorted(sum(map(int, text.split())) for text, _ in told) == [0, 600]


def test_a_damaged_shard_leaves_no_cache(tmp_path: Path) -> None:
    data = toy.write(tmp_path / "toy", 12)
    path = data / "toy-train-000000.tar"
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(CdmError, match=r"toy-train-000000\.tar: changed or cut short since it was written: "):
        open_data(str(data), "train", tmp_path / "c")
    assert {path.name for path in (tmp_path / "c").glob("*/train/*")} == {".lock"}


def test_a_cache_directory_that_is_a_file(toy_data: Path, tmp_path: Path) -> None:
    (tmp_path / "c").write_text("")
    with pytest.raises(CdmError, match=r"/c/[0-9a-f]{32}/train: cannot be used: .*; choose another with --cache$"):
        open_data(str(toy_data), "train", tmp_path / "c")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a directory that even root cannot write")
def test_a_cache_directory_that_cannot_be_written(toy_data: Path) -> None:
    with pytest.raises(CdmError, match=r"^/proc/x/.*: cannot be used: .*; choose another with --cache$"):
        open_data(str(toy_data), "train", Path("/proc/x"))


def test_too_little_room_is_told_before_any_work(
    toy_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    free = shutil.disk_usage(tmp_path)._replace(free=50_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: free)
    told = "the decoded images need 614,400 bytes, and 50,000 are free; choose another place with --cache$"
    with pytest.raises(CdmError, match=told):
        open_data(str(toy_data), "train", tmp_path / "c")
    assert {path.name for path in (tmp_path / "c").glob("*/train/*")} == {".lock"}


FULL = """
import resource, signal, sys
from pathlib import Path
from cdm.data.pairs import open_data
from cdm.errors import CdmError
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    open_data(sys.argv[1], "train", Path(sys.argv[2]))
except CdmError as error:
    print(error)
"""


@posix
def test_a_disk_that_fills_up_leaves_no_half_cache(toy_data: Path, tmp_path: Path) -> None:
    told, _ = _started(toy_data, tmp_path / "c", FULL).communicate(timeout=60)
    (place,) = (tmp_path / "c").glob("*/train")
    assert told.startswith(f"{place}/image") and told.endswith(
        "cannot be written: File too large; choose another place with --cache\n"
    )
    assert [path.name for path in place.iterdir()] == [".lock"]


def test_images_that_are_no_squares_are_refused(wide: Path) -> None:
    with pytest.raises(CdmError, match=r"manifest\.json: images of 24 x 16 pixels; cdm reads square ones: build with"):
        shards.read(str(wide))


def test_grey_images_have_three_equal_channels(tmp_path: Path) -> None:
    spec = catalogue.spec(catalogue.find("pendulum"), n=20, size=16, channels="grey", interventions=parse("hard"))
    build(spec, tmp_path / "grey")
    found = pairs.load(shards.read(str(tmp_path / "grey")), "train", tmp_path / "cache").arrays["image_cf"]
    written = scmgen.load(tmp_path / "grey").images("train", "image_cf")[:]
    assert np.array_equal(found, np.repeat(written[..., None], 3, axis=-1))
