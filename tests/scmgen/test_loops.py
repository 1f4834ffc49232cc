"""Loops that numba compiles: they give what Python gives, and need no place for a cache."""

from __future__ import annotations

import numba
import pytest

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
