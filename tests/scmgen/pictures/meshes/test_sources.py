"""Banks of meshes: a folder, one file, and what is too much or none."""

from __future__ import annotations

from pathlib import Path

import meshed
import pytest

from scmgen.errors import ScmgenError
from scmgen.pictures.meshes import sources


def test_a_folder_is_a_bank_in_the_order_of_its_names(tmp_path: Path) -> None:
    bank = sources.read("things", meshed.folder(tmp_path / "things"))
    assert [len(mesh.faces) for mesh in bank.items] == [12, 6] and bank.what == "meshes" and not bank.labelled
    assert bank.pick([0.0, 0.0], [0.1, 0.9]).tolist() == [0, 1]
    with pytest.raises(ScmgenError, match=r"^meshes 'things': no mesh 2; they are numbered from 0 to 1$"):
        bank.numbers([2])
    assert sources.read("other", tmp_path / "things").sum == bank.sum
    (tmp_path / "things" / "a-cube.ply").write_bytes(meshed.ply(meshed.CUBE, meshed.SIDES))
    assert sources.read("things", tmp_path / "things").sum != bank.sum


def test_a_sub_folder_is_a_class_and_one_file_a_bank_of_one(tmp_path: Path) -> None:
    place = meshed.folder(tmp_path / "things" / "sharp")
    meshed.folder(tmp_path / "things" / "blunt")
    bank = sources.read("things", tmp_path / "things")
    assert bank.classes == ("blunt", "sharp") and bank.starts.tolist() == [0, 2, 4]
    assert len(sources.read("one", place / "b-pyramid.obj").items) == 1


def test_what_is_no_bank_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = meshed.folder(tmp_path / "things")
    (tmp_path / "empty").mkdir()
    said = {
        "nowhere": "there is nothing there",
        "empty": "there are no meshes in it (.ply and .obj are read)",
    }
    for name, problem in said.items():
        with pytest.raises(ScmgenError) as caught:
            sources.read("things", tmp_path / name)
        assert str(caught.value) == f"--meshes things={tmp_path / name}: {problem}"
    with pytest.raises(ScmgenError, match=r"notes\.txt: of no kind that is read: \.ply, \.obj$"):
        sources.read("things", place / "notes.txt")
    (place / "c.ply").write_bytes(b"ply")
    with pytest.raises(ScmgenError, match=r"c\.ply: no PLY file: "):
        sources.read("things", place)
    monkeypatch.setattr(sources, "TOGETHER", 15)
    (place / "c.ply").unlink()
    with pytest.raises(ScmgenError, match=r"more than 15 triangles; give fewer or simpler meshes$"):
        sources.read("things", place)
    monkeypatch.setattr(sources, "MOST", 1)
    with pytest.raises(ScmgenError, match=r"2 meshes; at most 1 are read$"):
        sources.read("things", place)
