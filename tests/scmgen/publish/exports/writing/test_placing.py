"""Exports appear whole or not at all, whatever stops them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from exported import GENERAL, LAYOUTS, contents
from libraries import need

import scmgen
from scmgen import ScmgenError
from scmgen.publish import exports

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from scmgen.cli.main import main
sys.argv = ["scmgen", *sys.argv[2:]]
main()
"""


@pytest.mark.parametrize("to", [*GENERAL, *LAYOUTS])
@pytest.mark.parametrize("room", [900, 10_000])
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
