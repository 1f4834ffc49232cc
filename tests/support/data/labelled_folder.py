"""A folder of four images, and tables of labels to import with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from scmgen.build.imported import tables
from scmgen.build.imported.request import Request
from scmgen.cli.main import main


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder with ``images`` of four grey squares, a.png to d.png."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images").mkdir()
    for level, name in enumerate("abcd"):
        Image.new("L", (8, 8), 40 * level).save(tmp_path / "images" / f"{name}.png")
    return tmp_path


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["scmgen", *line.split(), "-j", "1"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert isinstance(caught.value.code, int)
    return caught.value.code, capsys.readouterr().err


def read(text: str, **asked: Any) -> tables.LabelTable:
    Path("t.csv").write_text(text, encoding="utf-8")
    return tables.read(Request(Path("images"), (Path("t.csv"),), **asked))


GOOD = "file,x,on\na,1.5,0\nb,2,1\nc,3,1\nd,-4,0\n"
