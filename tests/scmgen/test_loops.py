"""Loops that numba compiles: they give what Python gives, and need no place for a cache."""

from __future__ import annotations

import shutil
from pathlib import Path

import numba
import pytest

from scmgen import loops
from scmgen.loops import compiled


def _sum(n: int) -> float:
    total = 0.0
    for k in range(n):
        total += 1.0 / (k + 1)
    return total


def test_a_compiled_loop_gives_what_python_gives() -> None:
    assert compiled(_sum)(100) == _sum(100)


def test_without_a_place_for_a_cache_it_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = numba.njit

    def without(**options: bool) -> object:
        if options.pop("cache", False):
            raise RuntimeError("no locator available")
        return plain(**options)

    monkeypatch.setattr(numba, "njit", without)
    assert compiled(_sum)(10) == _sum(10)


def test_a_library_of_other_sources_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes a loop must not draw with the one that was compiled before."""
    before = loops.library().name
    for source in loops.SOURCES:
        copy = (tmp_path / source.replace(".", "/")).with_suffix(".py")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(loops.__file__).parent / copy.relative_to(tmp_path), copy)
    monkeypatch.setattr(loops, "_HERE", tmp_path)
    assert loops.library() == tmp_path / "native" / before
    copy.write_text(copy.read_text() + "# changed")
    assert loops.library().name != before


def test_what_is_no_library_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "loops.so").write_text("no library")
    assert loops.loaded(tmp_path / "loops.so") is None
    assert loops.loaded(tmp_path / "not there.so") is None
