"""Plug-ins: run once a process, known by name and hash, and refused with the place where they fail."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import meshed
import pytest
from digits import digits, idx_files

from scmgen.errors import ScmgenError
from scmgen.pictures.brought import Given
from scmgen.scene import plugins


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test a process that has run no plug-in."""
    monkeypatch.setattr(plugins, "_loaded", {})
    yield


def plugin(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def counting(path: Path) -> Path:
    """Write a plug-in that leaves a line beside it each time it is run."""
    log = path.with_suffix(".log")
    return plugin(path, f"with open({str(log)!r}, 'a') as log:\n    log.write('run\\n')\n")


def test_a_plugin_is_run_once_and_known_by_its_hash(tmp_path: Path) -> None:
    path = counting(tmp_path / "words.py")
    sums = {"words.py": hashlib.sha256(path.read_bytes()).hexdigest()}
    assert plugins.load([path]) == plugins.load([path, path]) == sums
    assert path.with_suffix(".log").read_text() == "run\n"


def test_two_plugins_of_one_name_are_one_only_if_they_say_the_same(tmp_path: Path) -> None:
    first, twin = (plugin(tmp_path / folder / "words.py", "x = 1") for folder in "ab")
    other = plugin(tmp_path / "c" / "words.py", "x = 2")
    assert list(plugins.load([first, twin])) == ["words.py"]
    with pytest.raises(ScmgenError, match=r"another plug-in is called words\.py too; rename one"):
        plugins.load([first, other])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("words.py", "x = 1\ny = 1 / 0\n", ":2: ZeroDivisionError: division by zero"),
        ("words.py", "def f(:\n", ": SyntaxError: "),
        ("words.py", "raise SystemExit(3)", ":1: SystemExit: 3"),
        ("words.txt", "x = 1", ": a plug-in is a Python file (.py)"),
    ],
)
def test_a_plugin_that_fails_is_named_with_its_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = plugin(tmp_path / name, text)
    with pytest.raises(ScmgenError) as caught:
        plugins.load([path])
    assert str(caught.value).startswith(f"plug-in {path}{message}")


def test_a_plugin_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        plugins.load([tmp_path / "words.py"])
    assert str(caught.value) == f"plug-in {tmp_path / 'words.py'}: cannot be read: No such file or directory"


def test_a_data_set_asks_for_the_plugins_that_it_was_built_with(tmp_path: Path) -> None:
    path = plugin(tmp_path / "words.py", "x = 1")
    sums = {"words.py": hashlib.sha256(b"x = 1").hexdigest()}
    assert plugins.lacking(sums) == ["words.py"]
    with pytest.raises(ScmgenError) as caught:
        plugins.require(sums, [], "some/data")
    assert str(caught.value) == ("some/data: was built with the plug-in words.py; give the same file with --plugin")
    plugins.require(sums, [path], "some/data")
    assert plugins.lacking(sums) == []


def test_another_file_of_the_same_name_does_not_do(tmp_path: Path) -> None:
    path = plugin(tmp_path / "words.py", "x = 2")
    sums = {"words.py": hashlib.sha256(b"x = 1").hexdigest()}
    with pytest.raises(ScmgenError, match=r"was built with the plug-in words\.py"):
        plugins.require(sums, [path], "some/data")
    assert plugins.lacking(sums) == ["words.py"]


def test_pictures_are_brought_as_plug_ins_are(tmp_path: Path) -> None:
    given = Given("digits", idx_files(tmp_path))
    sums = plugins.load([given])
    assert sums == {"digits": digits().sum} and plugins.lacking(sums) == []
    plugins.require(sums, [given], "some/data")
    with pytest.raises(ScmgenError) as error:
        plugins.require({"digits": "0" * 64, "words.py": "1" * 64}, [given], "some/data")
    assert str(error.value) == (
        "some/data: was built with the plug-in words.py; give the same file with --plugin; "
        "and with the pictures digits; give the same with --pictures digits=PLACE"
    )
    with pytest.raises(ScmgenError, match=r"'digits' is given twice$"):
        plugins.load([given, given])


def test_meshes_are_brought_as_pictures_are(tmp_path: Path) -> None:
    given = Given("things", meshed.folder(tmp_path), "meshes")
    (known_as,) = sums = plugins.load([given])
    assert known_as == "things.meshes" and plugins.lacking(sums) == []
    with pytest.raises(ScmgenError) as error:
        plugins.require({known_as: "0" * 64}, [given], "some/data")
    said = "some/data: was built with the meshes things; give the same with --meshes things=PLACE"
    assert str(error.value) == said
    with pytest.raises(ScmgenError, match=r"^--meshes things=\S+: 'things' is given twice$"):
        plugins.load([given._replace(what="pictures", place=idx_files(tmp_path / "bank")), given])
