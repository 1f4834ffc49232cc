"""Marks of a scene document, compiled: expressions where it had text."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scmgen.errors import ScmgenError, gathered, suggestion
from scmgen.pictures.bank import Kind
from scmgen.render import text as words
from scmgen.render.marks import BLENDS, COMMON, MARKS, Mark
from scmgen.render.renderer import Locate
from scmgen.scm.expression import Expression, parse


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
        ScmgenError: on an unknown mark, channel or name, a missing channel, or a bad expression.
    """
    if not document:
        raise ScmgenError(f"{locate(('draw',))}: nothing is drawn; list at least one mark")
    written: list[CompiledMark] = []
    with gathered() as each:
        for i, entry in enumerate(document):
            with each():
                written.append(replace(_compile(entry, locate, ("draw", i)), entry=i))
        with each():
            _check_pictures(written, pictures, locate)
        with each():
            _check_names(written, names, pictures)
    _check_clips(written)
    return tuple(mark for drawn in written for mark in _spelled(drawn, document[drawn.entry], locate))


def _spelled(drawn: CompiledMark, entry: Mapping[str, Any], locate: Locate) -> list[CompiledMark]:
    """The marks that one stands for: of a text its letters, of any other itself."""
    if not drawn.mark.spelled:
        return [drawn]
    path = ("draw", drawn.entry)
    glyphs = [_compile(glyph, locate, path) for glyph in words.spelled(entry, locate, path)]
    return [replace(glyph, name=drawn.name, entry=drawn.entry) for glyph in glyphs]


def _check_names(marks: Sequence[CompiledMark], names: set[str], pictures: Mapping[str, Kind]) -> None:
    """Raise unless expressions read what there is, and no noise."""
    with gathered() as each:
        for expression in (expression for drawn in marks for expression in drawn.expressions()):
            with each():
                _check_expression(expression, names, pictures)


def _check_expression(expression: Expression, names: set[str], pictures: Mapping[str, Kind]) -> None:
    if expression.noise:
        raise ScmgenError(f"{expression.where}: a channel has no noise; give {expression.text!r} a variable")
    for name in expression.names:
        if name not in names:
            raise expression.reject(name, names)
    for bank in expression.banks:
        if bank not in pictures:
            raise expression.reject_bank(bank, pictures)


def _compile(entry: Mapping[str, Any], locate: Locate, path: tuple[str | int, ...]) -> CompiledMark:
    where = locate(path)
    name = entry.get("mark")
    if not isinstance(name, str) or name not in MARKS:
        problem = "no 'mark'" if name is None else f"unknown mark {name!r:.80}"
        raise ScmgenError(f"{where}: {problem}; {suggestion(str(name), MARKS)}")
    word = MARKS[name]
    coloured = ({"rgb", "hsv"} if word.coloured else set()) | ({"to_rgb", "to_hsv"} if "to" in word.channels else set())
    words = word.words
    wanted = {**{c: d for c, d in word.channels.items() if c != "to"}, **COMMON}
    with gathered() as each:
        for key in (key for key in entry if key not in wanted and key not in coloured and key not in ("mark", *words)):
            allowed = {*wanted, *coloured, *words}
            with each():
                raise ScmgenError(f"{locate((*path, key))}: {name} has no channel {key!r}; {suggestion(key, allowed)}")
    missing = [channel for channel, default in wanted.items() if default is None and channel not in entry]
    if missing:
        raise ScmgenError(f"{where}: {name} needs {', '.join(missing)}")
    whole = [p.name for p in inspect.signature(word.lower).parameters.values() if p.annotation in (int, "int")]
    channels: dict[str, Any] = {}
    with gathered() as each:
        for channel, default in wanted.items():
            text, place = entry.get(channel, default), locate((*path, channel))
            with each():
                if channel == "points":
                    channels[channel] = _points(text, locate, (*path, channel))
                else:
                    channels[channel] = _whole(text, place) if channel in whole else _channel(text, place)
    plain = entry if {"rgb", "hsv"} & set(entry) or not word.own_colours else {**entry, "rgb": ["1", "1", "1"]}
    colour = _colour(plain, "", locate, path, name) if word.coloured else None
    towards = _colour(entry, "to_", locate, path, name) if "to" in word.channels else None
    group, clip, pictures = (_name(entry, key, locate, path) for key in ("group", "clip", "pictures"))
    if word.shows and pictures is None:
        raise ScmgenError(f"{where}: {name} needs pictures, the name of those that it shows")
    blend = entry.get("blend", BLENDS[0])
    if blend not in BLENDS:
        raise ScmgenError(f"{locate((*path, 'blend'))}: {blend!r:.80}; {suggestion(str(blend), BLENDS)}")
    return CompiledMark(word, name, where, channels, colour, towards, group, blend, clip, pictures)


