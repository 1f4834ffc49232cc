"""The banks that this process was given, by the names that scenes know them by."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from scmgen.errors import ScmgenError, suggestion
from scmgen.pictures.bank import Bank

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
BANKS: dict[str, Bank] = {}
_places: dict[tuple[str, Path], Bank] = {}


class Given(NamedTuple):
    """A bank as the command line gives it: what a scene calls it, and where it lies."""

    name: str
    place: Path


def given(text: str) -> Given:
    """Read ``NAME=PLACE``.

    Raises:
        ScmgenError: if it is nothing of the kind.
    """
    name, sign, place = text.partition("=")
    if not sign or not place or not _NAME.match(name):
        raise ScmgenError(f"--pictures {text}: write NAME=PLACE, the name that the scene uses, and where they lie")
    return Given(name, Path(place))


def bring(one: Given) -> Bank:
    """Read a bank, once a process, and give it its name.

    Raises:
        ScmgenError: if it cannot be read.
    """
    from scmgen.pictures import sources  # a part of a second, which a process without pictures need not wait

    key = (one.name, one.place.resolve())
    if key not in _places:
        _places[key] = sources.read(one.name, one.place)
    BANKS[one.name] = _places[key]
    return BANKS[one.name]


def named(name: str, where: str) -> Bank:
    """The bank of a name; ``where`` says who asks.

    Raises:
        ScmgenError: if this process was given none.
    """
    if name not in BANKS:
        hint = f"; {suggestion(name, BANKS)}" if BANKS else ""
        raise ScmgenError(f"{where}: no pictures {name!r} were given: --pictures {name}=PLACE{hint}")
    return BANKS[name]
