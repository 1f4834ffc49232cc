from __future__ import annotations

import os
from pathlib import Path

import pytest

from scmgen.errors import ScmgenError
from scmgen.files import read_file


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert read_file(tmp_path / "a", 3) == b"abc"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(5_000_000_000)
    with pytest.raises(ScmgenError, match=r"sparse: has 5,000,000,000 bytes; at most 1,000 are read$"):
        read_file(tmp_path / "sparse", 1_000)


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ScmgenError, match="pipe: is a FIFO; a regular file is needed"):
        read_file(tmp_path / "pipe", 1_000)


def test_a_device_has_no_end(tmp_path: Path) -> None:
    with pytest.raises(ScmgenError, match="/dev/zero: is a device; a regular file is needed"):
        read_file(Path("/dev/zero"), 1_000)


def test_what_is_not_there_and_a_directory_are_errors_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "nothing", 1_000)
    with pytest.raises(IsADirectoryError):
        read_file(tmp_path, 1_000)
