"""A split decoded once: the cache holds what the shards hold, whole or not at all, and costs no memory."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scmgen
from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.storage.loading import cached

posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits as POSIX has them")


def equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return set(one) == set(other) and all(
        np.asarray(one[key]).dtype == np.asarray(other[key]).dtype and np.array_equal(one[key], other[key])
        for key in one
    )


def digest(data: Path) -> str:
    return str(scmgen.load(data).manifest["digest"])


@pytest.fixture
def pendulum(tmp_path: Path) -> Path:
    """Give 50 pairs at 16 px in shards of 15."""
    build(catalogue.spec(catalogue.find("pendulum"), n=50, size=16, shard_size=15), tmp_path / "d")
    return tmp_path / "d"


# What comes back


def test_a_cache_holds_what_stream_computes(pendulum: Path, tmp_path: Path) -> None:
    samples = scmgen.load(pendulum).samples("train", tmp_path / "c")
    batch = scmgen.stream("pendulum", n=50, size=16, batch_size=64)[0]
    assert len(samples) == 40 and equal(samples[:], batch)
    for key in ([3, 1, 4, 1, -1], slice(5, 30, 4), np.arange(40) > 33, np.array([7]), [], range(2, 5)):
        assert equal(samples[key], {name: array[key] for name, array in samples[:].items()}), key
    for row in (0, -1, np.int64(17)):
        assert equal(samples[row], {name: array[row] for name, array in batch.items()})
    assert [int(sample["index"]) for sample in samples] == list(range(40))


@pytest.mark.parametrize("key", [40, -41, [0, 40], [0.5], [True] * 39])
def test_what_is_not_there_is_an_index_error(pendulum: Path, tmp_path: Path, key: Any) -> None:
    with pytest.raises(IndexError):
        scmgen.load(pendulum).samples("train", tmp_path)[key]


def test_masks_chains_and_withheld_labels(weak: Path, tmp_path: Path) -> None:
    data = scmgen.load(weak)
    told, whole = data.samples("train", tmp_path), data.samples("train", tmp_path, truth=True)
    assert set(told[0]) == {"index", "domain", "factors", "noise", *data.members}
    more = {"factors_cf", "do_mask", "do_value", "do_scale", "do_shift"}
    assert set(whole[0]) - set(told[0]) == more | {name + "2" for name in more}
    assert whole[:]["mask_cf2"].shape == (32, 16, 16) and whole[:]["effect2"].dtype == np.uint8
    for member in data.members:
        assert np.array_equal(whole[:][member], data.images("train", member)[:])
    labels = data.labels("train", truth=True)
    assert np.array_equal(whole[:]["do_value2"], labels.do_value.sel(step="cf2"))
    assert np.array_equal(told[:]["domain"], labels.domain)
    assert equal({name: whole[:][name] for name in told[0]}, told[:])


def test_what_comes_is_a_copy(pendulum: Path, tmp_path: Path) -> None:
    samples = scmgen.load(pendulum).samples("train", tmp_path)
    before = samples[:]
    for key in (0, slice(0, 3), [0, 1]):
        for array in samples[key].values():
            if array.ndim:
                assert array.flags.writeable and array.flags.c_contiguous
                array[...] = 0
    for array in samples.__getitems__([0, 1])[0].values():
        if array.ndim:
            array[...] = 0
    assert equal(samples[:], before)


def test_members_that_are_wanted_are_decoded_and_no_others(small: Path, tmp_path: Path) -> None:
    data, told = scmgen.load(small), []
    some = data.samples("test", tmp_path, members=["image"], progress=told.append)
    place = tmp_path / data.manifest["digest"] / "test"
    assert set(some[0]) == {"index", "image", "factors", "factors_cf", "noise"} | {
        f"do_{name}" for name in ("mask", "value", "scale", "shift")
    }
    assert {path.name for path in place.glob("*.npy")} == {"labels.npy", "image.npy"} and sum(told) == 30
    stamp = (place / "image.npy").stat().st_mtime_ns
    more = data.samples("test", tmp_path, members=("mask", "image"), progress=told.append)
    assert list(more[0])[:3] == ["index", "mask", "image"] and sum(told) == 60
    assert (place / "image.npy").stat().st_mtime_ns == stamp
    assert some.bytes == sum((place / name).stat().st_size for name in ("labels.npy", "image.npy"))


# The cache


def test_a_second_call_decodes_nothing_and_needs_no_shards(pendulum: Path, tmp_path: Path) -> None:
    told: list[int] = []
    first = scmgen.load(pendulum).samples("train", tmp_path / "c", progress=told.append)
    assert sum(told) == 40
    for path in pendulum.glob("*.tar"):
        path.unlink()
    again = scmgen.load(pendulum).samples("train", tmp_path / "c", progress=told.append)
    assert sum(told) == 40 and equal(again[:], first[:])


def test_another_build_has_another_cache(pendulum: Path, tmp_path: Path) -> None:
    before = scmgen.load(pendulum).samples("train", tmp_path / "c")
    build(catalogue.spec(catalogue.find("pendulum"), n=50, size=16, shard_size=15, seed=1), pendulum, force=True)
    after = scmgen.load(pendulum).samples("train", tmp_path / "c")
    assert after.place != before.place and not np.array_equal(after[:]["image"], before[:]["image"])


def test_caches_lie_where_caches_belong(pendulum: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert scmgen.load(pendulum).samples("test").place == tmp_path / "caches" / "scmgen" / digest(pendulum) / "test"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for told in ("", "relative"):  # which the XDG specification says to ignore
        monkeypatch.setenv("XDG_CACHE_HOME", told)
        assert cached.home() == tmp_path / "home" / ".cache" / "scmgen"


SLOW = """
import sys, time, scmgen
data = scmgen.load(sys.argv[1])
def wait(samples):
    print(samples, flush=True)
    time.sleep(0.2)
