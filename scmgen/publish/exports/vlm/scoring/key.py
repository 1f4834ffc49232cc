"""The answer key of a directory of questions, as it was written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from scmgen.errors import ScmgenError
from scmgen.files import read_file

LETTERS = "ABCDEFGH"
_KEY, _SUMMARY = "key.jsonl", "vlm.json"
_MOST = 1 << 30  # bytes of a file that is read
_Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]  # which a terminal is shown


@dataclass(frozen=True)
class Row:
    """A line of the key; of an edge also the factors that it joins."""

    id: _Text
    split: _Text
    family: _Text
    kind: _Text
    shots: Annotated[int, Field(ge=0)]
    letters: Annotated[int, Field(ge=2, le=len(LETTERS))]
    answer: Annotated[str, Field(pattern=f"^[{LETTERS}]$")]
    cause: _Text = ""
    effect: _Text = ""
    relation: _Text = ""

    @property
    def allowed(self) -> str:
        """The letters of its choices."""
        return LETTERS[: self.letters]


@dataclass(frozen=True)
class Summary:
    """What is told of all questions together."""

    format: Literal[1]
    wording: int
    name: _Text
    source: _Text
    names: _Text
    shots: tuple[int, ...]
    asked: int
    seed: int
    families: tuple[_Text, ...]
    sha256: dict[str, str]

    def sets_apart(self, other: Summary) -> list[str]:
        """What differs from other questions, besides what factors are called."""
        alike = ("source", "wording", "shots", "asked", "seed", "families")
        return [name for name in alike if getattr(self, name) != getattr(other, name)]


@dataclass(frozen=True)
class Key:
    """The key of a directory: its lines by their ids."""

    where: Path
    summary: Summary
    rows: dict[str, Row]


_ROW, _TOLD = TypeAdapter(Row), TypeAdapter(Summary)


def read(where: Path) -> Key:
    """Read the key of a directory that ``scmgen export --to vlm`` wrote; nothing else in it is opened.

    Raises:
        ScmgenError: if there is none, or it is damaged or was changed.
    """
    summary = _typed(_TOLD, content(where / _SUMMARY, f"{where}: no questions: scmgen export --to vlm writes them"))
    path = where / _KEY
    text = content(path)
    if summary.sha256.get(_KEY) != hashlib.sha256(text).hexdigest():
        raise ScmgenError(f"{path}: is not the key that {_SUMMARY} tells of: it was changed")
    rows = [_typed(_ROW, (line, place)) for place, line in lines(path, text)]
    return Key(where, summary, {row.id: row for row in rows})


def content(path: Path, otherwise: str = "") -> Any:
    """The bytes of a file; with ``otherwise``, what is said if there is none, also its place."""
    try:
        text = read_file(path, _MOST)
    except FileNotFoundError:
        raise ScmgenError(otherwise or f"{path}: there is no such file") from None
    except OSError as error:
        raise ScmgenError(f"{path}: cannot be read: {error.strerror}") from None
    return (text, str(path)) if otherwise else text


def lines(path: Path, text: bytes) -> Iterator[tuple[str, bytes]]:
    """The lines of a file that are not empty, and the place of each."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield f"{path}:{number}", line


def parsed(text: bytes, place: str) -> Any:
    """JSON.

    Raises:
        ScmgenError: if it is none.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ScmgenError(f"{place}: is no JSON: {error}") from None


def _typed(adapter: TypeAdapter[Any], told: tuple[bytes, str]) -> Any:
    text, place = told
    try:
        return adapter.validate_python(parsed(text, place))
    except ValidationError as error:
        fault = error.errors()[0]
        raise ScmgenError(f"{place}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
