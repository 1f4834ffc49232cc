"""Marks of a scene document, compiled: expressions where it had text."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scmgen.errors import Each, ScmgenError, gathered, suggestion, together
from scmgen.pictures.bank import Kind
from scmgen.render import text as words
from scmgen.render.marks import BLENDS, COMMON, MARKS, Mark
from scmgen.render.renderer import Locate
from scmgen.scm.expression import Expression, read


@dataclass(frozen=True)
class CompiledMark:
    """One compiled mark: expressions where the scene had text."""

    mark: Mark
    name: str
    where: str
    channels: Mapping[str, Any]  # Expression, int, or a list of pairs of Expressions
    colour: tuple[str, tuple[Expression, ...]] | None
    towards: tuple[str, tuple[Expression, ...]] | None
    group: str | None
    blend: str = "normal"
    clip: str | None = None
    pictures: str | None = None
    entry: int = 0  # of the list, which a text has several marks of

    def expressions(self) -> list[Expression]:
        """Every expression of the mark."""
        colours = [part for colour in (self.colour, self.towards) if colour for part in colour[1]]
        return [*_written(self.channels), *colours]

    def geometry(self) -> list[Expression]:
        """The expressions that move or form the shape: all but colour, alpha, when and soft."""
        channels = {name: channel for name, channel in self.channels.items() if name not in ("alpha", "when", "soft")}
        return _written(channels)

    def placed(self, locate: Locate, path: tuple[str | int, ...]) -> CompiledMark:
        """The same mark, whose errors name other places; ``path`` is its own."""

        def at(expression: Expression, *steps: str | int) -> Expression:
            return replace(expression, where=locate((*path, *steps)))

        def moved(name: str, channel: Any) -> Any:
            if isinstance(channel, list):
                return [tuple(at(e, name, i) for e in pair) for i, pair in enumerate(channel)]
            return at(channel, name) if isinstance(channel, Expression) else channel

        def colour(prefix: str, model: str, parts: tuple[Expression, ...]) -> tuple[str, tuple[Expression, ...]]:
            return model, tuple(at(part, prefix + model) for part in parts)

        channels = {name: moved(name, channel) for name, channel in self.channels.items()}
        first, towards = self.colour and colour("", *self.colour), self.towards and colour("to_", *self.towards)
        return replace(self, where=locate(path), channels=channels, colour=first, towards=towards)


def _written(channels: Mapping[str, Any]) -> list[Expression]:
    """The expressions among channels."""
    alone = [channel for channel in channels.values() if isinstance(channel, Expression)]
    return [*alone, *(e for pair in channels.get("points", []) for e in pair)]


def compile_marks(
    document: Sequence[Mapping[str, Any]], names: set[str], locate: Locate, pictures: Mapping[str, Kind]
) -> tuple[CompiledMark, ...]:
    """Compile the ``draw`` list of a scene; ``names`` is what its expressions may read, ``pictures`` what it may show.

    Raises:
        ScmgenError: of all unknown marks, channels and names, missing channels, and bad expressions.
    """
    if not document:
        raise ScmgenError(f"{locate(('draw',))}: nothing is drawn; list at least one mark")
    written: list[CompiledMark] = []
    with gathered() as each:
        for i, entry in enumerate(document):
            with each():
                written.append(replace(_compile(entry, locate, ("draw", i), each), entry=i))
        _check_pictures(written, pictures, locate, each)
        for expression in (expression for drawn in written for expression in drawn.expressions()):
            check_expression(expression, names, pictures, each)
        _check_clips(written, each)
    return tuple(mark for drawn in written for mark in _spelled(drawn, document[drawn.entry], locate))


def _spelled(drawn: CompiledMark, entry: Mapping[str, Any], locate: Locate) -> list[CompiledMark]:
    """The marks that one stands for: of a text its letters, of any other itself."""
    if not drawn.mark.spelled:
        return [drawn]
    path = ("draw", drawn.entry)
    with gathered() as each:
        glyphs = [_compile(glyph, locate, path, each) for glyph in words.spelled(entry, locate, path)]
    return [replace(glyph, name=drawn.name, entry=drawn.entry) for glyph in glyphs]


def check_expression(expression: Expression, names: set[str], pictures: Mapping[str, Kind], each: Each) -> None:
    """Tell within ``each`` of noise, and of what an expression reads and is not there."""
    with each():
        if expression.noise:
            raise ScmgenError(f"{expression.where}: a channel has no noise; give {expression.text!r} a variable")
    for name in (name for name in expression.names if name not in names):
        with each():
            raise expression.reject(name, names)
    for bank in (bank for bank in expression.banks if bank not in pictures):
        with each():
            raise expression.reject_bank(bank, pictures)


def _compile(entry: Mapping[str, Any], locate: Locate, path: tuple[str | int, ...], each: Each) -> CompiledMark:
    """A mark, as far as it could be read; what does not fit is told within ``each``.

    Raises:
        ScmgenError: if there is no such mark.
    """
    where = locate(path)
    name = entry.get("mark")
    if not isinstance(name, str) or name not in MARKS:
        problem = "no 'mark'" if name is None else f"unknown mark {name!r:.80}"
        raise ScmgenError(f"{where}: {problem}; {suggestion(str(name), MARKS)}")
    word = MARKS[name]
    wanted = {**{c: d for c, d in word.channels.items() if c != "to"}, **COMMON}
    typos = _typos(entry, word, name, locate, path, each)
    lacking = [channel for channel, default in wanted.items() if default is None and channel not in entry]
    with each():
        if lacking and not typos:  # a typo explains what is missing
            raise ScmgenError(f"{where}: {name} needs {', '.join(lacking)}")
    whole = [p.name for p in inspect.signature(word.lower).parameters.values() if p.annotation in (int, "int")]
    channels: dict[str, Any] = {}
    for channel in (channel for channel in wanted if channel not in lacking):
        text, place = entry.get(channel, wanted[channel]), locate((*path, channel))
        with each():
            if channel == "points":
                channels[channel] = _points(text, locate, (*path, channel), each)
            else:
                channels[channel] = _whole(text, place) if channel in whole else expression_of(text, place, each)
    tinted = entry if {"rgb", "hsv"} & set(entry) or not word.own_colours else {**entry, "rgb": ["1", "1", "1"]}
    colour = colour_of(tinted, "", locate, path, name, typos, each) if word.coloured else None
    towards = colour_of(entry, "to_", locate, path, name, typos, each) if "to" in word.channels else None
    named = {key: entry[key] for key in word.words if key in entry}
    group, clip, pictures = (name_of(named, key, locate, path, each) for key in ("group", "clip", "pictures"))
    with each():
        if word.shows and "pictures" not in entry and not typos:
            raise ScmgenError(f"{where}: {name} needs pictures, the name of those that it shows")
    blend = entry.get("blend", BLENDS[0])
    with each():
        if blend not in BLENDS:
            raise ScmgenError(f"{locate((*path, 'blend'))}: {blend!r:.80}; {suggestion(str(blend), BLENDS)}")
    return CompiledMark(word, name, where, channels, colour, towards, group, blend, clip, pictures)


def _typos(
    entry: Mapping[str, Any], word: Mark, name: str, locate: Locate, path: tuple[str | int, ...], each: Each
) -> bool:
    """Tell within ``each`` of all keys that a mark does not have; say whether there are such."""
    colours = ({"rgb", "hsv"} if word.coloured else set()) | ({"to_rgb", "to_hsv"} if "to" in word.channels else set())
    allowed = {*(channel for channel in word.channels if channel != "to"), *COMMON, *colours, *word.words}
    strange = [key for key in entry if key not in allowed and key != "mark"]
    for key in strange:
        with each():
            raise ScmgenError(f"{locate((*path, key))}: {name} has no channel {key!r}; {suggestion(key, allowed)}")
    return bool(strange)


def _check_pictures(marks: Sequence[CompiledMark], pictures: Mapping[str, Kind], locate: Locate, each: Each) -> None:
    """Tell within ``each`` of marks that show pictures which the scene does not name, or not of their kind."""
    for drawn in (drawn for drawn in marks if drawn.pictures is not None):
        name, where = str(drawn.pictures), locate(("draw", drawn.entry, "pictures"))
        with each():
            if name not in pictures:
                hint = suggestion(name, pictures) if pictures else f"declare them: pictures: {{{name}: {{}}}}"
                raise ScmgenError(f"{where}: no pictures {name!r:.80}; {hint}")
            kind, shows = pictures[name], drawn.mark.shows
            if kind != shows:
                raise ScmgenError(f"{where}: {name!r} is of kind {kind}; {drawn.name} shows {shows}s")


def name_of(entry: Mapping[str, Any], key: str, locate: Locate, path: tuple[str | int, ...], each: Each) -> str | None:
    """The name that stands under a key, if there is one; what is none is told within ``each``."""
    name = entry.get(key)
    if name is None or (isinstance(name, str) and name):
        return name
    with each():
        raise ScmgenError(f"{locate((*path, key))}: a name is needed, found {repr(name)[:80] if name else 'nothing'}")
    return None


def _check_clips(marks: Sequence[CompiledMark], each: Each) -> None:
    """Tell within ``each`` of marks that are cut to what was not drawn before them."""
    drawn: dict[str, None] = {}
    for mark in marks:
        with each():
            if mark.clip and mark.clip not in drawn:
                hint = suggestion(mark.clip, drawn) if drawn else "there is none"
                problem = f"clip {mark.clip!r:.80}: no group of that name is drawn before"
                raise ScmgenError(f"{mark.where}: {problem}; {hint}")
        drawn |= {mark.group: None} if mark.group else {}


def expression_of(text: Any, where: str, each: Each) -> Expression:
    """One expression, as far as it could be read; what does not fit is told within ``each``."""
    if isinstance(text, (list, dict)):
        raise ScmgenError(
            f"{where}: one expression is needed, found a {'list' if isinstance(text, list) else 'mapping'}"
        )
    expression, faults = read(str(text), where, moving=False)
    with each():
        if faults:
            raise together(faults)
    return expression


def _whole(text: Any, where: str) -> int:
    if str(text).isdecimal() and len(str(text)) < 3 and 3 <= int(text) <= 64:
        return int(text)
    raise ScmgenError(
        f"{where}: a whole number from 3 to 64 is needed, found {text!r:.80}; use 'when' to choose between marks"
    )


def _points(
    points: Any, locate: Locate, path: tuple[str | int, ...], each: Each
) -> list[tuple[Expression, Expression]]:
    if not isinstance(points, list) or not 3 <= len(points) <= 64:
        raise ScmgenError(f"{locate(path)}: a list of 3 to 64 [x, y] pairs is needed")
    pairs: list[tuple[Expression, Expression]] = []
    for where, pair in ((locate((*path, i)), pair) for i, pair in enumerate(points)):
        with each():
            if not isinstance(pair, list) or len(pair) != 2:
                raise ScmgenError(f"{where}: a pair [x, y] is needed, found {pair!r:.80}")
            pairs.append((expression_of(pair[0], where, each), expression_of(pair[1], where, each)))
    return pairs


def colour_of(
    entry: Mapping[str, Any],
    prefix: str,
    locate: Locate,
    path: tuple[str | int, ...],
    name: str,
    typos: bool,
    each: Each,
) -> tuple[str, tuple[Expression, ...]] | None:
    """The model of the one colour of an entry, and its parts; what does not fit is told within ``each``."""
    models = [model for model in ("rgb", "hsv") if prefix + model in entry]
    with each():
        if len(models) != 1 and not (typos and not models):
            found = "both" if models else "neither"
            raise ScmgenError(f"{locate(path)}: {name} needs one of {prefix}rgb and {prefix}hsv, found {found}")
    for model in models:
        parts, where = entry[prefix + model], locate((*path, prefix + model))
        with each():
            if not isinstance(parts, list) or len(parts) != 3:
                given = f"{len(parts)} parts" if isinstance(parts, list) else f"{parts!r:.80}"
                hint = "in flow style YAML splits at every comma: quote an expression that holds one"
                raise ScmgenError(f"{where}: a list of three expressions is needed, found {given}; {hint}")
            return model, tuple(expression_of(part, where, each) for part in parts)
    return None
