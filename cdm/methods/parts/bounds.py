"""Bounds that options of several methods have in common, each told by name with what was found."""

from __future__ import annotations

from typing import Any

from cdm.errors import CdmError


def some(options: Any, *names: str) -> None:
    """Raise unless these are 1 or more.

    Raises:
        CdmError: if one is 0.
    """
    for name in names:
        if not getattr(options, name):
            raise CdmError(f"{name}: at least 1 is needed, found 0")


def positive(options: Any, *names: str) -> None:
    """Raise unless these are more than 0.

    Raises:
        CdmError: if one is not.
    """
    for name in names:
        if not getattr(options, name) > 0:
            raise CdmError(f"{name}: more than 0 is needed, found {getattr(options, name):g}")


def shares(options: Any, *names: str) -> None:
    """Raise unless these are shares.

    Raises:
        CdmError: if one is more than 1.
    """
    for name in names:
        if getattr(options, name) > 1:
            raise CdmError(f"{name}: a share from 0 to 1 is needed, found {getattr(options, name):g}")


def eighths(options: Any, *names: str) -> None:
    """Raise unless these are multiples of 8, which group norms of 8 groups need.

    Raises:
        CdmError: if one is not.
    """
    for name in names:
        if not (found := getattr(options, name)) or found % 8:
            raise CdmError(f"{name}: a multiple of 8 is needed, found {found}")
