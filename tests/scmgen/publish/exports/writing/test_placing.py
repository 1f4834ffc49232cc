"""Exports appear whole or not at all, whatever stops them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from exported import GENERAL, LAYOUTS, contents
from libraries import need

import scmgen
from scmgen import ScmgenError
from scmgen.publish import exports

LIMITED = """
import json, os, resource, sys, tempfile, warnings
import h5netcdf, pyarrow.parquet, xarray, zarr
import scmgen.cli.export, scmgen.publish.exports
from scmgen.cli.main import main
warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)  # but none of ours
for line in sys.stdin:
    to, room, data, place = json.loads(line)
    with tempfile.TemporaryFile("w+") as told:
        child = os.fork()
        if not child:
            os.dup2(told.fileno(), sys.stderr.fileno())
            os.chdir(place)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room,) * 2)
            sys.argv = ["scmgen", "export", data, "--to", to, "-o", "set"]
            main()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        told.seek(0)
        print(json.dumps([status, told.read()]), flush=True)
"""
Limited = Callable[[str, int, Path, Path], list[Any]]


@pytest.fixture(scope="module")
def limited() -> Iterator[Limited]:
    """Give what exports in processes whose files may not grow: copies of one that has imported the libraries."""
    need("h5netcdf", "pyarrow", "zarr")
    line = [sys.executable, "-W", "error", "-c", LIMITED]
    process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def export(to: str, room: int, data: Path, place: Path) -> list[Any]:
        assert process.stdin is not None and process.stdout is not None
        print(json.dumps([to, room, str(data), str(place)]), file=process.stdin, flush=True)
        told: list[Any] = json.loads(process.stdout.readline())
        return told

    with process:
        yield export


@pytest.mark.parametrize("to", [*GENERAL, *LAYOUTS])
@pytest.mark.parametrize("room", [900, 10_000])
def test_a_full_disk_is_one_message_and_leaves_nothing(
    limited: Limited, to: str, room: int, small: Path, tmp_path: Path
) -> None:
    room = min(room, 900 if to in ("imagefolder", "causalvae") else room)  # their files are small
    assert limited(to, room, small, tmp_path) == [2, "scmgen: set: cannot be written: File too large\n"]
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
    assert len(list(tmp_path.iterdir())) == 3  # with what was half written, and with what its writer held
    exports.export(data, to, out, splits=["test"], force=True)
    assert list(tmp_path.iterdir()) == [out]
    assert set(contents(out)) == set(before)


@pytest.mark.parametrize("to", ["hdf5", "imagefolder"])
def test_an_export_that_is_under_way_is_not_swept(to: str, small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    with begun(small, to, tmp_path) as process:
        there = {path.name for path in tmp_path.iterdir()}
        exports.export(data, to, tmp_path / "set", splits=["test"])
        assert {path.name for path in tmp_path.iterdir()} == {*there, "set"}
        process.kill()
    exports.export(data, to, tmp_path / "set", splits=["test"], force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("to", ["hdf5", "imagefolder"])
def test_an_interrupted_export_leaves_nothing(to: str, small: Path, tmp_path: Path) -> None:
    with begun(small, to, tmp_path) as process:
        process.send_signal(signal.SIGINT)
    assert list(tmp_path.iterdir()) == []


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
