"""A data set in a notebook: small, escaped, and readable where its files are not."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

import scmgen
from scmgen.storage.loading import archive
from scmgen.storage.shown import page as shown

HOSTILE = "<script>alert(1)</script>"


@pytest.mark.parametrize("kind", ["small", "weak", "foreign", "many"])
def test_a_page_is_small_and_has_samples_and_the_graph(kind: str, request: pytest.FixtureRequest) -> None:
    page = scmgen.load(request.getfixturevalue(kind))._repr_html_()
    assert 2_000 < len(page) < 200_000
    assert page.count("<svg") == page.count("<img") == 1


def test_what_the_manifest_says_is_escaped(foreign: Path) -> None:
    data = scmgen.load(foreign)
    manifest = dataclasses.replace(data.manifest, description=HOSTILE, license=HOSTILE)
    page = dataclasses.replace(data, manifest=manifest)._repr_html_()
    assert page.count("&lt;script&gt;") == 2 and "<script" not in page


def test_a_data_set_whose_shards_are_gone_shows_its_text(small: Path, tmp_path: Path) -> None:
    shutil.copytree(small, tmp_path / "copy")
    data = scmgen.load(tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy")
    page = data._repr_html_()
    assert "<img" not in page and "is missing, though the manifest lists it" in page and "<svg" in page
    assert "train 240" in page and "train 240" in repr(data)


def test_samples_are_not_fetched_for_a_look(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fsspec")
    import fsspec  # type: ignore[import-not-found, import-untyped, unused-ignore]

    system = fsspec.filesystem("memory")
    system.pipe("/looked/manifest.json", (small / "manifest.json").read_bytes())
    page = scmgen.load("memory://looked")._repr_html_()
    assert "<img" not in page and "data.show() draws them" in page
    monkeypatch.setattr(shown, "_READ", 1)
    assert "data.show() draws them" in scmgen.load(small)._repr_html_()


def test_one_shard_is_read_and_once(small: Path) -> None:
    archive.remembered.cache_clear()
    scmgen.load(small)._repr_html_()
    assert archive.remembered.cache_info().misses == 1
