"""Archives laid by hand: the bytes that tarfile writes and the tar command reads."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored import read

from scmgen.storage import tar


@given(
    name=st.text("abcdefghijklmnopqrstuvwxyz0123456789_-.", min_size=1, max_size=100),
    data=st.binary(max_size=2_000),
)
def test_a_member_is_the_bytes_that_tarfile_would_write(name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    assert tar.member(name, data) == info.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)


@pytest.mark.skipif(shutil.which("tar") is None, reason="there is no tar command")
def test_the_tar_command_lists_and_extracts_a_shard(small: Path, tmp_path: Path) -> None:
    shard = small / "pendulum-train-000002.tar"
    listed = subprocess.run(["tar", "tf", shard], capture_output=True, text=True, check=True)  # noqa: S607
    expected = [f"{name}.{ending}" for name, sample in read(shard).items() for ending in sample]
    assert (listed.stdout.splitlines(), listed.stderr) == (expected, "")
    subprocess.run(["tar", "xf", shard, "-C", tmp_path], check=True)  # noqa: S607
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert found == {
        f"{name}.{ending}": data for name, sample in read(shard).items() for ending, data in sample.items()
    }


def test_a_tar_header_says_neither_when_nor_who_nor_where(small: Path) -> None:
    with tarfile.open(small / "pendulum-test-000000.tar") as archive:
        found = {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode, m.type, m.linkname) for m in archive}
        assert archive.pax_headers == {}
    assert found == {(0, 0, 0, "", "", 0o644, tarfile.REGTYPE, "")}


def test_nothing_follows_the_end_of_a_tar(small: Path) -> None:
    for path in small.glob("*.tar"):
        data = path.read_bytes()
        with tarfile.open(path) as archive:
            last = archive.getmembers()[-1]
        end = last.offset_data + last.size + -last.size % 512
        assert data[end:] == bytes(1024)
