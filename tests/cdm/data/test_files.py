"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from cdm.data import files
from cdm.errors import CdmError


def test_a_file_takes_its_name_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "model"
    with files.replacing(path) as there:
        there.write_bytes(b"whole")
        assert there.parent == path.parent and not path.exists()
    assert path.read_bytes() == b"whole"
    assert list(path.parent.iterdir()) == [path]


def test_what_stops_within_the_block_leaves_what_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"before")
    with pytest.raises(ValueError, match=r"^stopped$"), files.replacing(path) as there:
        there.write_bytes(b"half")
        raise ValueError("stopped")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_one_message_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    path = tmp_path / "file" / "model"
    message = f"{path}: cannot be written: File exists; choose another"
    with pytest.raises(CdmError, match=f"^{re.escape(message)}$"), files.replacing(path, "; choose another"):
        pass
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(CdmError, match=r"cannot be written: Is a directory$"), files.replacing(folder) as there:
        there.write_bytes(b"x")
    assert sorted(child.name for child in tmp_path.iterdir()) == ["file", "folder"]


def test_a_sweep_takes_what_killed_writers_of_this_file_left_and_nothing_else(tmp_path: Path) -> None:
    kept = {"model", ".other.0a.tmp", "model.0a.tmp", ".model.tmp.gz"}
    for name in (*kept, ".model.0a1b.tmp", ".model.ffff.tmp"):
        (tmp_path / name).write_bytes(b"")
    files.sweep(tmp_path / "model")
    assert {path.name for path in tmp_path.iterdir()} == kept
    files.sweep(tmp_path / "nowhere" / "model")  # a folder that is not there holds nothing


@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")
def test_what_is_no_regular_file_is_not_opened_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(CdmError, match=f"^{path}: is no regular file$"), files.open_file(path):
            pass
    with pytest.raises(IsADirectoryError), files.open_file(tmp_path):
        pass
    (tmp_path / "plain").write_bytes(b"whole")
    with files.open_file(tmp_path / "plain") as file:
        assert file.read() == b"whole"


def test_caches_lie_where_the_user_says_or_keeps_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert files.caches(tmp_path) == tmp_path
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert files.caches(None) == tmp_path / "x" / "cdm"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert files.caches(None) == tmp_path / ".cache" / "cdm"
