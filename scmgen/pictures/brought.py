"""The banks that this process was given, by the names that scenes know them by, and those that come with scmgen.

A scene that names one of the latter shows it unless another one is brought: so it can be tried without any download.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from scmgen.errors import ScmgenError, suggestion
from scmgen.pictures.bank import ONE, Bank, Pixels, What

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
MESHES = ".meshes"  # ends the name by which data sets know meshes, beside pictures and plug-ins
_BUNDLED = Path(__file__).parent / "bundled"
BANKS: dict[str, Bank[Any]] = {}
_places: dict[tuple[str, Path, What], Bank[Any]] = {}


class Given(NamedTuple):
    """A bank as the command line gives it: what a scene calls it, where it lies, and what it holds."""

    name: str
    place: Path
    what: What = "pictures"

    @property
    def option(self) -> str:
        """The words of the command line that give it."""
        return f"--{self.what} {self.name}={self.place}"

    @property
    def known_as(self) -> str:
        """The name by which data sets know it."""
        return key(self.name, self.what)


def key(name: str, what: What) -> str:
    """The name by which data sets know a bank.

    >>> key("digits", "pictures"), key("things", "meshes")
    ('digits', 'things.meshes')
    """
    return name + MESHES * (what == "meshes")


def given(text: str, what: What = "pictures") -> Given:
    """Read ``NAME=PLACE``.

    Raises:
        ScmgenError: if it is nothing of the kind.
    """
    name, sign, place = text.partition("=")
    if not sign or not place or not NAME.match(name):
        raise ScmgenError(f"--{what} {text}: write NAME=PLACE, the name that the scene uses, and where they lie")
    return Given(name, Path(place), what)


def bring(one: Given) -> Bank[Any]:
    """Read a bank, once a process, and give it its name.

    Raises:
        ScmgenError: if it cannot be read.
    """
    place = (one.name, one.place.resolve(), one.what)
    if place not in _places:
        _places[place] = _read(one)
    BANKS[one.name] = _places[place]
    return BANKS[one.name]


def _read(one: Given) -> Bank[Any]:
    """The bank of a place; what reads it takes a part of a second to load, which a process without need not wait."""
    if one.what == "meshes":
        from scmgen.pictures.meshes import sources as of_meshes

        return of_meshes.read(one.name, one.place)
    from scmgen.pictures import sources

    return sources.read(one.name, one.place)


@functools.cache
def bundled(name: str) -> Bank[Pixels] | None:
    """The bank of a name that comes with scmgen (``benchmarks/banks.py`` has drawn it), if there is one."""
    from scmgen.pictures import sources

    place = _BUNDLED / f"{name}.npz"
    return sources.read(name, place) if name in _bundled() else None


@functools.cache
def _bundled() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _BUNDLED.glob("*.npz")))


def known(name: str) -> Bank[Any] | None:
    """What a name stands for in this process: what it was given, or else what comes with scmgen."""
    return BANKS.get(name) or bundled(name)


def named(name: str, where: str, what: What | None = None) -> Bank[Any]:
    """The bank of a name; ``where`` says who asks, and ``what`` it should hold, if that is known.

    Raises:
        ScmgenError: if this process was given none, and none of that name comes with scmgen, or it holds others.
    """
    found = known(name)
    if found is None:
        there = {other for other, bank in BANKS.items() if what in (None, bank.what)}
        there |= set() if what == "meshes" else {*filter(NAME.match, _bundled())}
        options = " or ".join(f"--{one} {name}=PLACE" for one in ONE if what in (None, one))
        hint = f"; {suggestion(name, there)}" if there else ""
        raise ScmgenError(f"{where}: no {what or 'pictures'} {name!r} were given: {options}{hint}")
    if what not in (None, found.what):
        raise ScmgenError(f"{where}: {name!r} are {found.what}; {what} are needed: --{what} {name}=PLACE")
    return found


def sums(names: Iterable[str], meshes: Iterable[str] = ()) -> dict[str, str]:
    """The sum of each of these banks of pictures, and of meshes, that this process knows."""
    wanted = [*((name, "pictures") for name in names), *((name, "meshes") for name in meshes)]
    found = {name: bank for name, what in wanted if (bank := known(name)) is not None and bank.what == what}
    return {key(name, bank.what): bank.sum for name, bank in found.items()}


def settle(wanted: Mapping[str, str]) -> None:
    """Let names stand for the banks of these sums, as far as this process was ever given them.

    Data sets that were built with different pictures of one name may be read beside each other.
    """
    for known_as, digest in wanted.items():
        name = known_as.removesuffix(MESHES)
        now = BANKS.get(name)
        if now is None and not any(known_as == name for known_as, *_ in _places):
            continue  # a plug-in, or a bank that this process has only one of, if any
        if now is None or now.sum != digest:
            _exchange(name, digest)


def _exchange(name: str, digest: str) -> None:
    own = bundled(name)
    if own is not None and own.sum == digest:
        BANKS.pop(name, None)
        return
    for (known_as, *_), bank in _places.items():
        if known_as == name and bank.sum == digest:
            BANKS[name] = bank
