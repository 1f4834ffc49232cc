"""``repeat`` blocks: a part of a scene that is written once and stands for several objects.

The texts of a block hold placeholders such as ``{k}``. Before anything is compiled it is written out, as
text, once for each row of its ``for`` table; whatever reads a scene after that sees a plain one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, model_validator

from scmgen.errors import ScmgenError, suggestion
from scmgen.scene import document
from scmgen.scene.document import Document, Place

PARTS = ("parameters", "equations", "factors", "free", "draw", "stage")
"""What a block can hold, in the words of a scene file."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAME = r"^[A-Za-z][A-Za-z0-9_]*$"

Row = Mapping[str, str]
Table = Annotated[
    dict[Annotated[str, Field(pattern=_NAME)], Annotated[list[str], Field(min_length=1)]], Field(min_length=1)
]


class _Parts(BaseModel):
    parameters: dict[str, Any] = {}
    equations: dict[str, Any] = {}
    factors: dict[str, Any] = {}
    free: list[Any] = []
    draw: list[Any] = []
    stage: dict[str, Any] = {}


class _Block(_Parts):
    model_config = ConfigDict(extra="forbid")

    table: Table = Field(alias="for")
    stage: dict[Literal["lights", "bodies", "objects"], list[Any]] = {}  # type: ignore[assignment]

    @model_validator(mode="before")
    @classmethod
    def _no_nesting(cls, data: Any) -> Any:
        if isinstance(data, dict) and "repeat" in data:
            raise ValueError("a block holds no other block; give it an entry of its own")
        return data


class _Written(_Parts):
    repeat: Annotated[list[_Block], Field(min_length=1)]


def expand(source: Document) -> Document:
    """Write out the ``repeat`` blocks of a scene file.

    Entries of a block come after those that are written in the file, block by block and row by row.
    A place of the result has the line of the entry that it was made from, and a note which names
    block and row.

    Raises:
        ScmgenError: if a block is not well formed, a placeholder has no value or a value no
            placeholder, a key would stand twice, or the result exceeds the limits of a document.
    """
    if not isinstance(source.data, dict) or "repeat" not in source.data:
        return source
    written = document.validate(_Written, source)
    writer = _Writer(source, dict(source.data), dict(source.lines))
    blocks = writer.data.pop("repeat")
    for part in PARTS:
        if any(part in block for block in blocks):
            writer.data[part] = deepcopy(getattr(written, part))
    for index, block in enumerate(written.repeat):
        for row in writer.rows(("repeat", index, "for"), block.table):
            writer.repetition(("repeat", index), blocks[index], row)
        writer.check_used(("repeat", index, "for"), block.table)
    return Document(writer.data, writer.lines, source.source, writer.notes)


@dataclass
class _Writer:
    """The document that comes about, and how much has been written of it."""

    source: Document
    data: dict[str, Any]
    lines: dict[Place, int]
    notes: dict[Place, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)  # placeholders that the block has read
    shown: str = ""  # the row that is being written, for errors
    characters: int = 0

    def rows(self, place: Place, table: Mapping[str, list[str]]) -> list[Row]:
        """Give the rows of a table whose columns must be equally long."""
        self.used = set()
        if len({len(values) for values in table.values()}) > 1:
            lengths = ", ".join(f"{name} has {len(values)}" for name, values in table.items())
            self.refuse(place, f"lists of one length are needed; {lengths}")
        return [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]

    def check_used(self, place: Place, table: Mapping[str, list[str]]) -> None:
        """Raise for a column that nothing reads."""
        for name in table:
            if name not in self.used:
                self.refuse((*place, name), f"nothing in this block reads {{{name}}}")

    def repetition(self, place: Place, block: Mapping[str, Any], row: Row) -> None:
        """Write out a block for one row."""
        self.shown = _shown(row)
        for part in (part for part in PARTS if part in block):
            entries, goal = block[part], self.data[part]
            if part == "stage":
                for key, told in entries.items():
                    self.listed(told, (*place, part, key), goal.setdefault(key, []), (part, key), row)
            elif isinstance(goal, list):
                self.listed(entries, (*place, part), goal, (part,), row)
            else:
                for key, value in entries.items():
                    name = self.key(key, (*place, part, key), part, row)
                    goal[name] = self.entry(value, (*place, part, key), (part, name), row)

    def listed(self, entries: list[Any], place: Place, goal: list[Any], target: Place, row: Row) -> None:
        """Write out the entries of a list, behind those that are there."""
        for index, value in enumerate(entries):
            goal.append(self.entry(value, (*place, index), (*target, len(goal)), row))

    def key(self, key: str, place: Place, part: str, row: Row) -> str:
        """Fill in a key that must be new."""
        name = self.text(key, place, row)
        if name in self.data[part]:
            hint = "" if name != key else "; a key that is repeated needs a placeholder"
            problem = f"{name!r} stands in line {self.lines[part, name]} already"
            self.refuse(place, f"{problem} (here with {self.shown}){hint}")
        return name

    def entry(self, value: Any, place: Place, target: Place, row: Row) -> Any:
        """Fill in an entry of a part, and note where it comes from."""
        self.notes[target] = f"{'.'.join(map(str, place[:2]))}, {self.shown}"
        return self.fill(value, place, target, row)

    def fill(self, value: Any, place: Place, target: Place, row: Row) -> Any:
        """Copy a value with its placeholders filled in; the copy has the lines of the original."""
        self.lines[target] = self.source.lines[place]
        if len(self.lines) > document.MOST_NODES:
            self.refuse(place[:2], f"too large when written out: more than {document.MOST_NODES} entries in all")
        if isinstance(value, list):
            return [self.fill(item, (*place, i), (*target, i), row) for i, item in enumerate(value)]
        if not isinstance(value, dict):
            return self.text(value, place, row)
        if len(value) == 1 and (name := next(iter(value))) in row and not value[name]:
            self.refuse(place, f'to YAML {{{name}}} alone is a mapping; write "{{{name}}}", in quotes')
        filled: dict[str, Any] = {}
        for key, inner in value.items():
            name = self.text(key, (*place, key), row)
            if name in filled:
                self.refuse((*place, key), f"the key {name!r} stands here twice")
            filled[name] = self.fill(inner, (*place, key), (*target, name), row)
        return filled

    def text(self, text: str, place: Place, row: Row) -> str:
        """Fill in the placeholders of one text."""
        pieces = _PLACEHOLDER.split(text)  # text, name, text, name, ..., text
        for name in pieces[1::2]:
            if name not in row:
                self.refuse(place, f"no value for {{{name}}}; {suggestion(name, row)}")
        self.used.update(pieces[1::2])
        pieces[1::2] = [row[name] for name in pieces[1::2]]
        self.characters += sum(map(len, pieces))
        if self.characters > document.LARGEST:  # before the pieces are joined: few letters can stand for gigabytes
            self.refuse(place[:2], f"too large when written out: more than {document.LARGEST} characters in all")
        return "".join(pieces)

    def refuse(self, place: Place, problem: str) -> NoReturn:
        raise ScmgenError(f"{self.source.locate(place)}: {problem}")


def _shown(row: Row) -> str:
    text = ", ".join(f"{name} = {value}" for name, value in row.items())
    return text if len(text) <= 80 else f"{text[:77]}..."