def _check_pictures(marks: Sequence[CompiledMark], pictures: Mapping[str, Kind], locate: Locate) -> None:
    """Raise unless marks show pictures that the scene names, and of the kind that they can show."""
    for drawn in marks:
        if drawn.pictures is None:
            continue
        where = locate(("draw", drawn.entry, "pictures"))
        if drawn.pictures not in pictures:
            undeclared = f"declare them: pictures: {{{drawn.pictures}: {{}}}}"
            hint = suggestion(drawn.pictures, pictures) if pictures else undeclared
            raise ScmgenError(f"{where}: no pictures {drawn.pictures!r:.80}; {hint}")
        kind = pictures[drawn.pictures]
        if kind != drawn.mark.shows:
            raise ScmgenError(f"{where}: {drawn.pictures!r} is of kind {kind}; {drawn.name} shows {drawn.mark.shows}s")


def _name(entry: Mapping[str, Any], key: str, locate: Locate, path: tuple[str | int, ...]) -> str | None:
    name = entry.get(key)
    if name is not None and not (isinstance(name, str) and name):
        raise ScmgenError(f"{locate((*path, key))}: a name is needed, found {repr(name)[:80] if name else 'nothing'}")
    return name


def _check_clips(marks: Sequence[CompiledMark]) -> None:
    """Raise unless what a mark is cut to was drawn before it."""
    drawn: dict[str, None] = {}
    for mark in marks:
        if mark.clip and mark.clip not in drawn:
            hint = suggestion(mark.clip, drawn) if drawn else "there is none"
            raise ScmgenError(f"{mark.where}: clip {mark.clip!r:.80}: no group of that name is drawn before; {hint}")
        drawn |= {mark.group: None} if mark.group else {}


def _channel(text: Any, where: str) -> Expression:
    if isinstance(text, (list, dict)):
        raise ScmgenError(
            f"{where}: one expression is needed, found a {'list' if isinstance(text, list) else 'mapping'}"
        )
    return parse(str(text), where)


def _whole(text: Any, where: str) -> int:
    if str(text).isdecimal() and len(str(text)) < 3 and 3 <= int(text) <= 64:
        return int(text)
    raise ScmgenError(
        f"{where}: a whole number from 3 to 64 is needed, found {text!r:.80}; use 'when' to choose between marks"
    )


def _points(points: Any, locate: Locate, path: tuple[str | int, ...]) -> list[tuple[Expression, Expression]]:
    if not isinstance(points, list) or not 3 <= len(points) <= 64:
        raise ScmgenError(f"{locate(path)}: a list of 3 to 64 [x, y] pairs is needed")
    for i, pair in enumerate(points):
        if not isinstance(pair, list) or len(pair) != 2:
            raise ScmgenError(f"{locate((*path, i))}: a pair [x, y] is needed, found {pair!r:.80}")
    return [tuple(_channel(part, locate((*path, i))) for part in pair) for i, pair in enumerate(points)]  # type: ignore[misc]


def _colour(
    entry: Mapping[str, Any], prefix: str, locate: Locate, path: tuple[str | int, ...], name: str
) -> tuple[str, tuple[Expression, ...]]:
    models = [model for model in ("rgb", "hsv") if prefix + model in entry]
    if len(models) != 1:
        raise ScmgenError(f"{locate(path)}: {name} needs one of {prefix}rgb and {prefix}hsv, found {len(models)}")
    parts, where = entry[prefix + models[0]], locate((*path, prefix + models[0]))
    if not isinstance(parts, list) or len(parts) != 3:
        given = f"{len(parts)} parts" if isinstance(parts, list) else f"{parts!r:.80}"
        hint = "in flow style YAML splits at every comma: quote an expression that holds one"
        raise ScmgenError(f"{where}: a list of three expressions is needed, found {given}; {hint}")
    return models[0], tuple(_channel(part, where) for part in parts)
