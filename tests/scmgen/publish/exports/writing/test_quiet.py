"""A file that never tells HDF5 of a failure: what cannot be written is dropped, and raised at the end."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from scmgen.publish.exports.writing.quiet import quiet

FULL = Path("/dev/full")  # a disk without room, on Linux
full = pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")


def test_what_is_written_is_there_and_is_read_back(tmp_path: Path) -> None:
    with quiet(tmp_path / "a") as file:
        assert file.write(memoryview(b"abcdef")) == 6
        assert file.seek(2) == file.tell() == 2
        assert file.read(3) == b"cde"
        assert file.truncate(5) == 5
    assert (tmp_path / "a").read_bytes() == b"abcde"


def test_a_buffer_is_filled_with_zeros_beyond_the_end(tmp_path: Path) -> None:
    buffer = bytearray(b"xxxxxx")
    with quiet(tmp_path / "a") as file:
        file.write(memoryview(b"abc"))
        file.seek(1)
        assert file.readinto(memoryview(buffer)) == 6
    assert buffer == b"bc\0\0\0\0"


@full
def test_a_full_disk_is_told_at_the_end_and_not_before() -> None:
    reached = False
    with pytest.raises(OSError, match="No space left") as caught, quiet(FULL) as file:
        assert file.write(memoryview(b"abc")) == 3
        assert file.write(memoryview(b"def")) == 3
        reached = True
    assert reached
    assert caught.value.errno == errno.ENOSPC


@full
def test_the_failure_of_the_disk_comes_before_what_followed_from_it() -> None:
    with pytest.raises(OSError, match="No space left"), quiet(FULL) as file:
        file.write(memoryview(b"abc"))
        raise RuntimeError("the file is no HDF5")


def test_an_error_of_the_writer_passes_where_the_disk_has_none(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="stopped"), quiet(tmp_path / "a"):
        raise RuntimeError("stopped")
