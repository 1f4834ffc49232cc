"""Entries of a stage, compiled: expressions where the scene had text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import Each, ScmgenError, suggestion
from scmgen.pictures import brought
from scmgen.pictures.bank import Bank, Kind
from scmgen.pictures.meshes.mesh import Mesh
from scmgen.render.channels import colour_of, expression_of, name_of
from scmgen.render.lowering import rgb
from scmgen.render.renderer import Locate, World
from scmgen.render.stage.words import MATERIALS, Key, Word
from scmgen.scm.expression import Expression

Path: TypeAlias = tuple[str | int, ...]
Array: TypeAlias = NDArray[np.float64]

_PLACING = {"at", "size", "rotate", "shift", "tilt", "tube", "number", "origin", "target", "up", "fov"}
_KINDS = ("light", "object", "body")  # the keys that say what an entry is
_LISTED = "in flow style YAML splits at every comma: quote an expression that holds one"


@dataclass(frozen=True)
class Entry:
    """A lamp, an object or the camera.

    Attributes:
        name: the word that it is.
        path: its place in the document.
        where: that place in words.
        numbers: of each key its expressions, one or three.
        colour: the model of its colour, and the three parts.
        names: its keys that are words.
    """

    word: Word
    name: str
    path: Path
    where: str
    numbers: Mapping[str, tuple[Expression, ...]]
    colour: tuple[str, tuple[Expression, ...]] | None
    names: Mapping[str, str]

    @property
    def group(self) -> str | None:
        """The group that it belongs to, if to any."""
        return self.names.get("group")

    @property
    def parent(self) -> str | None:
        """The body that carries it; None is the stage itself."""
        return self.names.get("parent")

    @property
    def textured(self) -> bool:
        """Whether marks say which colours it has."""
        return self.word.coloured and self.colour is None

    @property
    def meshes(self) -> Bank[Mesh]:
        """The meshes that it shows one of.

        Raises:
            ScmgenError: if this process was given none of that name.
        """
        return brought.named(self.names["meshes"], self.where, "meshes")

    @property
    def material(self) -> str:
        """What it is made of."""
        return self.names.get("material", next(iter(MATERIALS)))

    def expressions(self) -> list[Expression]:
        """Every expression of it."""
        return [*(e for parts in self.numbers.values() for e in parts), *(self.colour[1] if self.colour else ())]

    def placing(self) -> list[Expression]:
        """The expressions that move, turn or form it."""
        return [e for key, parts in self.numbers.items() if key in _PLACING for e in parts]

    def placed(self, locate: Locate) -> Entry:
        """The same, whose errors name the places of another text."""

        def at(parts: tuple[Expression, ...], key: str) -> tuple[Expression, ...]:
            return tuple(replace(part, where=locate((*self.path, key))) for part in parts)

        numbers = {key: at(parts, key) for key, parts in self.numbers.items()}
        colour = self.colour and (self.colour[0], at(self.colour[1], self.colour[0]))
        return replace(self, where=locate(self.path), numbers=numbers, colour=colour)

    def valued(self, world: World, n: int) -> dict[str, Array]:
        """Its numbers ``(n,)``, vectors ``(n, 3)`` and ``rgb (n, 3)``, from 0 to 1 as a screen shows them."""
        values: dict[str, Array] = {}
        with np.errstate(all="ignore"):
            for key, parts in self.numbers.items():
                columns = [np.broadcast_to(np.asarray(part.evaluate(world), np.float64), n) for part in parts]
                number = self.word.keys[key].kind == "number"
                values[key] = columns[0] if number else np.stack(columns * (3 // len(columns)), axis=-1)
            if self.colour:
                values["rgb"] = np.stack(rgb(*self.colour, world, n), axis=-1)
        return values


def chosen(entry: Any, kind: str, words: Mapping[str, Word], locate: Locate, path: Path) -> tuple[str, Word]:
    """The word that an entry is, which stands under ``kind``: ``light``, or ``object``.

    Raises:
        ScmgenError: if it is none.
    """
    where = locate(path)
    if not isinstance(entry, Mapping):
        raise ScmgenError(f"{where}: a mapping (key: value) is needed, found {entry!r:.80}")
    name = entry.get(kind)
    if not isinstance(name, str) or name not in words:
        problem = f"no '{kind}'" if name is None else f"unknown {kind} {name!r:.80}"
        raise ScmgenError(f"{where}: {problem}; {suggestion('' if name is None else str(name), words)}")
    return name, words[name]


def compiled(
    entry: Mapping[str, Any],
    name: str,
    word: Word,
    locate: Locate,
    path: Path,
    each: Each,
    besides: Iterable[str] = (),
) -> Entry:
    """An entry, as far as it could be read; what does not fit is told within ``each``.

    Args:
        besides: keys that it may have, and others read.
    """
    allowed = {*word.keys, *word.names, *(("rgb", "hsv") if word.coloured else ()), *besides}
    typos = unknown(entry, allowed, name, locate, path, each)
    numbers = keyed(entry, word.keys, name, typos, locate, path, each)
    textured = "texture" in word.names and "texture" in entry
    colour = None
    if word.coloured and not (textured and not {"rgb", "hsv"} & set(entry)):
        colour = colour_of(entry, "", locate, path, name, typos, each)
    if textured and colour:
        with each():
            raise ScmgenError(f"{locate(path)}: {name} has a texture; its marks say which colours it has")
    names = {key: name_of(entry, key, locate, path, each) for key in word.names if key != "texture"}
    with each():
        if "meshes" in word.names and "meshes" not in entry and not typos:
            raise ScmgenError(f"{locate(path)}: {name} needs meshes, the name of those that it shows")
    with each():
        if names.get("material") and names["material"] not in MATERIALS:
            given = str(names["material"])
            raise ScmgenError(f"{locate((*path, 'material'))}: {given!r:.80}; {suggestion(given, MATERIALS)}")
    return Entry(word, name, path, locate(path), numbers, colour, {key: told for key, told in names.items() if told})


def keyed(
    entry: Mapping[str, Any],
    keys: Mapping[str, Key],
    name: str,
    typos: bool,
    locate: Locate,
    path: Path,
    each: Each,
) -> dict[str, tuple[Expression, ...]]:
    """The expressions of an entry, key by key."""
    lacking = [key for key, known in keys.items() if known.default is None and key not in entry]
    with each():
        if lacking and not typos:  # a typo explains what is missing
            raise ScmgenError(f"{locate(path)}: {name} needs {', '.join(lacking)}")
    numbers: dict[str, tuple[Expression, ...]] = {}
    for key, known in keys.items():
        given = entry.get(key, known.default)
        with each():
            if given is not None:
                numbers[key] = _parts(given, known, locate((*path, key)), each)
    return numbers


def unknown(
    entry: Mapping[str, Any], allowed: Collection[str], name: str, locate: Locate, path: Path, each: Each
) -> bool:
    """Tell within ``each`` of all keys that an entry cannot have; say whether there are such."""
    strange = [key for key in entry if key not in allowed and key not in _KINDS]
    for key in strange:
        with each():
            raise ScmgenError(f"{locate((*path, key))}: {name} has no {key!r}; {suggestion(key, allowed)}")
    return bool(strange)


def check_meshes(shown: Sequence[Entry], pictures: Mapping[str, Kind], locate: Locate, each: Each) -> None:
    """Tell within ``each`` of objects that show meshes which the scene does not name."""
    meshes = [name for name, kind in pictures.items() if kind == "mesh"]
    for entry in (entry for entry in shown if "meshes" in entry.names):
        name = entry.names["meshes"]
        with each():
            if name not in meshes:
                hint = suggestion(name, meshes) if meshes else f"declare them: meshes: [{name}]"
                raise ScmgenError(f"{locate((*entry.path, 'meshes'))}: no meshes {name!r:.80}; {hint}")


def _parts(given: Any, known: Key, where: str, each: Each) -> tuple[Expression, ...]:
    if isinstance(given, tuple):  # a default
        return tuple(expression_of(part, where, each) for part in given)
    if isinstance(given, list) and known.kind != "number":
        if len(given) != 3:
            raise ScmgenError(f"{where}: three expressions [x, y, z] are needed, found {len(given)}; {_LISTED}")
        return tuple(expression_of(part, where, each) for part in given)
    if known.kind == "vector":
        raise ScmgenError(f"{where}: three expressions [x, y, z] are needed, found {given!r:.80}")
    return (expression_of(given, where, each),)
