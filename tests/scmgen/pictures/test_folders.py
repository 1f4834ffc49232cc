"""Folders whose sub-folders are classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from scmgen.errors import ScmgenError
from scmgen.pictures.folders import classed, names, there


def test_files_stand_in_the_order_of_classes_and_names_and_hidden_ones_are_none(tmp_path: Path) -> None:
    for name in ("b/2.png", "b/1.PNG", "a/3.png", "a/.x.png", "a/notes.txt", "lone.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = classed(tmp_path, [".png"], "picture")
    assert [(kind, path.name) for kind, path in found] == [("a", "3.png"), ("b", "1.PNG"), ("b", "2.png")]
    assert [(kind, path.name) for kind, path in classed(tmp_path / "b", [".png"], "picture")] == [
        ("", "1.PNG"),
        ("", "2.png"),
    ]
    assert names(tmp_path) == ["a", "b", "lone.png"]


def test_what_is_not_there_and_a_class_without_a_file_are_said(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(ScmgenError, match=r"a: a class without a mesh; give it some, or take the folder away$"):
        classed(tmp_path, [".ply"], "mesh")
    with pytest.raises(ScmgenError, match=r"^here: there is nothing there$"):
        there(tmp_path / "b", "here")
    with pytest.raises(ScmgenError, match=r"b: cannot be read: No such file or directory$"):
        names(tmp_path / "b")
