"""The formats: each is told of on the page, and one whose library is absent is refused."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from checkout import ROOT
from exported import ASKED, GENERAL, LAYOUTS, MOVING, NAMED

import scmgen
from scmgen import ScmgenError
from scmgen.publish import exports

PAGE = (ROOT / "docs" / "how-to" / "exports.md").read_text(encoding="utf-8")


def test_a_missing_library_is_named_with_the_extra(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(ScmgenError) as caught:
        exports.export(scmgen.load(small), "zarr", tmp_path / "set")
    assert str(caught.value) == "--to zarr: needs zarr: pip install 'scmgen[export]'"


def test_what_holds_clips_alone_refuses_still_images(small: Path, tmp_path: Path) -> None:
    for to in MOVING:
        with pytest.raises(ScmgenError) as caught:
            exports.export(scmgen.load(small), to, tmp_path / "set")
        assert str(caught.value) == f"{small}: --to {to} holds clips, and these are still images: a scene has frames"
    assert list(tmp_path.iterdir()) == []


def test_the_page_tells_of_each_format() -> None:
    assert (
        set(re.findall(r"^\| `(\w+)` \|(?:[^|\n]*\|){4}$", PAGE, re.MULTILINE))
        == set(exports.FORMATS)
        == {*GENERAL, *LAYOUTS, *NAMED, *MOVING, *ASKED}
    )