data.samples("train", sys.argv[2], progress=wait)
"""


def start(data: Path, cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", SLOW, str(data), str(cache)], stdout=subprocess.PIPE, text=True)


@posix
def test_a_killed_process_leaves_nothing_that_looks_whole(pendulum: Path, tmp_path: Path) -> None:
    process = start(pendulum, tmp_path / "c")
    assert process.stdout is not None and process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    place = tmp_path / "c" / digest(pendulum) / "train"
    left = {path.name for path in place.iterdir()}
    assert not [name for name in left if name.endswith(".npy")] and any(name.endswith(".tmp") for name in left)
    samples = scmgen.load(pendulum).samples("train", tmp_path / "c")
    assert equal(samples[:], scmgen.stream("pendulum", n=50, size=16, batch_size=64)[0])
    assert not list(place.glob(".*.tmp"))


@posix
def test_two_processes_at_once_decode_once(pendulum: Path, tmp_path: Path) -> None:
    processes = [start(pendulum, tmp_path / "c") for _ in range(2)]
    told = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(sum(map(int, text.split())) for text in told) == [0, 40]
    assert len(scmgen.load(pendulum).samples("train", tmp_path / "c")) == 40


def test_where_nobody_can_lock_both_decode_and_none_is_harmed(
    pendulum: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)  # as on Windows
    data, found = scmgen.load(pendulum), []
    met = threading.Barrier(2)

    def decode() -> None:
        first = iter([True])
        found.append(
            data.samples("train", tmp_path / "c", progress=lambda _: met.wait() if next(first, False) else None)
        )

    threads = [threading.Thread(target=decode) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert len(found) == 2 and equal(found[0][:], found[1][:])
    assert not list(found[0].place.glob(".*.tmp"))


# Errors


def test_a_damaged_shard_leaves_no_cache(pendulum: Path, tmp_path: Path) -> None:
    path = pendulum / "pendulum-train-000002.tar"
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(ScmgenError, match=r"pendulum-train-000002\.tar: changed or cut short since it was written"):
        scmgen.load(pendulum).samples("train", tmp_path / "c")
    assert [path.name for path in (tmp_path / "c" / digest(pendulum) / "train").iterdir()] == [".lock"]


def test_unknown_splits_and_members(pendulum: Path, tmp_path: Path) -> None:
    data = scmgen.load(pendulum)
    with pytest.raises(ScmgenError, match=r"no split 'trian'; did you mean 'train'\?$"):
        data.samples("trian", tmp_path)
    with pytest.raises(ScmgenError, match=r"^pendulum: no member 'mask'; allowed: image, image_cf$"):
        data.samples("train", tmp_path, members=["mask"])


def test_a_cache_directory_that_is_a_file(pendulum: Path, tmp_path: Path) -> None:
    (tmp_path / "c").write_text("")
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(pendulum).samples("train", tmp_path / "c")
    place = tmp_path / "c" / digest(pendulum) / "train"
    assert str(caught.value) == f"{place}: cannot be used: Not a directory; name another directory with cache="


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a directory that even root cannot write")
def test_a_cache_directory_that_cannot_be_written(pendulum: Path) -> None:
    with pytest.raises(ScmgenError, match=r"^/proc/x/.*: cannot be used: .*; name another directory with cache=$"):
        scmgen.load(pendulum).samples("train", "/proc/x")


def test_too_little_room_is_told_before_any_work(
    pendulum: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(tmp_path)._replace(free=50_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: free)
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(pendulum).samples("train", tmp_path / "c")
    told = "the decoded images need 61.4 KB, and 50.0 KB are free"
    place = tmp_path / "c" / digest(pendulum) / "train"
    assert str(caught.value) == f"{place}: {told}; name another directory with cache=, or fewer members"
    assert scmgen.load(pendulum).samples("train", tmp_path / "c", members=["image"]).bytes < 50_000


FULL = """
import resource, signal, sys, scmgen
data = scmgen.load(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    data.samples("train", sys.argv[2])
except scmgen.ScmgenError as error:
    print(error)
"""


@posix
def test_a_disk_that_fills_up_leaves_no_half_cache(pendulum: Path, tmp_path: Path) -> None:
    line = [sys.executable, "-c", FULL, str(pendulum), str(tmp_path / "c")]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    place = tmp_path / "c" / digest(pendulum) / "train"
    assert done.stdout == f"{place}: cannot be used: File too large; name another directory with cache=\n"
    assert [path.name for path in place.iterdir()] == [".lock"]


# What a trainer needs


def row(samples: Any, number: int, out: Any) -> None:
    out.put({name: np.asarray(array) for name, array in samples[number].items()})


def test_it_travels_between_processes_as_paths(pendulum: Path, tmp_path: Path) -> None:
    samples = scmgen.load(pendulum).samples("train", tmp_path / "c")
    assert samples[0] and len(pickle.dumps(samples)) < 500
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=row, args=(samples, 7, answers))
    process.start()
    assert equal(answers.get(timeout=60), samples[7])
    process.join()


def test_it_holds_nothing_in_memory_but_the_map(small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    data.samples("train", tmp_path)
    tracemalloc.start()
    samples = data.samples("train", tmp_path)
    for start in range(0, 240, 16):
        batch = samples[list(range(start, start + 16))]
    size = sum(array.nbytes for array in batch.values())
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert samples.bytes > 7_000_000 and size < 600_000
    assert held < size + 200_000 and peak < 3 * size + 200_000


def test_fifty_thousand_pairs_a_second_on_one_core(small: Path, tmp_path: Path) -> None:
    samples = scmgen.load(small).samples("train", tmp_path, members=["image", "image_cf"])
    rng, best = np.random.default_rng(0), 0.0
    for _ in range(5):
        wanted = [rng.integers(240, size=64).tolist() for _ in range(50)]
        began = time.process_time()
        for rows in wanted:
            samples[rows]
        best = max(best, 50 * 64 / (time.process_time() - began))
    assert best > 50_000


def test_a_torch_loader_takes_it_as_it_is(pendulum: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from torch.utils.data import BatchSampler, DataLoader, SequentialSampler

    samples = scmgen.load(pendulum).samples("train", tmp_path / "c")
    loaders = [
        DataLoader(samples, batch_size=16),  # type: ignore[arg-type]
        DataLoader(samples, batch_size=16, num_workers=2, multiprocessing_context="spawn"),  # type: ignore[arg-type]
        DataLoader(samples, batch_size=None, sampler=BatchSampler(SequentialSampler(range(40)), 16, False)),  # type: ignore[arg-type]
    ]
    for loader in loaders:
        found = list(loader)
        assert [len(batch["index"]) for batch in found] == [16, 16, 8]
        for start, batch in zip((0, 16, 32), found, strict=True):
            assert all(isinstance(tensor, torch.Tensor) for tensor in batch.values())
            assert equal({name: tensor.numpy() for name, tensor in batch.items()}, samples[start : start + 16])


def test_a_bar_is_shown_on_a_terminal_only(pendulum: Path, tmp_path: Path) -> None:
    program = "import sys, scmgen; scmgen.load(sys.argv[1]).samples('train', sys.argv[2])"
    line = [sys.executable, "-c", program, str(pendulum), str(tmp_path / "c")]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    shutil.rmtree(tmp_path / "c")
    script = shutil.which("script")
    if script:
        shown = subprocess.run(
            [script, "-qec", shlex.join(line), "/dev/null"], capture_output=True, text=True, check=True
        )
        assert re.search(r"decoding.*40/40", shown.stdout, re.DOTALL)
