"""``scmgen report``: of a directory or a URL, with a plug-in, and what it refuses."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import fsspec
import pytest
from shell_here import Shell

PLUGIN = "from scmgen import function\n\n\n@function()\ndef reported_twice(x):\n    return 2 * x\n"


TWICE = """
name: twice
equations:
  a: uniform(0, 1)
  b: reported_twice(a)
factors:
  a: {range: [0, 1]}
  b: {range: [0, 2]}
draw:
  - {mark: disc, x: a, y: b / 2, radius: 0.1, rgb: [0, 0, 0]}
"""


def test_a_set_behind_a_url_gives_the_same_page(small: Path, tmp_path: Path, shell: Shell) -> None:
    place = fsspec.filesystem("memory")
    place.put(str(small), "/report-of-url/pendulum", recursive=True)
    assert shell("report", "memory://report-of-url/pendulum", "-o", tmp_path / "url.html").status == 0
    assert shell("report", small, "-o", tmp_path / "local.html").status == 0
    assert (tmp_path / "url.html").read_bytes() == (tmp_path / "local.html").read_bytes()


def test_a_plug_in_is_needed_for_the_audit_alone(tmp_path: Path, shell: Shell) -> None:
    (tmp_path / "plugin.py").write_text(PLUGIN)
    (tmp_path / "twice.yaml").write_text(TWICE)
    assert shell("build", "twice.yaml", "--n", 20, "--size", 16, "--plugin", "plugin.py", "-o", "d").status == 0
    assert shell("report", "d").status == 0
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Not audited: d: was built with the plug-in plugin.py; give the same file with --plugin." in page
    assert shell("report", "d", "--plugin", "plugin.py").status == 0
    assert "Not audited" not in (tmp_path / "report.html").read_text("utf-8")


def broken(small: Path, into: Path, how: str) -> Path:
    copy = into / "copy"
    shutil.copytree(small, copy)
    shard, told = copy / "pendulum-train-000000.tar", copy / "manifest.json"
    match how:
        case "manifest":
            told.unlink()
        case "format":
            told.write_text(told.read_text().replace('"format": 1', '"format": 7'))
        case "missing":
            shard.unlink()
        case "changed":
            shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    return copy


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("manifest", "{copy}: not a data set: it has no manifest.json"),
        ("format", "{copy}/manifest.json: format 7; this scmgen reads format 1"),
        ("missing", "{copy}: pendulum-train-000000.tar is missing, though the manifest lists it"),
        ("changed", "{copy}/pendulum-train-000000.tar: changed or cut short since it was written ({size:,} bytes)"),
    ],
)
def test_a_broken_set_is_one_message_and_no_page(
    small: Path, tmp_path: Path, shell: Shell, how: str, message: str
) -> None:
    copy = broken(small, tmp_path, how)
    done = shell("report", copy, "-o", tmp_path / "out.html")
    size = (small / "pendulum-train-000000.tar").stat().st_size
    assert done == (2, "", f"scmgen: {message.format(copy=copy, size=size)}\n")
    assert not (tmp_path / "out.html").exists()


def test_places_that_cannot_be_written_are_told(small: Path, tmp_path: Path, shell: Shell) -> None:
    done = shell("report", small, "-o", tmp_path)
    example = f"a report is one file, such as {tmp_path / 'report.html'}"
    assert done == (2, "", f"scmgen: {tmp_path}: is a directory; {example}\n")
    done = shell("report", small, "-o", tmp_path / "no" / "x.html")
    assert done == (2, "", f"scmgen: {tmp_path / 'no' / 'x.html'}: no such folder: {tmp_path / 'no'}\n")
    long = tmp_path / f"{'x' * 245}.html"
    done = shell("report", small, "-o", long, "--samples", 5)
    assert done == (2, "", f"scmgen: {long}: cannot be written: File name too long\n")
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_is_there_is_replaced_whole(small: Path, tmp_path: Path, shell: Shell) -> None:
    out = tmp_path / "report.html"
    out.write_text("old")
    done = shell("report", small, "-o", out, "--samples", 10)
    assert done.status == 0 and done.err == ""
    assert re.fullmatch(rf"{re.escape(str(out))}: \d+\.\d KB\n", done.out)
    assert out.read_text("utf-8").startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("name", ["x.txt", "x", "x.pdf"])
def test_a_report_is_called_what_it_is(small: Path, tmp_path: Path, shell: Shell, name: str) -> None:
    done = shell("report", small, "-o", tmp_path / name)
    problem = f"{tmp_path / name}: the report is an HTML file; call it {tmp_path / 'x.html'}"
    assert done == (2, "", f"scmgen: {problem}\n")
    assert list(tmp_path.iterdir()) == []
