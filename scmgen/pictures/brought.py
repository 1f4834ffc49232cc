"""The banks that this process was given, by the names that scenes know them by, and those that come with scmgen.

A scene that names one of the latter shows it unless another one is brought: so it can be tried without any download.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from scmgen.errors import ScmgenError, suggestion
from scmgen.pictures.bank import Bank

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_BUNDLED = Path(__file__).parent / "bundled"
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
    if not sign or not place or not NAME.match(name):
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


@functools.cache
def bundled(name: str) -> Bank | None:
    """The bank of a name that comes with scmgen (``benchmarks/banks.py`` has drawn it), if there is one."""
    from scmgen.pictures import sources

    place = _BUNDLED / f"{name}.npz"
    return sources.read(name, place) if name in _bundled() else None


@functools.cache
def _bundled() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _BUNDLED.glob("*.npz")))


def known(name: str) -> Bank | None:
    """What a name stands for in this process: what it was given, or else what comes with scmgen."""
    return BANKS.get(name) or bundled(name)


def named(name: str, where: str) -> Bank:
    """The bank of a name; ``where`` says who asks.

    Raises:
        ScmgenError: if this process was given none, and none of that name comes with scmgen.
    """
    found = known(name)
    if found is None:
        hint = suggestion(name, {*BANKS, *filter(NAME.match, _bundled())})
        raise ScmgenError(f"{where}: no pictures {name!r} were given: --pictures {name}=PLACE; {hint}")
    return found


def sums(names: Iterable[str]) -> dict[str, str]:
    """The sum of each of these banks that this process knows."""
    found = {name: known(name) for name in names}
    return {name: bank.sum for name, bank in found.items() if bank is not None}


def settle(wanted: Mapping[str, str]) -> None:
    """Let names stand for the banks of these sums, as far as this process was ever given them.

    Data sets that were built with different pictures of one name may be read beside each other.
    """
    for name, digest in wanted.items():
        now = BANKS.get(name)
        if now is None and not any(known_as == name for known_as, _ in _places):
            continue  # a plug-in, or a bank that this process has only one of, if any
        if now is None or now.sum != digest:
            _exchange(name, digest)


def _exchange(name: str, digest: str) -> None:
    own = bundled(name)
    if own is not None and own.sum == digest:
        BANKS.pop(name, None)
        return
    for (known_as, _), bank in _places.items():
        if known_as == name and bank.sum == digest:
            BANKS[name] = bank
