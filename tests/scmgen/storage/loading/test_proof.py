"""The generator's cache: whatever happened to it, it is decoded anew with a word, or opened as it was decoded."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import caches
import numpy as np
import pytest
from caches import Spoil

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.storage.loading import proof
from scmgen.storage.loading.cached import Samples

posix = pytest.mark.skipif(os.name != "posix", reason="links and pipes as POSIX has them")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data set beside the cache of its training split, ``cache``."""
    out = tmp_path_factory.mktemp("good")
    build(catalogue.spec(catalogue.find("pendulum"), n=20, size=16), out / "pendulum")
    scmgen.load(out / "pendulum").samples("train", out / "cache")
    return out


def _same(one: Samples, other: Samples) -> bool:
    a, b = one[:], other[:]
    return a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a)


@posix
@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        *(pytest.param(spoil, "image_cf", id=name) for name, spoil in {**caches.FILES, **caches.WHOLE}.items()),
        *(pytest.param(caches.FILES[name], "labels", id=f"labels: {name}") for name in ("objects", "other content")),
    ],
)
def test_a_spoiled_cache_is_made_anew_with_one_note(
    good: Path, tmp_path: Path, spoil: Spoil, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = scmgen.load(good / "pendulum")
    before = data.samples("train", good / "cache")
    shutil.copytree(good / "cache", tmp_path / "cache")
    (place,) = (tmp_path / "cache").glob("*/train")
    spoil(place, place / f"{name}.npy")
    outside = {path: path.read_bytes() for path in (tmp_path / "outside").rglob("*") if path.is_file()}
    capsys.readouterr()
    for told in (1, 0):
        assert _same(data.samples("train", tmp_path / "cache"), before)
        note = capsys.readouterr().err
        assert note.count("\n") == told and (not told or note.startswith(f"scmgen: {place}: "))
        assert not told or note.endswith("; made anew\n")
    assert not place.is_symlink() and not [path for path in place.rglob("*") if path.is_symlink()]
    assert all(path.read_bytes() == content for path, content in outside.items())
    assert {path.name for path in place.glob(".*")} == {proof.LOCK}


def test_what_is_whole_stays_when_a_neighbour_is_made_anew(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = scmgen.load(good / "pendulum")
    shutil.copytree(good / "cache", tmp_path / "cache")
    (place,) = (tmp_path / "cache").glob("*/train")
    (place / "image.npy").write_bytes(b"")
    stamp = (place / "image_cf.npy").stat().st_mtime_ns
    told: list[int] = []
    assert _same(data.samples("train", tmp_path / "cache", progress=told.append), data.samples("train", good / "cache"))
    assert sum(told) == 16 and (place / "image_cf.npy").stat().st_mtime_ns == stamp
    kept = (place / "image_cf.npy").stat().st_size
    assert capsys.readouterr().err == f"scmgen: {place}: image.npy has 0 bytes, not {kept:,}; made anew\n"
