"""Loops over numbers that numba compiles. Importing this imports numba, which takes a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def compiled(body: Callable[..., Any]) -> Callable[..., Any]:
    """Compile with a cache on disk where one can be written."""
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(body)
    except RuntimeError:  # no directory for the cache
        return numba.njit(nogil=True, error_model="numpy")(body)
