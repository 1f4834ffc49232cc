"""Whose a place is: claimed before the first shard is written, released after the last file.

While ``.build.json`` stands in a folder its data set is under way; when ``manifest.json`` stands
there it is complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from scmgen.dataset.content import Content, called
from scmgen.errors import ScmgenError, shortened
from scmgen.scene import plugins
from scmgen.storage import kept, layout, manifest
from scmgen.storage.places.place import Folder
from scmgen.storage.shards import plan

_SAID, _SHORT = 3, 60  # differences that are told, and characters of a value in one
GOES_ON = "; what is complete stays, the same command goes on"


@dataclass(frozen=True)
class Holding:
    """What a build or an import left in a place: its content (None: damaged) and the sums of shards it knew."""

    content: Content | None
    sums: dict[str, str]
    problem: str = ""


@contextmanager
def reported(place: Folder, hint: str = "") -> Iterator[None]:
    """Say why a file could not be written."""
    try:
        yield
    except OSError as error:
        raise ScmgenError(f"{place}: cannot be written: {error.strerror or error}{hint}") from None


@contextmanager
def held(place: Folder, part: bool = False) -> Iterator[None]:
    """Hold a place while something is built there: alone, or as one of the parts of a build.

    Raises:
        ScmgenError: if somebody else builds there, or it cannot be written.
    """
    with reported(place):
        place.create()
    with ExitStack() as holding:
        with reported(place):
            alone = holding.enter_context(place.held(alone=not part))
            parts = not (alone or part) and holding.enter_context(place.held(alone=False))
        if not alone:
            what = "parts of a build are" if parts else "another build, import or finalize is"
            raise ScmgenError(f"{place}: {what} under way in it; wait for the end, or choose another --out")
        yield


def claim(content: Content, place: Folder, force: bool) -> dict[str, str]:
    """Make the place, which is :func:`held`, this content's own; give the sums of shards that a manifest there knows.

    Raises:
        ScmgenError: if it holds something else, or cannot be written.
    """
    with reported(place):
        there = place.names()  # before its owner is read: other parts may claim it at this moment
        held = owner(place)
        if held is None and there:
            raise ScmgenError(
                f"{place}: holds files that no build of scmgen wrote; choose another directory with --out"
            )
        conflict = _conflict(held, content) if held else ""
        if conflict and not force:
            raise ScmgenError(f"{place}: {conflict}; choose another --out, or replace what is there with --force")
        if held and conflict:
            _mark(place, held.content, held.sums)
            _remove(place, there, {content.name, held.content.name if held.content else content.name})
        known = _still_known(held, content) if held and not conflict else {}
        _mark(place, content, known)
        for name in layout.beside(there):
            if not layout.embedded(name):  # such pictures may be what is brought now; the commit sees to them
                place.remove(name)
        return known


def release(place: Folder) -> None:
    """Say that a data set is complete: its manifest stands."""
    place.remove(layout.MARKER)
    place.sweep()
    kept.clear(place)


def withdraw(content: Content, place: Folder) -> None:
    """Remove what was written for a content that turned out to be none."""
    place.sweep()
    _remove(place, place.names(), {content.name})
    place.remove(layout.MARKER)


def owner(place: Folder) -> Holding | None:
    """What a place holds, or None if nothing of ours was written there."""
    complete = _content(place, layout.MANIFEST)
    begun = _content(place, layout.MARKER)  # read last: whoever removes a manifest has left a marker before
    data: Mapping[str, Any] = {}
    try:
        if begun is not None:
            data = orjson.loads(begun)
            return Holding(manifest.content_of(data, place), _sums(data["sums"]))
        if complete is not None:
            data = known = manifest.parse(complete, place)
            return Holding(manifest.content_of(known, place), {shard.name: shard.sha256 for shard in known.shards})
    except (ScmgenError, orjson.JSONDecodeError, KeyError, TypeError):
        file = layout.MANIFEST if begun is None else layout.MARKER
        missing = manifest.lacking(data) if isinstance(data, Mapping) else []
        damaged = f"its {file} is damaged or was changed by hand, so nobody can say what it holds"
        return Holding(None, {}, f"what it holds {plugins.needed(missing)}" if missing else damaged)
    return None


def _sums(told: Any) -> dict[str, str]:
    """The sums of a marker, which may be a stranger's; names are looked up in it, and never become paths."""
    if not isinstance(told, dict) or not all(isinstance(sha256, str) for sha256 in told.values()):
        raise TypeError("sums are text by name")
    return told


def _mark(place: Folder, content: Content | None, sums: dict[str, str]) -> None:
    """Say that a data set is under way: while it is, nothing there may load as one."""
    data = {f"{content.part}_hash": content.hash, content.part: content.data(), "sums": sums} if content else {}
    place.write(layout.MARKER, orjson.dumps(data))


def _content(place: Folder, name: str) -> bytes | None:
    try:
        return place.read(name, manifest.LARGEST_FILE)
    except FileNotFoundError:
        return None


def _still_known(held: Holding, content: Content) -> dict[str, str]:
    """The sums of shards that a larger n leaves as they are; the last of a split may fill up."""
    before = set(plan(held.content)) if held.content else set()
    return {shard.name: held.sums[shard.name] for shard in plan(content) if shard in before and shard.name in held.sums}


def _conflict(held: Holding, new: Content) -> str:
    old = held.content
    if old is None:
        return held.problem
    if old.hash != new.hash:
        before, after = old.identity(), new.identity()
        differing = list(_differing(before, after)) if (old.origin, old.name) == (new.origin, new.name) else []
        more = [f"and {len(differing) - _SAID} more"] if len(differing) > _SAID else []
        details = "; ".join([*(f"{place}: {told}" for place, told in differing[:_SAID]), *more])
        return f"holds data set {called(old)}, not {called(new)}{': ' if details else ''}{details}"
    if old.n > new.n:
        return f"holds {old.n} samples of this data set, more than the {new.n} asked for"
    return ""


def _differing(before: Any, after: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Each place in which two identities differ, as deep as both are of one form, and what stands there and here."""
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        before, after = dict(enumerate(before)), dict(enumerate(after))
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*after, *before]):
            inside = str(key) if place in ("", "scene") else f"{place}.{key}"
            yield from _differing(before.get(key), after.get(key), inside)
    elif before != after:
        yield place, f"{_short(before)} there, {_short(after)} here"


def _short(value: Any) -> str:
    text = "nothing" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()
    return shortened(text, _SHORT)


def _remove(place: Folder, there: set[str], names: set[str]) -> None:
    """Remove what a build wrote and nothing else, first what makes it a data set."""
    shard = re.compile(f"({'|'.join(map(re.escape, sorted(names)))})" + r"-[a-z0-9_]+-\d{6}\.(tar|truth\.jsonl)\Z")
    shards = sorted(name for name in there if shard.match(name))
    for name in (*layout.beside(there), *shards, *kept.stale(there)):
        place.remove(name)
